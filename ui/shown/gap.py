"""The gap between the confidence a model states and the probability of its tokens, in words."""

from collections.abc import Mapping
from dataclasses import dataclass

from estimators import ESTIMATORS
from estimators.abstention import compared
from estimators.alignment import Alignment
from estimators.parsing.likert_scale import read_likert
from estimators.percent import percent, points_between
from estimators.signals.verbalized import Likert
from estimators.types import Probe

_LIKERT = {estimator.name: estimator for estimator in ESTIMATORS if isinstance(estimator, Likert)}


@dataclass(frozen=True, slots=True)
class Gap:
    """Both figures, their difference in points, which is higher, and the type of alignment."""

    stated: str
    tokens: float
    points: str
    comparison: str
    type: str


def gap(alignment: Alignment | None, probes: Mapping[str, Probe]) -> Gap | None:
    """The gap of an answer; None if the stated certainty or the token probability is missing.

    The figure in words, the gap and the type all come from the same reading of the model's reply.
    """
    if alignment is None:
        return None
    inside, outside = alignment.internal.confidence, alignment.expressed.confidence
    if inside is None or outside is None:
        return None
    points = points_between(outside, inside)
    return Gap(
        _stated(alignment, outside, probes),
        inside,
        _signed(points),
        _comparison(points),
        _type(alignment, inside, outside),
    )


def _stated(alignment: Alignment, outside: float, probes: Mapping[str, Probe]) -> str:
    likert = _LIKERT.get(alignment.expressed.name)
    probe = probes.get(likert.probe) if likert and likert.reading == "label" else None
    label = read_likert(probe.reply.text) if probe else None
    if label and label[1] == outside:
        return f"{label[0]} ({percent(outside)})"
    return f"{percent(outside)} on average"


def _signed(points: int) -> str:
    size = f"{abs(points)} {'point' if abs(points) == 1 else 'points'}"
    return ("+" if points > 0 else "−" if points else "") + size


def _comparison(points: int) -> str:
    if points == 0:
        return "so the two agree"
    return (
        "so the model states more certainty than its tokens show"
        if points > 0
        else "so the model states less certainty than its tokens show"
    )


def _type(alignment: Alignment, inside: float, outside: float) -> str:
    """The type of alignment, with the cuts that define it."""
    stated, stated_cut = compared(outside, alignment.expressed_cut)
    tokens, tokens_cut = compared(inside, alignment.cut)
    words = "high" if outside >= alignment.expressed_cut else "low"
    own = "high" if inside >= alignment.cut else "low"
    if not alignment.measured:
        cut = max(stated_cut, tokens_cut, key=len)
        cuts = (
            f"“High” means at least {cut}. This is a general threshold: fewer than 20 answers of this model have been "
            "measured, so there are no medians to use instead."
        )
    else:
        cuts = (
            f"“High” means at least {stated_cut} for the stated certainty and {tokens_cut} for the token probability. These "
            "are the medians of the answers used for calibration."
        )
    return (
        f"The stated certainty ({stated}) is {words}, and the token probability ({tokens}) is {own}: "
        f"{alignment.type}. {cuts}"
    )
