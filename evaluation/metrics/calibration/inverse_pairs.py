"""Whether bins of higher confidence also have higher accuracy."""

import numpy as np

from evaluation.metrics.calibration.bins import BINS, sums
from evaluation.metrics.validation import Array, judged

BIAS = "IPR is too high in small samples, where bins with few answers are out of order by chance."


def ipr(confidence: Array, correct: Array, bins: int = BINS) -> float:
    """Inverse pair ratio: share of the pairs of bins in which the more confident bin is less accurate; lower is better.

    IPR_M = inverse pairs / (K (K − 1)/2), for the K of M equal-width bins that are not empty; equal accuracies are not
    inverse, and one bin alone gives 0. A constant confidence therefore has IPR 0: read it together with
    ``confidence_evenness``. Biased upwards in small samples, where bins with few answers are out of order by chance.
    Reference: Zhang et al. (2024), arXiv 2404.02655.

    >>> round(ipr([0.15, 0.55, 0.95], [1, 0, 1]), 4)  # of three pairs only 0.15 against 0.55
    0.3333
    """
    c, y = judged(confidence, correct)
    count, _, right = sums(c, y, bins, "width")
    accuracy = right / count
    pairs = accuracy.size * (accuracy.size - 1) / 2
    inverse = np.triu(accuracy[:, None] > accuracy[None, :], k=1).sum()
    return float(inverse / pairs) if pairs else 0.0
