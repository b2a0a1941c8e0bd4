"""The confidence panel of a turn or an assessment, as one value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from chains.pipeline.pipeline import wanted_signals
from chains.pipeline.turn import Turn
from estimators import ESTIMATORS, alignment, choose
from estimators.markers.mic import OwnMarkers
from estimators.signals.claims import ClaimReading, claim_readings
from estimators.types import Assessment
from ui.shown.answer import ShownClaim, WeakestSentence, shown_claims, weakest_sentence
from ui.shown.axis import Axis, Lead, axis
from ui.shown.confidence import (
    Advice,
    ShownConfidence,
    advice,
    decided_confidence,
    guarantee,
    running_confidence,
    sentence,
)
from ui.shown.evidence import (
    CheckProgress,
    ShownProbe,
    ShownSamples,
    details,
    shown_probes,
    shown_samples,
)
from ui.shown.gap import Gap, gap
from ui.shown.markers import ShownMarkers, shown_markers

_ESTIMATORS = {estimator.name: estimator for estimator in ESTIMATORS}


@dataclass(frozen=True, slots=True)
class BetterOption:
    """The option with the highest probability, where the answer shows another."""

    text: str
    probability: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """What the panel shows below the axis of an assessed answer."""

    gap: Gap | None
    better_option: BetterOption | None
    weakest: WeakestSentence | None
    markers: ShownMarkers
    probes: tuple[ShownProbe, ...]
    samples: ShownSamples | None
    claims: tuple[ShownClaim, ...]
    details: Mapping[str, str]


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


def running_panel(turn: Turn | None, error: str = "", calibrated: bool = False) -> Panel:
    """The panel of a turn that is not assessed yet; ``calibrated``: whether its confidence will be."""
    if error:
        return CUT_OFF
    if turn is None or turn.answer is None:
        return WAITING
    waiting = _waiting_axis(wanted_signals(turn), turn.settings.threshold, turn.pending, calibrated)
    return Panel(confidence=running_confidence(turn.answer), axis=waiting)


@lru_cache(maxsize=64)  # it stays the same while an answer streams
def _waiting_axis(
    signals: tuple[str, ...], threshold: float, pending: tuple[str, ...], calibrated: bool
) -> Axis:
    return axis(choose(signals), {}, threshold, pending, Lead(None) if calibrated else None)


def assessed_panel(
    assessment: Assessment,
    readings: Sequence[ClaimReading] | None = None,
    medians: Mapping[str, float] | None = None,
    own: OwnMarkers | None = None,
    progress: CheckProgress | None = None,
) -> Panel:
    """The panel of an assessment.

    ``readings``: those of its claims, if they are computed already. ``medians``: the calibration's median per signal, the
    cuts between high and low. ``own``: what this model's markers mean. ``progress``: that of a consistency check.
    """
    decision, signals, evidence = assessment.decision, assessment.signals, assessment.evidence
    confidence = decided_confidence(decision)
    claims = claim_readings(evidence) if readings is None else readings
    return Panel(
        title="" if confidence else "No confidence",
        note="" if confidence else sentence(decision.reason),
        progress=progress,
        confidence=confidence,
        advice=advice(decision),
        guarantee=guarantee(decision),
        axis=axis(
            [_ESTIMATORS[signal.name] for signal in signals if signal.name in _ESTIMATORS],
            {signal.name: signal for signal in signals},
            decision.threshold,
            lead=Lead(decision.confidence) if decision.calibrated else None,
        ),
        explanation=Explanation(
            gap(alignment(signals, medians=medians), evidence.probes),
            _better_option(assessment),
            weakest_sentence(claims),
            shown_markers(assessment.markers, own),
            shown_probes(tuple(evidence.probes.values()), evidence.options),
            shown_samples(evidence),
            shown_claims(claims),
            details(assessment),
        ),
    )


def _better_option(assessment: Assessment) -> BetterOption | None:
    signal = assessment.signal("p_ic")
    if signal is None or signal.confidence is None or not signal.per_option:
        return None
    best = max(range(len(signal.per_option)), key=lambda index: signal.per_option[index])
    if signal.per_option[best] <= signal.confidence:
        return None
    return BetterOption(assessment.evidence.options[best], signal.per_option[best])
