"""The confidence panel of a turn or an assessment, as one value."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from chains.pipeline.probing.needs import ask_rest, missing_probes
from chains.pipeline.turn import Turn
from estimators import ESTIMATORS, choose
from estimators.percent import frequency, percent
from estimators.reading import Reading
from estimators.types import Assessment, Decision, Signal
from ui.chat.conversation import Entry
from ui.shown.axis import Axis, Lead, axis
from ui.shown.evidence import CheckProgress, check_progress
from ui.shown.explanation import Explanation, explanation
from ui.shown.few import few_signals
from ui.shown.model_now import ModelNow
from ui.shown.reason import reason
from ui.shown.sentences import AVERAGE, in_words, sentence

RUNNING = (
    "How probable the model found its words so far, on average. It changes until the answer is complete."
)
UNCALIBRATED = (
    "This comes from the model's own probabilities. How often answers with this confidence are right has not been "
    "measured."
)
CALIBRATED = "When this model was tested, about this share of the answers with this number were right."
_ESTIMATORS = {estimator.name: estimator for estimator in ESTIMATORS}
Tag = Literal["running", "uncalibrated", "calibrated"]


@dataclass(frozen=True, slots=True)
class ShownConfidence:
    """The large figure in percent and in words, where it comes from, and what it means."""

    value: float
    source: str
    tag: Tag
    meaning: str
    in_words: str
    frequency: str = ""  # empty without a calibration: then it is no share of right answers
    out_of_distribution: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether to rely on the answer, in a sentence, and why."""

    withhold: bool
    advice: str
    reason: str


@dataclass(frozen=True, slots=True)
class Panel:
    """Everything that the panel shows, from the figure to all that was measured.

    ``title`` and ``note`` are shown where there is no confidence. ``few`` holds the signals that count, ``axis`` all.
    ``unasked``: the usual follow-up questions that can still be asked about the answer of ``turn``.
    """

    title: str = ""
    note: str = ""
    progress: CheckProgress | None = None
    confidence: ShownConfidence | None = None
    reason: str = ""  # why the confidence is what it is, in one sentence
    verdict: Verdict | None = None
    guarantee: str = ""  # hidden next to the slider, which shows the same text
    few: Axis | None = None
    axis: Axis | None = None
    rests: str = ""  # which of the few signals the figure comes from
    explanation: Explanation | None = None
    unasked: int = 0
    turn: str = ""


EMPTY = Panel(
    "Confidence",
    "Ask a question. Here you will see how sure the model is of its answer, what that rests on, and everything that was "
    "measured.",
)
WAITING = Panel("Confidence", "Waiting for the first token …")
CUT_OFF = Panel("No confidence", "The answer was cut off, so it was not scored.")


def shown_panel(entry: Entry, now: ModelNow | None = None) -> Panel:
    """The panel of a turn; ``now``: the model in use, which can be asked more about its own answer."""
    turn = entry.turn
    if turn is None or turn.assessment is None:
        return running_panel(turn, entry.error)
    panel = assessed_panel(turn.assessment, turn.reading, check_progress(turn))
    if now is None or turn.stage != "done" or entry.recorded or not now.wrote(entry):
        return panel
    return replace(panel, unasked=len(missing_probes(ask_rest(turn))), turn=entry.key)


def running_panel(turn: Turn | None, error: str = "") -> Panel:
    """The panel of a turn that is not assessed yet."""
    if error:
        return CUT_OFF
    if turn is None or turn.answer is None:
        return WAITING
    probability = None if turn.scored_by else turn.reading.probability
    part = None if turn.begun else turn.fit.part(turn.kind)
    used = tuple(weight.signal for weight in part.combined.ranked_weights if weight.value) if part else None
    few, every = _waiting_axes(turn.signals, turn.settings.threshold, turn.pending, used)
    return Panel(
        confidence=None
        if probability is None
        else ShownConfidence(probability, "token probability so far", "running", RUNNING, AVERAGE),
        few=few,
        axis=every,
    )


@lru_cache(maxsize=64)  # they stay the same while an answer streams
def _waiting_axes(
    signals: tuple[str, ...], threshold: float, pending: tuple[str, ...], used: tuple[str, ...] | None
) -> tuple[Axis, Axis]:
    """The few signals and all of them, still to come; ``used``: those of the calibration's score, None without one."""
    lead = None if used is None else Lead(None)
    few = choose(few_signals(signals, used or ()))
    return (
        axis(few, {}, threshold, pending, lead, plain=True),
        axis(choose(signals), {}, threshold, pending, lead),
    )


def assessed_panel(assessment: Assessment, reading: Reading, progress: CheckProgress | None = None) -> Panel:
    """The panel of an assessment with its reading; ``progress``: that of a consistency check."""
    decision = assessment.decision
    few, every = _axes(assessment, reading.failed)
    why = sentence(reason(assessment, reading))
    panel = Panel(
        progress=progress,
        guarantee=sentence(decision.promise or decision.no_promise),
        few=few,
        axis=every,
        explanation=explanation(assessment, reading),
    )
    if decision.confidence is None:
        return replace(panel, title="No confidence", note=why)
    return replace(
        panel,
        confidence=_decided(decision, decision.confidence),
        reason=why,
        verdict=Verdict(decision.abstain, _advice(decision), _why(decision)),
        rests=_rests(decision, decision.confidence, few),
    )


def _advice(decision: Decision) -> str:
    if decision.abstain:
        return "Better not to rely on this answer."
    return "No warning." if decision.calibrated else "No warning, but answers like this are untested."


def _why(decision: Decision) -> str:
    if decision.abstain or decision.calibrated or decision.confidence is None:
        return sentence(decision.reason)
    return f"{percent(decision.confidence)} reaches the limit for them, {percent(decision.threshold)}."


def _rests(decision: Decision, confidence: float, few: Axis) -> str:
    """Which rows of the few signals the figure comes from; empty if it is not among them."""
    used = decision.used if decision.calibrated else (decision.signal,)
    named = [f"“{lane.title}”" for lane in few.lanes if lane.name in used]
    if not named:
        return ""
    others = (
        "" if len(named) == len(few.lanes) else " The other rows are for comparison and do not change it."
    )
    how = "is worked out from" if decision.calibrated else "is that of"
    return f"The {percent(confidence)} {how} {' and '.join(named)}.{others}"


def _axes(assessment: Assessment, failed: Mapping[str, str]) -> tuple[Axis, Axis]:
    """The axis of the few signals that count, and that of all."""
    decision = assessment.decision
    signals: dict[str, Signal] = {
        signal.name: signal for signal in assessment.signals if signal.name in _ESTIMATORS
    }
    lead = Lead(decision.confidence) if decision.calibrated else None
    measured = tuple(name for name, signal in signals.items() if signal.confidence is not None)
    few = [_ESTIMATORS[name] for name in few_signals(measured or tuple(signals), decision.used, failed)]
    every = [_ESTIMATORS[name] for name in signals]
    return (
        axis(few, signals, decision.threshold, lead=lead, plain=True),
        axis(every, signals, decision.threshold, lead=lead, failed=failed),
    )


def _decided(decision: Decision, value: float) -> ShownConfidence:
    """The confidence that decides: calibrated, or the raw signal."""
    if not decision.calibrated:
        estimator = _ESTIMATORS.get(decision.signal)
        source = estimator.title[:1].lower() + estimator.title[1:] if estimator else decision.signal
        meaning = f"{UNCALIBRATED} {sentence(decision.uncalibrated)}".rstrip()
        return _confidence(decision, value, source, "uncalibrated", meaning)
    used = len(decision.used)
    source = f"from {used} signals" if used > 1 else "from one signal" if used else "from several signals"
    sentences = [
        CALIBRATED,
        f"Measured on {decision.basis}." if decision.basis else "",
        f"{sentence(decision.outside)} No guarantee covers it." if decision.outside else "",
        sentence(decision.unchecked),
    ]
    return _confidence(decision, value, source, "calibrated", " ".join(filter(None, sentences)))


def _confidence(decision: Decision, value: float, source: str, tag: Tag, meaning: str) -> ShownConfidence:
    words = in_words(decision, value)
    share = frequency(value) if decision.calibrated else ""
    return ShownConfidence(value, source, tag, meaning, words, share, bool(decision.outside))
