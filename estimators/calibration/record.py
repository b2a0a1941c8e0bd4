"""The calibration record: measurements of one model on labelled questions that calibrate its signals."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from estimators.asking import ASKINGS, with_asking
from estimators.calibration.calibrators import AnyCalibrator, Platt, Temperature
from estimators.calibration.changed_readings import READINGS, outdated
from estimators.calibration.combined import Combined
from estimators.calibration.logistic import Floats, sigmoid
from estimators.calibration.out_of_distribution import Neighbourhood
from estimators.calibration.panel import Panel
from estimators.calibration.risk_control import DELTA, OperatingPoint
from estimators.calibration.validity import Validity
from estimators.types import Provenance

Kind = Literal["choice", "free"]
KINDS: tuple[Kind, ...] = ("choice", "free")
TITLES: Mapping[str, str] = {"choice": "questions with options", "free": "questions without options"}
# settings that change the answers or signals
ASKED = ("asking", "system", "temperature", "top_logprobs")
USUAL_ALTERNATIVES = 20  # top_logprobs of calibrations that do not record it


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Where the labelled questions come from."""

    name: str
    sha256: str
    n: int  # labelled answers used, all kinds together


@dataclass(frozen=True, slots=True)
class SignalCalibration:
    """The calibrator of one signal, and how well the signal alone separates right from wrong answers."""

    name: str
    n: int  # labelled answers that have the signal
    median: float  # the cut between high and low for the alignment of an answer
    calibrator: AnyCalibrator | None  # chosen by cross-validated log loss
    scores: Mapping[str, float] = field(default_factory=dict)  # candidate → mean log loss, nats
    auroc: float | None = None  # on the testing half
    low: float | None = None  # of its 95 % interval
    high: float | None = None
    auroc_n: int = 0  # answers behind it
    missing: str = ""  # why there is no calibrator, or no AUROC
    fitted: tuple[float, float] | None = None  # lowest and highest fitted confidence; None in older files
    validity: Validity | None = None  # on the fitting half; None in older files
    sample: tuple[float, ...] = ()  # its readings in ascending order; empty in older files

    @property
    def backwards(self) -> bool:
        """Whether the signal points the wrong way: higher confidence went with more errors."""
        return self.calibrator is not None and self.calibrator.backwards

    def worth(self, confidence: float) -> float | None:
        """P(correct) from this signal alone, its reading clipped to the fitted range."""
        if self.calibrator is None:
            return None
        low, high = self.fitted or (0.0, 1.0)
        return float(self.calibrator.predict([min(max(confidence, low), high)])[0])


@dataclass(frozen=True, slots=True)
class Metrics:
    """Metrics of one confidence on the testing half; None if undefined."""

    n: int
    accuracy: float | None = None
    mean_confidence: float | None = None
    ece: float | None = None
    brier: float | None = None
    log_loss: float | None = None
    auroc: float | None = None


@dataclass(frozen=True, slots=True)
class HeldOut:
    """The answers of the testing half, one entry per answer, for plots and to recompute the figures."""

    before: tuple[float | None, ...]  # the raw signal that would decide without a calibration
    after: tuple[float, ...]  # the shown confidence, its final calibrator fitted without this answer
    correct: tuple[bool, ...]
    score: tuple[float, ...] = ()  # before the final calibrator; may be empty in older files

    def __post_init__(self) -> None:
        if not len(self.before) == len(self.after) == len(self.correct) == len(self.score or self.after):
            raise ValueError("held out: before, after, correct and score are not of the same length")


@dataclass(frozen=True, slots=True)
class KindCalibration:
    """The calibration for one kind of question.

    The shown confidence is shown(σ(score)): ``combined`` was fitted on one half of the answers; ``shown`` (which
    keeps their order) and the points come from the other.
    """

    kind: Kind
    fitted: int  # answers of the fitting half
    tested: int  # answers of the testing half
    accuracy: float  # of all of them
    signals: tuple[SignalCalibration, ...]
    combined: Combined
    shown: Platt | Temperature
    points: tuple[OperatingPoint, ...]  # thresholds of the shown confidence, by ascending risk
    overall_bound: float  # upper bound of the error rate if all are shown, at 1 − δ on its own
    published: Mapping[str, float]  # rule → published threshold, chosen on 20 answers of the testing half
    deciding: str  # name of the raw signal in `before`
    before: Metrics
    after: Metrics
    held_out: HeldOut
    neighbourhood: Neighbourhood
    delta: float = DELTA
    flattened: bool = (
        False  # the score did not predict correctness on the testing half, so `shown` is nearly flat
    )
    panel: Panel | None = None  # the signals to show by default; None: the usual ones, as in older files

    def __post_init__(self) -> None:
        slope = self.shown.slope if isinstance(self.shown, Platt) else 1 / self.shown.temperature
        if not slope > 0:
            raise ValueError(
                f"{self.kind}: the shown confidence must rise with the score; its slope is {slope}"
            )
        if not self.points or [point.risk for point in self.points] != sorted(
            {point.risk for point in self.points}
        ):
            raise ValueError(f"{self.kind}: the accepted risks must ascend")

    @property
    def n(self) -> int:
        """Labelled answers of this kind."""
        return self.fitted + self.tested

    @property
    def best(self) -> OperatingPoint | None:
        """The smallest risk that can be guaranteed, or None."""
        return next((point for point in self.points if point.threshold is not None), None)

    def point(self, risk: float) -> OperatingPoint:
        """The operating point at this risk, else at the next smaller one, else the first."""
        below = [point for point in self.points if point.risk <= risk + 1e-9]
        return below[-1] if below else self.points[0]

    def signal(self, name: str) -> SignalCalibration | None:
        """The entry of a signal, or None."""
        return next((signal for signal in self.signals if signal.name == name), None)

    @property
    def basis(self) -> str:
        """The number of answers behind the figures, in words."""
        return f"{self.n:,} {TITLES[self.kind]} ({self.fitted:,} for fitting, {self.tested:,} for testing)"

    @property
    def applied(self) -> tuple[float, ...]:
        """The shown confidence of each answer of the testing half, on the scale of the thresholds.

        If an older file lacks the scores, the out-of-fold confidences.
        """
        held_out = self.held_out
        return (
            tuple(map(float, self.shown_of(np.array(held_out.score)))) if held_out.score else held_out.after
        )

    def used(self, readings: Mapping[str, float | None]) -> tuple[str, ...]:
        """The signals that contribute to the confidence of these readings."""
        return self.combined.used(readings)

    def confidence(self, readings: Mapping[str, float | None]) -> float:
        """The shown confidence of one answer's readings."""
        shown = float(self.shown_of(self.combined.score([readings]))[0])
        return shown if self.combined.ranges else self._within_tested(shown)

    def _within_tested(self, shown: float) -> float:
        """The confidence clipped to the range of the testing half, for files without the range of each signal.

        Clipping crosses no threshold: a confidence below one stays below it.
        """
        if not self.held_out.score:
            return shown
        below = [math.nextafter(t, 0.0) for point in self.points if (t := point.threshold) is not None]
        return min(max(shown, min([*self.applied, *below])), max(self.applied))

    def shown_of(self, score: Floats) -> Floats:
        """The shown confidence of linear scores, shape (n,)."""
        return shown_confidence(self.shown, score)


def shown_confidence(calibrator: Platt | Temperature, score: Floats) -> Floats:
    """The calibrated σ(score), without intermediate clipping: σ(slope · score + intercept)."""
    if isinstance(calibrator, Platt):
        return sigmoid(calibrator.slope * score + calibrator.intercept)
    return sigmoid(score / calibrator.temperature)


@dataclass(frozen=True, slots=True)
class Calibration:
    """The complete calibration of a model."""

    name: str
    model: str
    model_sha256: str | None  # of the model file; None for a server or a folder
    engine: str
    prompts: Mapping[str, str]  # prompt name → sha256, of all prompts sent
    asked: Mapping[str, bool | int | float | str]  # the settings that determine the answers
    questions: QuestionSet
    created: str  # ISO 8601, UTC
    seed: int
    parts: tuple[KindCalibration, ...]
    readings: int = field(default=READINGS, kw_only=True)  # version of how signals are asked and read
    unmeasured: Mapping[str, str] = field(default_factory=dict)  # kind → why it is not calibrated
    left_out: Mapping[str, int] = field(default_factory=dict)  # why answers were left out → how many
    no_guarantee: str = ""  # why there is no guarantee at all; empty if there may be one

    def __post_init__(self) -> None:
        object.__setattr__(self, "asked", with_asking(self.asked))
        if not self.name.strip() or not self.model:
            raise ValueError("a calibration needs a name and a model")
        if not self.parts or len({part.kind for part in self.parts}) != len(self.parts):
            raise ValueError(
                f"{self.name}: there must be at least one part, and only one for each kind of question"
            )

    @property
    def counted(self) -> str:
        """The number of questions of each kind, in words."""
        return " and ".join(f"{part.n:,} {TITLES[part.kind]}" for part in self.parts)

    @property
    def key(self) -> str:
        """A key that is unique to this calibration, even if another one later gets its name."""
        return f"{self.name} {self.created}"

    def part(self, kind: str) -> KindCalibration | None:
        """The part for a kind of question, or None if it was not measured."""
        return next((part for part in self.parts if part.kind == kind), None)


def kind_of(options: Sequence[str]) -> Kind:
    """The kind of a question by its options."""
    return "choice" if options else "free"


def misfit(calibration: Calibration, who: Provenance) -> str:
    """Why a calibration does not apply to answers of this origin; empty if it does.

    Compares the model file by sha256 if both are recorded, else the model's name; how signals are read; every
    prompt that both have; and the settings of the answer.
    """
    if why := misfit_model(calibration, who):
        return why
    choice = calibration.part("choice")
    used = [signal.name for signal in choice.signals if signal.calibrator is not None] if choice else []
    if why := outdated(calibration.readings, used):
        return why
    changed = sorted(name for name, sha in who.prompts.items() if calibration.prompts.get(name, sha) != sha)
    if changed:
        names = ", ".join(changed)
        return f"the wording of the prompt {names} has changed since calibration; calibrate again"
    for name in ASKED:
        now = who.options.get(name)
        if name in calibration.asked and now is not None and now != calibration.asked[name]:
            return f"{_SETTINGS[name].format(_shown(calibration.asked[name]), _shown(now))}; calibrate with this setting"
    alternatives = who.options.get("top_logprobs")
    if "top_logprobs" not in calibration.asked and alternatives not in (None, USUAL_ALTERNATIVES):
        return (
            "it does not record the number of alternatives per token (top_logprobs). That is usually "
            f"{USUAL_ALTERNATIVES}, but here it is {alternatives}; calibrate again"
        )
    return ""


def misfit_model(measured: Calibration | Provenance, who: Provenance) -> str:
    """How the model of a measurement differs; empty if it is the same."""
    if measured.model_sha256 and who.model_sha256:
        if measured.model_sha256 != who.model_sha256:
            return f"it was measured with another model file ({measured.model}); calibrate this model"
    elif measured.model != who.model:
        return f"it was measured with {measured.model}, but this is {who.model}; calibrate this model"
    return ""


_SETTINGS = {
    "asking": "questions were asked {} during calibration, but {} here",
    "system": "the system message was {} during calibration, but is {} here",
    "temperature": "the temperature was {} during calibration, but is {} here",
    "top_logprobs": "the number of alternatives per token (top_logprobs) was {} during calibration, but is {} here",
}


def _shown(value: bool | int | float | str) -> str:
    if not isinstance(value, str):
        return f"{value}"
    return ASKINGS.get(value, f"“{value}”" if value else "empty")
