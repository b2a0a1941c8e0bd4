"""How evenly a signal uses its scale."""

import numpy as np

from evaluation.metrics.calibration.bins import BINS, sums
from evaluation.metrics.validation import Array, judged


def confidence_evenness(confidence: Array, correct: Array, bins: int = BINS) -> float:
    """Confidence evenness: entropy of the bins' shares; 0 = all in one bin, 1 = spread over all, higher is better.

    CE_M = −Σ_b q_b ln q_b / ln M over M equal-width bins, q_b the share of the answers in bin b. Correctness
    plays no role. Raises ValueError for fewer than two bins.
    Reference: Zhang et al. (2024), arXiv 2404.02655.

    >>> round(confidence_evenness([0.05, 0.15, 0.05, 0.15], [0, 1, 0, 1]), 4)  # ln 2 / ln 10
    0.301
    """
    if bins < 2:
        raise ValueError(f"{bins} bins: evenness needs at least two")
    c, y = judged(confidence, correct)
    q = sums(c, y, bins, "width")[0] / c.size
    return float(-(q * np.log(q)).sum() / np.log(bins)) + 0.0  # + 0.0: no −0 for one bin
