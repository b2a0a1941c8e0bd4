"""What a model says about its certainty beside what its tokens say, in two sentences that agree with each other."""

from collections.abc import Mapping
from html import escape

from estimators.abstention import compared
from estimators.alignment import Alignment
from estimators.parsing.likert_scale import read_likert
from estimators.percent import percent, points_between
from estimators.types import Probe

MISSING = "<p class='cr-align'>What it says cannot be set against its tokens: one of the two is missing.</p>"


def gap_body(found: Alignment | None, probes: Mapping[str, Probe]) -> str:
    """The gap of an answer as markup: both figures, their difference, which is surer; folded in it, the type.

    The figure in words, the gap and the type all come from the same reading of what the model said.
    """
    if found is None or found.internal.confidence is None or found.expressed.confidence is None:
        return MISSING
    inside, outside = found.internal.confidence, found.expressed.confidence
    points = points_between(outside, inside)
    return (
        f"<details class='cr-align' data-key='gap'><summary>{escape(_says(found, outside, probes))}; its tokens say "
        f"{percent(inside)}. Gap: <b>{_signed(points)}</b>, {_surer(points)}.</summary>"
        f"<p>{escape(_type(found, inside, outside))}</p>"
        "<p>The gap is the certainty it expresses minus the probability of its tokens, in percentage points. Below "
        "zero, it says less than its tokens do.</p></details>"
    )


def _says(found: Alignment, outside: float, probes: Mapping[str, Probe]) -> str:
    probe_name, _, reading = found.expressed.name.rpartition("_")
    probe = probes.get(probe_name) if reading == "label" else None
    stated = read_likert(probe.reply.text) if probe else None
    if stated and stated[1] == outside:
        return f"Says it is {stated[0]} ({percent(outside)})"
    return f"Asked how certain it is, its words average {percent(outside)}"


def _signed(points: int) -> str:
    size = f"{abs(points)} {'point' if abs(points) == 1 else 'points'}"
    return ("+" if points > 0 else "−" if points else "") + size


def _surer(points: int) -> str:
    if points == 0:
        return "so both are equally sure"
    return (
        "so its words are surer than its tokens" if points > 0 else "so its tokens are surer than its words"
    )


def _type(found: Alignment, inside: float, outside: float) -> str:
    """The type of alignment with the cuts that make it."""
    said, said_cut = compared(outside, found.expressed_cut)
    tokens, tokens_cut = compared(inside, found.cut)
    words = "high" if outside >= found.expressed_cut else "low"
    own = "high" if inside >= found.cut else "low"
    if not found.measured:
        cut = max(said_cut, tokens_cut, key=len)
        cuts = (
            f"High means at least {cut}, a general cut: there are no medians of 20 or more measured answers of this "
            "model to use instead."
        )
    else:
        cuts = (
            f"High means at least {said_cut} for its words and {tokens_cut} for its tokens, the medians of the answers "
            "it was calibrated on."
        )
    return f"Its words ({said}) are {words} and its tokens ({tokens}) are {own}: {found.type}. {cuts}"
