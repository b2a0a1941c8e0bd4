"""Signals that are now asked or read differently, so older calibrations of them are rejected."""

from collections.abc import Iterable, Mapping

READINGS = 2  # current version; a calibration without a number has version 1
UNWEIGHED = frozenset(
    {"likert_third_label", "likert_third_expected", "rating_third"}
)  # third person, no options
# Version → signals whose prompt or reading it changed, for questions with options.
CHANGED: Mapping[int, frozenset[str]] = {2: UNWEIGHED | {"semantic_entropy"}}


def outdated(readings: int, signals_with_options: Iterable[str]) -> str:
    """Why a calibration of this version that uses these signals no longer holds; empty if it still does.

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
