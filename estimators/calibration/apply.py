"""Applies a calibration: calibrated signals, the combined confidence, and the decision with its guarantee."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from estimators.abstention import compared, decide
from estimators.alignment import FEWEST
from estimators.calibration.combined import NAME
from estimators.calibration.record import TITLES, Calibration, Kind, KindCalibration, kind_of, misfit
from estimators.calibration.risk_control import OperatingPoint, utility_threshold
from estimators.calibration.scope import longer_than_measured, uncovered_evidence
from estimators.percent import at_most
from estimators.signals.scored_elsewhere import own
from estimators.types import Assessment, Decision, Distance, Evidence, Signal

NOT_YET = "this model has not been calibrated yet"
FOLLOW_UP = "it is a follow-up question, and the calibration covers only first questions"


def redecide(
    assessment: Assessment, calibration: Calibration | None, *, rule: str = "risk", risk: float = 0.2,
    cost: float = 1.0, threshold: float | None = None, reason: str = NOT_YET,
) -> Assessment:  # fmt: skip
    """The assessment with a new decision, with or without a calibration; no model call and no embedding.

    ``rule``: risk (the guarantee at ``risk``), cost (a wrong answer costs ``cost``), balanced or conservative (the
    published rule). ``threshold`` applies without a calibration; None means the recorded one. ``reason``: why
    ``calibration`` is None.
    """
    evidence = assessment.evidence
    raw = tuple(replace(signal, calibrated=None) for signal in assessment.signals if signal.name != NAME)
    why = _why_not_applicable(calibration, evidence) if calibration else reason
    part = calibration.part(kind_of(evidence.options)) if calibration else None
    if calibration and not why and part is None:
        why = calibration.unmeasured.get(
            kind_of(evidence.options), "the calibration does not cover this kind of question"
        )
    if calibration is None or part is None or why:
        return replace(assessment, signals=raw, decision=_uncalibrated_decision(assessment, threshold, why))
    mine = own(replace(assessment, signals=raw)).signals
    signals = _with_calibrated(raw, calibrated_signals(part, mine))
    combined = signals[-1]
    if combined.confidence is None:
        return replace(
            assessment,
            signals=signals[:-1],
            decision=_uncalibrated_decision(assessment, threshold, combined.missing),
        )
    decision = _calibrated_decision(calibration, part, combined.confidence, rule, risk, cost)
    outside, unchecked = out_of_distribution_reason(calibration, part, evidence, assessment.distance)
    if outside and decision.promise:
        decision = replace(decision, promise="", no_promise=f"no guarantee for this question: {outside}")
    used = part.used({signal.name: signal.confidence for signal in mine})
    decision = replace(decision, outside=outside, unchecked=unchecked, basis=part.basis, used=used)
    return replace(assessment, signals=signals, decision=decision)


def _with_calibrated(raw: Sequence[Signal], calibrated: Sequence[Signal]) -> tuple[Signal, ...]:
    """The signals as they were read, with what they are worth, followed by the combined one."""
    pairs = zip(raw, calibrated, strict=False)
    return (*(replace(signal, calibrated=worth.calibrated) for signal, worth in pairs), calibrated[-1])


def _why_not_applicable(calibration: Calibration, evidence: Evidence) -> str:
    """Why a calibration does not apply to this answer; empty if it does."""
    most = calibration.asked.get("max_tokens")
    return (
        misfit(calibration, evidence.provenance)
        or uncovered_evidence(evidence)
        or longer_than_measured(evidence.answer, most if isinstance(most, int | float) else None)
    )


def calibrated_signals(part: KindCalibration, signals: Sequence[Signal]) -> tuple[Signal, ...]:
    """The signals, each calibrated separately, followed by the combined one."""
    calibrated = []
    for signal in signals:
        entry = part.signal(signal.name)
        if entry is not None and signal.confidence is not None:
            signal = replace(signal, calibrated=entry.worth(signal.confidence))
        calibrated.append(signal)
    return (*calibrated, combined_signal(part, signals))


def combined_signal(part: KindCalibration, signals: Sequence[Signal]) -> Signal:
    """The combined confidence; missing if a signal it uses was not requested, or if all of them are missing."""
    readings = {signal.name: signal.confidence for signal in signals}
    unasked = sorted(set(part.combined.names) - set(readings))
    if unasked:
        return Signal(
            NAME, None, f"the calibration needs signals that were not requested: {', '.join(unasked)}"
        )
    if not part.used(readings):
        return Signal(NAME, None, "none of the signals that the calibration needs is available")
    confidence = part.confidence(readings)
    return Signal(NAME, confidence, calibrated=confidence)


def _uncalibrated_decision(assessment: Assessment, threshold: float | None, why: str) -> Decision:
    if threshold is None:
        asked = assessment.evidence.provenance.options.get("threshold")
        threshold = float(asked) if isinstance(asked, int | float) else 0.5
    given = bool(assessment.evidence.provenance.given)
    return replace(decide(own(assessment).signals, threshold, given=given), uncalibrated=why)


def _calibrated_decision(
    calibration: Calibration, part: KindCalibration, confidence: float, rule: str, risk: float, cost: float
) -> Decision:
    """The decision on the calibrated confidence under one of the rules."""
    promise = no_promise = ""
    accepted: float | None = None
    if rule == "risk":
        point = part.point(risk)
        accepted = point.risk
        if point.threshold is None:
            # No guarantee: show an answer if its own probability of being wrong is within the accepted risk.
            threshold, no_promise = 1.0 - point.risk, point.missing
        else:
            threshold, promise = point.threshold, guarantee_sentence(part, point)
    elif rule == "cost":
        threshold = utility_threshold(cost)
        no_promise = "the threshold follows from the cost of a wrong answer, which gives no guarantee"
    elif rule in part.published:
        threshold = max(0.0, part.published[rule])
        no_promise = "the threshold scored best on a few labelled answers, which gives no guarantee"
    else:
        raise ValueError(f"there is no rule {rule!r}; the rules are risk, cost, {', '.join(part.published)}")
    p, t = compared(confidence, threshold)
    abstain = confidence < threshold
    reason = (
        f"my calibrated confidence is {p}, below the threshold of {t}"
        if abstain
        else f"{p} is at or above the threshold of {t}"
    )
    return Decision(
        abstain, confidence, threshold, reason, NAME, True, risk=accepted, promise=promise, no_promise=no_promise
    )  # fmt: skip


def guarantee_sentence(part: KindCalibration, point: OperatingPoint) -> str:
    """What an operating point guarantees, in one sentence; empty where it guarantees nothing."""
    if point.threshold is None:
        return ""
    return (
        f"it is {(1 - part.delta) * 100:.0f} % certain that at most {point.risk * 100:.0f} % of the answers shown at this "
        f"setting are wrong, on questions like the {part.n:,} used for calibration ({part.fitted:,} for fitting, "
        f"{part.tested:,} for testing)"
    )


def notice(calibration: Calibration | None, kind: Kind) -> str:
    """The notice that no setting has a guarantee for a kind of question; empty where a setting has one."""
    part = calibration.part(kind) if calibration else None
    if calibration is None or part is None or part.best is not None:
        return ""
    if calibration.no_guarantee:
        return f"No guarantee for {TITLES[kind]}: {calibration.no_guarantee}."
    overall = (
        f"If every answer is shown, it is {(1 - part.delta) * 100:.0f} % certain that at most "
        f"{at_most(part.overall_bound)} are wrong"
        if part.overall_bound < 1
        else "Nothing can be said about the share of wrong answers"
    )
    return (
        f"No guarantee for {TITLES[kind]} with this model: no error rate from {part.points[0].risk * 100:.0f} % to "
        f"{part.points[-1].risk * 100:.0f} % could be guaranteed on the {part.tested} test answers. {overall}. "
        "More labelled questions may change that."
    )


def out_of_distribution_reason(
    calibration: Calibration, part: KindCalibration, evidence: Evidence, distance: Distance | None
) -> tuple[str, str]:
    """(why the question is out of distribution, why that is unknown); both empty if it is in distribution."""
    if any(message.role != "system" for message in evidence.question.history):
        return FOLLOW_UP, ""
    if part.neighbourhood.limit is None:
        return "", part.neighbourhood.missing
    if distance is None or distance.calibration != calibration.key:
        return "", "its distance from the calibration questions was not measured"
    if distance.value is None:
        return "", distance.missing
    if distance.value <= part.neighbourhood.limit:
        return "", ""
    return f"it is unlike the {part.neighbourhood.n} calibration questions", ""


def failed_signals(part: KindCalibration) -> Mapping[str, str]:
    """The signals that fail the screen, with the reason; they have no say in the combined confidence.

    Empty for files from older versions, which hold no screen.
    """
    return {
        signal.name: signal.validity.reason
        for signal in part.signals
        if signal.validity and signal.validity.failure
    }


def cuts(calibration: Calibration | None, options: Sequence[str]) -> Mapping[str, float]:
    """The median of each signal on the calibration questions, for signals that at least 20 answers have."""
    part = calibration.part(kind_of(options)) if calibration else None
    return {signal.name: signal.median for signal in part.signals if signal.n >= FEWEST} if part else {}
