"""The confidence panel of a turn or an assessment, as one value."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from chains.pipeline.turn import Turn
from estimators import ESTIMATORS, choose
from estimators.markers.matcher import nearest_marker
from estimators.percent import frequency
from estimators.reading import Reading
from estimators.types import Assessment, Decision
from ui.shown.axis import Axis, Lead, axis
from ui.shown.evidence import CheckProgress
from ui.shown.explanation import Explanation, explanation

RUNNING = "The geometric mean of the token probabilities so far. It changes until the answer is complete."
UNCALIBRATED = (
    "This comes from the model's own probabilities. How often answers with this confidence are right has not been "
    "measured."
)
CALIBRATED = (
    "In the calibration, about this share of the answers with this confidence were right. It combines the signals below, "
    "whose raw values are shown."
)
_ESTIMATORS = {estimator.name: estimator for estimator in ESTIMATORS}
Tag = Literal["running", "uncalibrated", "calibrated"]


@dataclass(frozen=True, slots=True)
class ShownConfidence:
    """The large figure in percent and in words, where it comes from, and what it means."""

    value: float
    source: str
    tag: Tag
    meaning: str
    frequency: str
    in_words: str
    out_of_distribution: bool = False


@dataclass(frozen=True, slots=True)
class Advice:
    """Whether to withhold the answer, and why."""

    withhold: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Panel:
    """Everything that the panel shows; ``title`` and ``note`` are shown where there is no confidence."""

    title: str = ""
    note: str = ""
    progress: CheckProgress | None = None
    confidence: ShownConfidence | None = None
    advice: Advice | None = None
    guarantee: str = ""  # hidden next to the slider, which shows the same text
    axis: Axis | None = None
    explanation: Explanation | None = None


EMPTY = Panel(
    "Confidence",
    "Ask a question. Here you will see, on one scale, how probable the model found its own words, how certain it says it "
    "is when asked again, and whether the answer should be withheld.",
)
WAITING = Panel("Confidence", "Waiting for the first token …")
CUT_OFF = Panel("No confidence", "The answer was cut off, so it was not scored.")


def running_panel(turn: Turn | None, error: str = "") -> Panel:
    """The panel of a turn that is not assessed yet."""
    if error:
        return CUT_OFF
    if turn is None or turn.answer is None:
        return WAITING
    probability = turn.reading.probability
    calibrated = turn.fit.part(turn.kind) is not None and not turn.begun
    return Panel(
        confidence=None
        if probability is None
        else _confidence(probability, "token probability so far", "running", RUNNING),
        axis=_waiting_axis(turn.signals, turn.settings.threshold, turn.pending, calibrated),
    )


@lru_cache(maxsize=64)  # it stays the same while an answer streams
def _waiting_axis(
    signals: tuple[str, ...], threshold: float, pending: tuple[str, ...], calibrated: bool
) -> Axis:
    return axis(choose(signals), {}, threshold, pending, Lead(None) if calibrated else None)


def assessed_panel(assessment: Assessment, reading: Reading, progress: CheckProgress | None = None) -> Panel:
    """The panel of an assessment with its reading; ``progress``: that of a consistency check."""
    decision, signals = assessment.decision, assessment.signals
    lanes = axis(
        [_ESTIMATORS[signal.name] for signal in signals if signal.name in _ESTIMATORS],
        {signal.name: signal for signal in signals},
        decision.threshold,
        lead=Lead(decision.confidence) if decision.calibrated else None,
    )
    guarantee, explained = (
        _sentence(decision.promise or decision.no_promise),
        explanation(assessment, reading),
    )
    reason = _sentence(decision.reason)
    if decision.confidence is None:
        return Panel(
            "No confidence", reason, progress, guarantee=guarantee, axis=lanes, explanation=explained
        )
    confidence, advice = _decided(decision, decision.confidence), Advice(decision.abstain, reason)
    return Panel("", "", progress, confidence, advice, guarantee, lanes, explained)


def _decided(decision: Decision, value: float) -> ShownConfidence:
    """The confidence that decides: calibrated, or the raw signal."""
    if not decision.calibrated:
        estimator = _ESTIMATORS.get(decision.signal)
        source = estimator.title.lower() if estimator else decision.signal
        meaning = f"{UNCALIBRATED} {_sentence(decision.uncalibrated)}".rstrip()
        return _confidence(value, source, "uncalibrated", meaning)
    used = len(decision.used)
    source = f"from {used} signals" if used > 1 else "from one signal" if used else "from the signals below"
    sentences = [
        CALIBRATED,
        f"Measured on {decision.basis}." if decision.basis else "",
        f"{_sentence(decision.outside)} No guarantee covers it." if decision.outside else "",
        _sentence(decision.unchecked),
    ]
    return _confidence(value, source, "calibrated", " ".join(filter(None, sentences)), bool(decision.outside))


def _confidence(value: float, source: str, tag: Tag, meaning: str, outside: bool = False) -> ShownConfidence:
    words = nearest_marker(value).phrase
    return ShownConfidence(value, source, tag, meaning, frequency(value), words, outside)


def _sentence(text: str) -> str:
    """A reason as a sentence; an empty one stays empty.

    >>> _sentence("too few questions were measured")
    'Too few questions were measured.'
    """
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") or not text else ".")
