"""Signals that are asked or read in another way than in earlier versions, so that older calibrations of them are refused."""

from collections.abc import Iterable, Mapping

READINGS = 2  # the present way; a calibration without a number was made in the first
UNWEIGHED = frozenset(
    {"likert_third_label", "likert_third_expected", "rating_third"}
)  # third person, no options
# The number of a version, and the signals that it asks or reads in another way where a question has options.
CHANGED: Mapping[int, frozenset[str]] = {2: UNWEIGHED | {"semantic_entropy"}}


def outdated(readings: int, signals_with_options: Iterable[str]) -> str:
    """Why a calibration of that number, with these signals of questions with options, no longer holds; empty: it does.

    >>> outdated(1, ["msp", "rating_third"])
    'rating_third of questions with options is now asked or read differently; calibrate again'
    >>> outdated(2, ["msp", "rating_third"]), outdated(1, ["msp"])
    ('', '')
    """
    changed = frozenset().union(*(names for number, names in CHANGED.items() if number > readings))
    affected = ", ".join(name for name in signals_with_options if name in changed)
    if not affected:
        return ""
    return f"{affected} of questions with options is now asked or read differently; calibrate again"
