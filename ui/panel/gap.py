"""The gap between the confidence a model states and the probability of its tokens, in words."""

from collections.abc import Mapping
from html import escape

from estimators import ESTIMATORS
from estimators.abstention import compared
from estimators.alignment import Alignment
from estimators.parsing.likert_scale import read_likert
from estimators.percent import percent, points_between
from estimators.signals.verbalized import Likert
from estimators.types import Probe

_LIKERT = {estimator.name: estimator for estimator in ESTIMATORS if isinstance(estimator, Likert)}
MISSING = "<p class='cr-align'>No gap: the stated certainty or the token probability is missing.</p>"


def gap_body(gap: Alignment | None, probes: Mapping[str, Probe]) -> str:
    """The gap of an answer as HTML: both figures, their difference, which is higher; unfolded, the type of alignment.

    The figure in words, the gap and the type all come from the same reading of the model's reply.
    """
    if gap is None or gap.internal.confidence is None or gap.expressed.confidence is None:
        return MISSING
    inside, outside = gap.internal.confidence, gap.expressed.confidence
    points = points_between(outside, inside)
    return (
        f"<details class='cr-align' data-key='gap'><summary>{escape(_says(gap, outside, probes))}; token probability: "
        f"{percent(inside)}. Gap: <b>{_signed(points)}</b>, {_surer(points)}.</summary>"
        f"<p>{escape(_type(gap, inside, outside))}</p>"
        "<p>The gap is the stated certainty minus the token probability, in percentage points. Negative: it sounds less "
        "sure than its tokens are.</p></details>"
    )


def _says(gap: Alignment, outside: float, probes: Mapping[str, Probe]) -> str:
    likert = _LIKERT.get(gap.expressed.name)
    probe = probes.get(likert.probe) if likert and likert.reading == "label" else None
    stated = read_likert(probe.reply.text) if probe else None
    if stated and stated[1] == outside:
        return f"Stated certainty: {stated[0]} ({percent(outside)})"
    return f"Stated certainty: {percent(outside)} on average"


def _signed(points: int) -> str:
    size = f"{abs(points)} {'point' if abs(points) == 1 else 'points'}"
    return ("+" if points > 0 else "−" if points else "") + size


def _surer(points: int) -> str:
    if points == 0:
        return "so both are equally sure"
    return (
        "so its words are surer than its tokens" if points > 0 else "so its tokens are surer than its words"
    )


def _type(gap: Alignment, inside: float, outside: float) -> str:
    """The type of alignment, with the cuts that define it."""
    stated, stated_cut = compared(outside, gap.expressed_cut)
    tokens, tokens_cut = compared(inside, gap.cut)
    words = "high" if outside >= gap.expressed_cut else "low"
    own = "high" if inside >= gap.cut else "low"
    if not gap.measured:
        cut = max(stated_cut, tokens_cut, key=len)
        cuts = (
            f"High means at least {cut}, a general cut: fewer than 20 answers of this model have been measured, so "
            "there are no medians to use instead."
        )
    else:
        cuts = (
            f"High means at least {stated_cut} for its words and {tokens_cut} for its tokens, the medians of the answers "
            "it was calibrated on."
        )
    return f"Its words ({stated}) are {words} and its tokens ({tokens}) are {own}: {gap.type}. {cuts}"
