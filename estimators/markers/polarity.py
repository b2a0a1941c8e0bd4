"""Whether a marker denies its claim, so that its norm and a measured confidence refer to the same claim.

"It is unlikely that X" asserts not-X. People read it as P(X) = 0.20, so the assertion has 0.80. All figures about such a
sentence (self-consistency, MIC, whether the answer is right) refer to the assertion, not to X.
``polarity.csv`` lists the decisions with reasons; a marker that it does not list affirms its claim.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from estimators.types import MarkerMatch

POLARITY_FILE = Path(__file__).with_name("polarity.csv")


@dataclass(frozen=True, slots=True)
class Polarity:
    """Whether a canonical marker denies its claim, and why it is read that way."""

    denies: bool
    reason: str


_AFFIRMS = Polarity(False, "says how sure the speaker is of the claim")


@cache
def _listed() -> Mapping[str, Polarity]:
    with POLARITY_FILE.open(encoding="utf-8", newline="") as file:
        return {row["canonical"]: _polarity(row) for row in csv.DictReader(file)}


def _polarity(row: Mapping[str, str]) -> Polarity:
    if row["polarity"] not in ("denies", "affirms") or not row["reason"]:
        raise ValueError(f"{POLARITY_FILE.name}: {row['canonical']!r} needs denies or affirms, and a reason")
    return Polarity(row["polarity"] == "denies", row["reason"])


def polarity(marker: str) -> Polarity:
    """The polarity of a canonical marker; one that is not listed affirms."""
    return _listed().get(marker, _AFFIRMS)


def denies(marker: str) -> bool:
    """Whether a sentence with this canonical marker asserts that its claim is not so.

    >>> denies("unlikely"), denies("not sure"), denies("no doubt")
    (True, False, False)
    """
    return polarity(marker).denies


def asserted(marker: str, norm: float) -> float:
    """The probability that people give a sentence's assertion: 1 − norm if the marker denies its claim, else norm.

    norm : P(claim) that people take the canonical marker to mean, from 0 to 1

    >>> asserted("unlikely", 0.2), asserted("likely", 0.75)
    (0.8, 0.75)
    """
    # rounded, because 1 − 0.05 differs from 0.95 in the last bit
    return round(1 - norm, 12) if denies(marker) else norm


def asserted_range(match: MarkerMatch) -> tuple[float, float]:
    """The quartiles of a marker for its sentence's assertion, the lower one first.

    >>> asserted_range(MarkerMatch("unlikely", 0, 8, "unlikely", 0.2, 0.1, 0.25, ""))
    (0.75, 0.9)
    """
    ends = sorted(asserted(match.marker, end) for end in (match.low, match.high))
    return ends[0], ends[1]


def not_so(marker: str) -> str:
    """The suffix for a percentage of this canonical marker: empty, or a note that it is about the denial.

    >>> not_so("likely"), not_so("unlikely")
    ('', ' that it is false')
    """
    return " that it is false" if denies(marker) else ""


def range_words(match: MarkerMatch) -> str:
    """The human range for what the marker's sentence asserts.

    >>> range_words(MarkerMatch("unlikely", 0, 8, "unlikely", 0.2, 0.1, 0.25, ""))
    '75–90 % that it is false'
    """
    low, high = asserted_range(match)
    return f"{low * 100:.0f}–{high * 100:.0f} %{not_so(match.marker)}"
