"""What was measured of one model on labelled questions: the record that turns its signals into a calibrated figure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from estimators.calibration.calibrators import AnyCalibrator, Platt, Temperature
from estimators.calibration.changed_readings import READINGS, outdated
from estimators.calibration.combined import Combined
from estimators.calibration.logistic import Floats, sigmoid
from estimators.calibration.out_of_distribution import Neighbourhood
from estimators.calibration.risk_control import DELTA, OperatingPoint
from estimators.types import Provenance

Kind = Literal["choice", "free"]
KINDS: tuple[Kind, ...] = ("choice", "free")
TITLES: Mapping[str, str] = {"choice": "questions with options", "free": "questions without options"}
ASKED = (
    "hedge",
    "instruct",
    "temperature",
    "top_logprobs",
)  # settings with which other answers or signals would have come
USUAL_ALTERNATIVES = 20  # top_logprobs with which calibrations that do not record it were made


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Where the labelled questions come from."""

    name: str
    sha256: str
    n: int  # labelled answers that were used, of all kinds together


@dataclass(frozen=True, slots=True)
class SignalCalibration:
    """One signal's calibrator, and how well the signal alone tells right from wrong."""

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
    fitted: tuple[float, float] | None = (
        None  # lowest and highest confidence of the fit; None: older files lack it
    )

    @property
    def backwards(self) -> bool:
        """Whether the signal points the wrong way here: higher confidence went with more errors."""
        return self.calibrator is not None and self.calibrator.backwards

    def worth(self, confidence: float) -> float | None:
        """P(correct) by this signal alone, a reading beyond the fitted range counting as its nearest end."""
        if self.calibrator is None:
            return None
        low, high = self.fitted or (0.0, 1.0)
        return float(self.calibrator.predict([min(max(confidence, low), high)])[0])


@dataclass(frozen=True, slots=True)
class Metrics:
    """Figures of one confidence on the testing half; None where one does not exist."""

    n: int
    accuracy: float | None = None
    mean_confidence: float | None = None
    ece: float | None = None
    brier: float | None = None
    log_loss: float | None = None
    auroc: float | None = None


@dataclass(frozen=True, slots=True)
class HeldOut:
    """The answers of the testing half, one place an answer: for drawings, and to check the figures again."""

    before: tuple[float | None, ...]  # the raw signal that would decide
    after: tuple[float, ...]  # the shown confidence, its last calibrator fitted without this answer
    correct: tuple[bool, ...]
    score: tuple[float, ...] = ()  # before the last calibrator; older files may lack it

    def __post_init__(self) -> None:
        if not len(self.before) == len(self.after) == len(self.correct) == len(self.score or self.after):
            raise ValueError("held out: before, after, correct and score are not of the same length")


@dataclass(frozen=True, slots=True)
class Part:
    """What was measured on one kind of questions.

    The shown confidence is shown(σ(score)): ``combined`` was fitted on one half of the answers, ``shown`` (which
    never changes an order) and the points on the other.
    """

    kind: Kind
    fitted: int  # answers of the fitting half
    tested: int  # answers of the testing half
    accuracy: float  # of all of them
    signals: tuple[SignalCalibration, ...]
    combined: Combined
    shown: Platt | Temperature
    points: tuple[OperatingPoint, ...]  # thresholds of the shown confidence, by ascending risk
    overall_bound: float  # upper bound of the share of wrong answers when all are shown, by itself at 1 − δ
    published: Mapping[
        str, float
    ]  # score → threshold by the published rule, on 20 answers of the testing half
    deciding: str  # the raw signal that stands in `before`
    before: Metrics
    after: Metrics
    held_out: HeldOut
    neighbourhood: Neighbourhood
    delta: float = DELTA
    flattened: bool = (
        False  # on the testing half the score did not rise with being right, so `shown` hardly rises
    )

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
        """The position of the ladder at this risk, else the next smaller one, else the first."""
        below = [point for point in self.points if point.risk <= risk + 1e-9]
        return below[-1] if below else self.points[0]

    def signal(self, name: str) -> SignalCalibration | None:
        """The entry of a signal, or None."""
        return next((signal for signal in self.signals if signal.name == name), None)

    @property
    def basis(self) -> str:
        """What its figures rest on, in words."""
        return f"{self.n:,} {TITLES[self.kind]} ({self.fitted:,} for fitting, {self.tested:,} for testing)"

    @property
    def applied(self) -> tuple[float, ...]:
        """The confidence that each answer of the testing half would be shown with: the scale of the thresholds.

        Where an older file lacks the scores, the confidences out of fold.
        """
        held_out = self.held_out
        return (
            tuple(map(float, self.shown_of(np.array(held_out.score)))) if held_out.score else held_out.after
        )

    def used(self, readings: Mapping[str, float | None]) -> tuple[str, ...]:
        """The signals from which the confidence of these readings is computed."""
        weighed = zip(self.combined.names, self.combined.weights, strict=True)
        return tuple(name for name, weight in weighed if weight and readings.get(name) is not None)

    def confidence(self, readings: Mapping[str, float | None]) -> float:
        """The shown confidence of one answer's readings."""
        shown = float(self.shown_of(self.combined.score([readings]))[0])
        return shown if self.combined.ranges else self._within_tested(shown)

    def _within_tested(self, shown: float) -> float:
        """Kept to what the testing half was shown with, where a file does not record the range of each signal.

        No threshold is crossed by that: what lay below one stays below it.
        """
        if not self.held_out.score:
            return shown
        below = [math.nextafter(t, 0.0) for point in self.points if (t := point.threshold) is not None]
        return min(max(shown, min([*self.applied, *below])), max(self.applied))

    def shown_of(self, score: Floats) -> Floats:
        """The shown confidence of linear scores, shape (n,)."""
        return shown_confidence(self.shown, score)


def shown_confidence(calibrator: Platt | Temperature, score: Floats) -> Floats:
    """What the calibrator says of σ(score), without the clipping in between: σ(slope · score + intercept)."""
    if isinstance(calibrator, Platt):
        return sigmoid(calibrator.slope * score + calibrator.intercept)
    return sigmoid(score / calibrator.temperature)


@dataclass(frozen=True, slots=True)
class Calibration:
    """The whole measurement of a model."""

    name: str
    model: str
    model_sha256: str | None  # of the model file; None for a server or a folder
    engine: str
    prompts: Mapping[str, str]  # prompt name → sha256, of all that were sent
    asked: Mapping[str, bool | int | float]  # the settings that decide which answer comes
    questions: QuestionSet
    created: str  # ISO 8601, UTC
    seed: int
    parts: tuple[Part, ...]
    readings: int = field(default=READINGS, kw_only=True)  # how its signals were asked and read
    unmeasured: Mapping[str, str] = field(default_factory=dict)  # kind → why it is not calibrated
    left_out: Mapping[str, int] = field(default_factory=dict)  # why answers were left out → how many
    no_guarantee: str = ""  # why nothing is guaranteed, whatever was tested; empty where something can be

    def __post_init__(self) -> None:
        if not self.name.strip() or not self.model:
            raise ValueError("a calibration needs a name and a model")
        if not self.parts or len({part.kind for part in self.parts}) != len(self.parts):
            raise ValueError(f"{self.name}: one part for each kind of questions is needed, and at least one")

    @property
    def counted(self) -> str:
        """How many questions of each kind were measured, in words."""
        return " and ".join(f"{part.n:,} {TITLES[part.kind]}" for part in self.parts)

    @property
    def key(self) -> str:
        """What tells this measurement from others, also from one that later has its name."""
        return f"{self.name} {self.created}"

    def part(self, kind: str) -> Part | None:
        """The part of a kind of questions, or None where it was not measured."""
        return next((part for part in self.parts if part.kind == kind), None)


def kind_of(options: Sequence[str]) -> Kind:
    """The kind of a question by its options."""
    return "choice" if options else "free"


def misfit(calibration: Calibration, who: Provenance) -> str:
    """Why a calibration says nothing about answers of this origin; empty where it fits.

    Model file by sha256 where both are known, else the model's name; how signals are read; every prompt that both
    have; the settings under which the answer came.
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
            return f"{_SETTINGS[name].format(_said(calibration.asked[name]), _said(now))}; calibrate with this setting"
    alternatives = who.options.get("top_logprobs")
    if "top_logprobs" not in calibration.asked and alternatives not in (None, USUAL_ALTERNATIVES):
        return (
            "it does not record the number of alternatives per token (top_logprobs), usually "
            f"{USUAL_ALTERNATIVES}, and here it is {alternatives}; calibrate again"
        )
    return ""


def misfit_model(measured: Calibration | Provenance, who: Provenance) -> str:
    """Why a measurement is of another model; empty where it is of the same."""
    if measured.model_sha256 and who.model_sha256:
        if measured.model_sha256 != who.model_sha256:
            return f"it was measured with another model file ({measured.model}); calibrate this model"
    elif measured.model != who.model:
        return f"it was measured with {measured.model}, and this is {who.model}; calibrate this model"
    return ""


_SETTINGS = {
    "hedge": "request for words of doubt: {} at calibration, {} here",
    "instruct": "instruction on how to answer: {} at calibration, {} here",
    "temperature": "the temperature was {} at calibration and is {} here",
    "top_logprobs": "the number of alternatives per token (top_logprobs) was {} at calibration and is {} here",
}


def _said(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else f"{value}"
