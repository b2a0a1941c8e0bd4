"""The distance between confidence and accuracy: binned calibration errors, all from 0 to 1, lower is better."""

import numpy as np

from evaluation.metrics.calibration.bins import BINS, sums
from evaluation.metrics.validation import Array, judged


def ece(confidence: Array, correct: Array, bins: int = BINS) -> float:
    """Expected calibration error over equal-width bins.

    ECE = Σ_b (n_b / n) · |accuracy_b − mean confidence_b|; edges and empty bins as in ``bins``.

    Parameters
    ----------
    confidence : shape (n,), in [0, 1]
    correct : shape (n,), 0 or 1

    Raises NotDefined without answers, ValueError for a value out of range or NaN.
    Reference: Naeini et al. (2015); Guo et al. (2017).

    >>> round(ece([0.9, 0.9, 0.2], [1, 0, 0]), 3)  # (2/3)·|0.5 − 0.9| + (1/3)·|0 − 0.2|
    0.333
    """
    c, y = judged(confidence, correct)
    _, sure, right = sums(c, y, bins, "width")
    return float(np.abs(right - sure).sum() / c.size)


def ece_equal_mass(confidence: Array, correct: Array, bins: int = BINS) -> float:
    """Expected calibration error over quantile bins, each weighted by its answers.

    Depends less on nearly empty bins than ``ece``. Reference: Nixon et al. (2019); Roelofs et al. (2022).

    >>> round(ece_equal_mass([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1], bins=2), 3)
    0.15
    """
    c, y = judged(confidence, correct)
    _, sure, right = sums(c, y, bins, "mass")
    return float(np.abs(right - sure).sum() / c.size)


def calibration_error(confidence: Array, correct: Array, bins: int = BINS) -> float:
    """Mean |accuracy − mean confidence| over quantile bins, all bins with equal weight.

    Reference: Plaut, Nguyen & Trinh (2024), arXiv 2402.13213.

    >>> round(calibration_error([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1], bins=2), 3)
    0.15
    """
    c, y = judged(confidence, correct)
    count, sure, right = sums(c, y, bins, "mass")
    return float((np.abs(right - sure) / count).mean())
