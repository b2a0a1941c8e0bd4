"""What people understand by a marker, in percent, and which claim the percentage is about."""

from estimators.markers.polarity import asserted_range, denies
from estimators.types import MarkerMatch


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


def marker_range(match: MarkerMatch) -> str:
    """A marker with its human range, such as "probably (65–80 %)"."""
    return f"{match.text} ({range_words(match)})"
