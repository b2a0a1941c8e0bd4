"""The Brier score and its decomposition."""

from dataclasses import dataclass

import numpy as np

from evaluation.metrics.calibration.bins import BINS, edges, places, sums
from evaluation.metrics.validation import Array, judged


def brier(confidence: Array, correct: Array) -> float:
    """Mean squared gap between confidence and outcome; from 0 to 1, lower is better.

    Parameters
    ----------
    confidence : shape (n,), in [0, 1]
    correct : shape (n,), 0 or 1

    Raises NotDefined without answers, ValueError for a value out of range or NaN. Reference: Brier (1950).

    >>> brier([1.0, 0.0], [1, 1])
    0.5
    """
    c, y = judged(confidence, correct)
    return float(((c - y) ** 2).mean())


@dataclass(frozen=True, slots=True)
class BrierParts:
    """brier = reliability − resolution + uncertainty + within_bins."""

    reliability: float  # ≥ 0, lower is better: distance of confidence from accuracy
    resolution: float  # ≥ 0, higher is better: how far the bins' accuracies lie apart
    uncertainty: float  # accuracy · (1 − accuracy): of the questions, not of the confidence
    within_bins: float  # added by the spread of confidence inside the bins; 0 if each bin holds one value


def brier_decomposition(confidence: Array, correct: Array, bins: int = BINS) -> BrierParts:
    """Reliability, resolution and uncertainty over equal-width bins, and the remainder within bins.

    reliability = Σ_b (n_b/n) (mean confidence_b − accuracy_b)², resolution = Σ_b (n_b/n) (accuracy_b −
    accuracy)², within_bins = mean((confidence − mean confidence_b)² − 2 (confidence − mean confidence_b)
    (correct − accuracy_b)). Reference: Murphy (1973); Stephenson, Coelho & Jolliffe (2008).

    >>> brier_decomposition([0.75, 0.75, 0.25, 0.25], [1, 1, 0, 1])
    BrierParts(reliability=0.0625, resolution=0.0625, uncertainty=0.1875, within_bins=0.0)
    """
    c, y = judged(confidence, correct)
    count, sure, right = sums(c, y, bins, "width")
    base, accuracy = y.mean(), right / count
    place = np.unique(places(c, edges(c, bins)), return_inverse=True)[1]
    off, miss = c - (sure / count)[place], y - accuracy[place]
    return BrierParts(
        float((count * (sure / count - accuracy) ** 2).sum() / c.size),
        float((count * (accuracy - base) ** 2).sum() / c.size),
        float(base * (1 - base)),
        float((off**2 - 2 * off * miss).mean()),
    )
