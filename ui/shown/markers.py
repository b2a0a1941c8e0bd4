"""The markers of an answer: what people understand by them, and what they mean with this model."""

from collections.abc import Sequence
from dataclasses import dataclass

from estimators.markers.mic import OwnMarkers
from estimators.markers.polarity import asserted, asserted_range, denies
from estimators.types import MarkerMatch


@dataclass(frozen=True, slots=True)
class OwnFigure:
    """What a marker means with this model: its MIC, the sentences behind it, the gap in points; or why it is missing."""

    mic: float | None
    n: int = 0
    gap: int = 0
    missing: str = ""


@dataclass(frozen=True, slots=True)
class ShownMarker:
    """One marker with its human range and norm; ``denial`` is the note of a marker that denies its claim."""

    text: str
    people: float
    denial: str
    source: str
    similarity: float | None
    own: OwnFigure | None


@dataclass(frozen=True, slots=True)
class ShownMarkers:
    """Every marker of an answer; ``measured`` says how this model's own figures were measured, empty if they were not."""

    markers: tuple[ShownMarker, ...]
    measured: str = ""


def shown_markers(markers: Sequence[MarkerMatch], own: OwnMarkers | None) -> ShownMarkers:
    """The markers with this model's measured figures."""
    return ShownMarkers(tuple(_marker(match, own) for match in markers), own.source if own else "")


def _marker(match: MarkerMatch, own: OwnMarkers | None) -> ShownMarker:
    return ShownMarker(
        f"{match.text} ({range_words(match)})",
        asserted(match.marker, match.norm),
        not_so(match.marker),
        match.source,
        match.similarity,
        _own_figure(match, own) if own else None,
    )


def _own_figure(match: MarkerMatch, own: OwnMarkers) -> OwnFigure:
    entry = own.lookup(match.marker)
    gap = entry.gap(match.norm)
    if entry.mic is None or gap is None:
        return OwnFigure(None, missing=entry.missing)
    return OwnFigure(entry.mic, entry.n, round(gap * 100))


def not_so(marker: str) -> str:
    """The suffix for a percentage of this canonical marker: empty, or a note that it is about the denial.

    >>> not_so("likely"), not_so("unlikely")
    ('', ' that it is not so')
    """
    return " that it is not so" if denies(marker) else ""


def range_words(match: MarkerMatch) -> str:
    """The human range for what the marker's sentence asserts.

    >>> range_words(MarkerMatch("unlikely", 0, 8, "unlikely", 0.2, 0.1, 0.25, ""))
    '75–90 % that it is not so'
    """
    low, high = asserted_range(match)
    return f"{low * 100:.0f}–{high * 100:.0f} %{not_so(match.marker)}"
