"""Temperature scaling of stated confidences: calibration without training."""

import numpy as np

from evaluation.metrics.validation import Array, Floats, judged
from training.rewards import EDGE


def fit_temperature(confidence: Array, correct: Array) -> float:
    """The T that minimizes the log loss of sigmoid(logit(p) / T), with p clipped to [0.001, 0.999].

    T is between 0.01 and 100. Raises NotDefined without answers. Reference: Guo et al. (2017), arXiv 1706.04599.

    >>> round(fit_temperature([0.9] * 10, [1] * 6 + [0] * 4), 2)  # logit 0.9 / logit 0.6
    5.42
    """
    from scipy.optimize import minimize_scalar

    c, y = judged(confidence, correct)

    def loss(log_t: float) -> float:
        p = np.clip(scaled(c, float(np.exp(log_t))), 1e-12, 1 - 1e-12)
        return float(-(y * np.log(p) + (1 - y) * np.log(1 - p)).mean())

    minimum = minimize_scalar(
        loss, bounds=(np.log(0.01), np.log(100)), method="bounded", options={"xatol": 1e-6}
    )
    return float(np.exp(minimum.x))


def scaled(confidence: Array, temperature: float) -> Floats:
    """Confidences scaled by a temperature: sigmoid(logit(p) / T)."""
    p = np.clip(np.asarray(confidence, dtype=np.float64), EDGE, 1 - EDGE)
    return np.asarray(1 / (1 + np.exp(-np.log(p / (1 - p)) / temperature)))
