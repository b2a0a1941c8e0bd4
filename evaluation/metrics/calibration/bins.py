"""Sorts answers into bins by confidence, as for a reliability diagram."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evaluation.metrics.validation import Array, Floats, judged

By = Literal["width", "mass"]
BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """One bin that holds answers."""

    low: float  # its place on the axis of confidence
    high: float
    n: int
    confidence: float  # mean
    accuracy: float


def edges(confidence: Floats, bins: int = BINS, by: By = "width") -> Floats:
    """The bins' ends, ascending, shape (bins + 1,).

    ``width``: k / bins. ``mass``: the quantiles of the confidences (linear interpolation), so that every bin
    holds about as many answers; equal confidences are never separated, so some bins may be empty.
    """
    if bins < 1:
        raise ValueError(f"{bins} bins: at least one is needed")
    if by == "width":
        return np.arange(bins + 1) / bins
    if by == "mass":
        return np.asarray(np.quantile(confidence, np.arange(bins + 1) / bins))
    raise ValueError(f'by must be "width" or "mass", not {by!r}')


def places(confidence: Floats, ends: Floats, by: By = "width") -> NDArray[np.intp]:
    """The number of the bin of each answer, shape (n,).

    A confidence at the edge of two equal-width bins belongs to the upper one, and 1 to the last bin. At the
    edge of two quantile bins it belongs to the lower one, as in sklearn.calibration.calibration_curve.

    >>> places(np.array([0.0, 0.1, 0.3, 1.0]), edges(np.array([]), 10))
    array([0, 1, 3, 9])
    """
    return np.searchsorted(ends[1:-1], confidence, side="right" if by == "width" else "left")


def sums(c: Floats, y: Floats, bins: int, by: By) -> tuple[Floats, Floats, Floats]:
    """Count, summed confidence and summed outcome of every bin that is not empty, each of shape (K,)."""
    place = places(c, edges(c, bins, by), by)
    totals = np.stack([np.bincount(place, weights, bins) for weights in (np.ones_like(c), c, y)])
    count, sure, right = totals[:, totals[0] > 0]
    return count, sure, right


def bins(confidence: Array, correct: Array, count: int = BINS, by: By = "width") -> tuple[Bin, ...]:
    """The bins that hold answers, from the lowest confidence up; an empty bin is left out.

    >>> [(one.low, one.n, one.accuracy) for one in bins([0.05, 0.95, 1.0], [0, 1, 0])]
    [(0.0, 1, 0.0), (0.9, 2, 0.5)]
    """
    c, y = judged(confidence, correct)
    ends = edges(c, count, by)
    full = np.unique(places(c, ends, by))
    return tuple(
        Bin(float(ends[k]), float(ends[k + 1]), int(n), float(sure / n), float(right / n))
        for k, n, sure, right in zip(full, *sums(c, y, count, by), strict=True)
    )
