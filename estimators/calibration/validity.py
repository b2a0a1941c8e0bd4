"""Screens the signals of a model: one that says nothing about its answers has no say in the combined score."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from estimators.calibration.calibrators import varies
from estimators.calibration.logistic import Floats
from estimators.percent import percent

READ = 0.5  # share of the answers in which a signal must be readable
CEILING = 0.99  # a reading from here on is at the ceiling
AT_CEILING = 0.9  # largest share of readings at the ceiling
VALUES = 3  # distinct readings, rounded to a tenth of a percent
NEAR_CHANCE = 0.6  # a signal fails if the whole interval of its AUROC lies below
Z95 = 1.959964

Failure = Literal["", "read", "values", "ceiling", "auroc"]


@dataclass(frozen=True, slots=True)
class Validity:
    """How one signal behaves on the fitting half, and why it fails the screen."""

    n: int  # answers
    read: float  # share of them in which the signal could be read
    ceiling: float  # share of the readings of at least 99 %
    distinct: int  # distinct readings
    auroc: float | None = None  # None without right and wrong answers
    low: float | None = None  # of its 95 % interval
    high: float | None = None
    failure: Failure = ""  # what it fails; empty if it passes
    reason: str = ""  # the failure in words, exactly when it fails

    def __post_init__(self) -> None:
        if bool(self.failure) != bool(self.reason):
            raise ValueError("validity: a signal that fails needs a reason, and only such a signal")

    @property
    def usable(self) -> bool:
        """Whether its readings can order answers at all, right or not."""
        return self.failure in ("", "auroc")


def screen(readings: Sequence[float | None], correct: Sequence[bool] | Floats) -> Validity:
    """The validity of a signal from its readings (None: missing) on labelled answers.

    >>> screen([0.9, None, None, None], [True, False, True, True]).reason
    'it could be read in only 1 of 4 answers'
    """
    there = [k for k, reading in enumerate(readings) if reading is not None]
    values = np.array([readings[k] for k in there], np.float64)
    outcome = np.asarray(correct, np.float64)[there]
    n, distinct = len(readings), int(np.unique(values.round(3)).size)
    ceiling = float((values >= CEILING).mean()) if there else 0.0
    area = auroc_interval(values, outcome)
    failure, reason = _failure(values, n, ceiling, distinct, area)
    auroc, low, high = area or (None, None, None)
    read = len(there) / n if n else 0.0
    return Validity(n, read, ceiling, distinct, auroc, low, high, failure, reason)


def _failure(
    values: Floats, n: int, ceiling: float, distinct: int, area: tuple[float, float, float] | None
) -> tuple[Failure, str]:
    if values.size < max(1.0, READ * n):
        return "read", f"it could be read in only {values.size} of {n} answers"
    if ceiling > AT_CEILING:
        return "ceiling", f"{percent(ceiling)} of its readings are at {percent(CEILING)} or above"
    if distinct < VALUES or not varies(values):
        return "values", f"it is the same for all but a few of {values.size} answers"
    if area is not None and area[2] < NEAR_CHANCE:
        figure, low, high = area
        return (
            "auroc",
            f"it hardly separates right from wrong answers (AUROC {figure:.2f} [{low:.2f}, {high:.2f}])",
        )
    return "", ""


def auroc_interval(confidence: Floats, correct: Floats) -> tuple[float, float, float] | None:
    """AUROC with its 95 % interval; None without right and wrong answers.

    Wilson's interval with the sample size at which a share would vary as much as the AUROC does (DeLong's variance);
    without variance, the smaller number of right or wrong answers. Reference: DeLong et al. (1988); Wilson (1927).

    >>> area, low, high = auroc_interval(np.array([0.1, 0.2, 0.8, 0.9]), np.array([0.0, 0.0, 1.0, 1.0]))
    >>> area, round(low, 2), high
    (1.0, 0.34, 1.0)
    """
    right, wrong = confidence[correct == 1], confidence[correct == 0]
    if not right.size or not wrong.size:
        return None
    above = (right[:, None] > wrong) + 0.5 * (right[:, None] == wrong)
    area, fewest = float(above.mean()), min(right.size, wrong.size)
    n = float(fewest)
    if fewest > 1:
        variance = above.mean(axis=1).var(ddof=1) / right.size + above.mean(axis=0).var(ddof=1) / wrong.size
        n = area * (1 - area) / variance if variance > 0 and 0 < area < 1 else n
    spread = Z95**2 / n
    middle = (area + spread / 2) / (1 + spread)
    half = np.sqrt(spread * area * (1 - area) + spread**2 / 4) / (1 + spread)
    return area, float(max(0.0, middle - half)), float(min(1.0, middle + half))
