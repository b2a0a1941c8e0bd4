"""What the panel says of an assessed answer besides its axes: the gap, the weakest sentence, its words, the evidence."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from estimators.abstention import compared
from estimators.alignment import CHECKS, LETTER, Alignment
from estimators.markers.mic import MarkerConfidence, OwnMarkers
from estimators.markers.polarity import asserted, not_so, range_words
from estimators.percent import percent, points_between
from estimators.reading import BetterOption, Reading
from estimators.signals.claims import ClaimReading
from estimators.text.answer_form import asks_for_text
from estimators.types import Assessment, MarkerMatch
from ui.shown.badge import named, other_share
from ui.shown.evidence import ShownProbe, ShownSamples, details, shown_probes, shown_samples

CLOSE = 5  # points within which stated certainty and token probability agree


@dataclass(frozen=True, slots=True)
class Gap:
    """Stated certainty and token probability, their difference in points, which is higher, and the type of alignment.

    ``plain`` says all this without a term; empty where the answer is a text that is neither true nor false.
    """

    plain: str
    stated: str
    tokens: float
    points: str
    comparison: str
    type: str


@dataclass(frozen=True, slots=True)
class ShownMarker:
    """One marker with the range in which people read it, its norm, and what it means with this model.

    ``denial``: the note of a marker that denies its claim. ``gap``: in points; None without a figure of this model.
    """

    text: str
    range: str
    people: float
    denial: str
    source: str
    similarity: float | None
    own: MarkerConfidence | None
    gap: int | None


@dataclass(frozen=True, slots=True)
class ShownClaim:
    """One sentence with its figures and markers in words."""

    text: str
    figures: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """What the panel shows of an assessed answer besides its axes.

    ``measured`` says how this model's own figures of ``markers`` were measured; empty if they were not.
    """

    gap: Gap | None
    better_option: BetterOption | None
    weakest: ClaimReading | None
    markers: tuple[ShownMarker, ...]
    measured: str
    probes: tuple[ShownProbe, ...]
    samples: ShownSamples | None
    claims: tuple[ShownClaim, ...]
    details: Mapping[str, str]
    others: tuple[
        tuple[str, str], ...
    ] = ()  # what else the answer could have been, and how probable that was


def explanation(assessment: Assessment, reading: Reading) -> Explanation:
    """The explanation of an assessed answer."""
    evidence, own = assessment.evidence, reading.own
    found = gap(reading.alignment, reading.stated_label)
    if found and asks_for_text(evidence.question.text):
        found = replace(found, plain="")  # a letter or a translation is neither true nor false
    return Explanation(
        found,
        reading.better_option,
        reading.weakest,
        tuple(_marker(match, own) for match in assessment.markers),
        own.source if own else "",
        shown_probes(evidence),
        shown_samples(evidence, reading),
        tuple(ShownClaim(claim.text, _figures(claim)) for claim in reading.claims),
        details(assessment, reading),
        tuple((named(other), other_share(other, reading)) for other in reading.others),
    )


# ---- the gap -----------------------------------------------------------------


def gap(alignment: Alignment | None, label: str) -> Gap | None:
    """The gap of an answer; None if the stated certainty or the token probability is missing.

    ``label``: the Likert label that the stated certainty is the value of; empty if it is an average.
    """
    if alignment is None:
        return None
    inside, outside = alignment.internal.confidence, alignment.expressed.confidence
    if inside is None or outside is None:
        return None
    points = points_between(outside, inside)
    size = f"{abs(points)} {'point' if abs(points) == 1 else 'points'}"
    if points == 0:
        signed, comparison = size, "so the two agree"
    elif points > 0:
        signed, comparison = f"+{size}", "so the model states more certainty than its tokens show"
    else:
        signed, comparison = f"−{size}", "so the model states less certainty than its tokens show"
    weighed = alignment.expressed.name in CHECKS
    if weighed:
        stated = f"{percent(outside)}, as P(True)"
    else:
        stated = f"{label} ({percent(outside)})" if label else f"{percent(outside)} on average"
    plain = plain_gap(inside, outside, weighed, alignment.internal.name in LETTER)
    return Gap(plain, stated, inside, signed, comparison, _type(alignment, inside, outside))


def plain_gap(inside: float, outside: float, weighed: bool = False, letter: bool = False) -> str:
    """What the model says of its certainty beside how probable its words were, in one sentence.

    ``weighed``: it was asked whether the answer is true, not how sure it is. ``letter``: it chose the letter of an option.

    >>> plain_gap(0.82, 0.62)
    'Asked how sure it is, its reply comes to 62 %, but while writing it was 82 % sure of its words on average: it was less \
sure when asked.'
    >>> plain_gap(0.82, 0.80, weighed=True, letter=True)
    'Asked whether its answer is true, it leaned 80 % to yes, and while writing it was 82 % sure of its letter: the two \
agree.'
    """
    points, says = points_between(outside, inside), percent(outside)
    said = (
        f"whether its answer is true, it leaned {says} to yes"
        if weighed
        else f"how sure it is, its reply comes to {says}"
    )
    wrote = f"while writing it was {percent(inside)} sure of its {'letter' if letter else 'words on average'}"
    if abs(points) <= CLOSE:
        return f"Asked {said}, and {wrote}: the two agree."
    return f"Asked {said}, but {wrote}: it was {'surer' if points > 0 else 'less sure'} when asked."


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


# ---- sentences and markers ---------------------------------------------------


def _figures(claim: ClaimReading) -> str:
    """The token probability of a sentence, its weakest token, P(True) and its markers."""
    values = (("P(True)", claim.p_true), ("tokens", claim.tokens), ("weakest token", claim.minimum))
    figures = [f"{name} {percent(value) if value is not None else 'missing'}" for name, value in values]
    markers = [f"“{marker.text}” {range_words(marker)}" for marker in claim.markers]
    return " · ".join([*figures, *markers])


def _marker(match: MarkerMatch, own: OwnMarkers | None) -> ShownMarker:
    measured = own.lookup(match.marker) if own else None
    difference = measured.gap(match.norm) if measured else None
    return ShownMarker(
        match.text,
        range_words(match),
        asserted(match.marker, match.norm),
        not_so(match.marker),
        match.source,
        match.similarity,
        measured,
        None if difference is None else round(difference * 100),
    )
