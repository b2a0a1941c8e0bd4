"""Calibration error without bins: a kernel smooths the residuals, and the error itself sets its width."""

import numpy as np

from evaluation.metrics.validation import Array, Floats, judged

GRID = 2048  # steps between confidence 0 and 1; far below any kernel width that occurs


def smooth_ece(confidence: Array, correct: Array) -> float:
    """Smooth expected calibration error; from 0 to 1, lower is better, no bins to choose.

    smECE_σ = ∫ |(1/n) Σ_i (confidence_i − correct_i) · K_σ(t, confidence_i)| dt with the Gaussian kernel K_σ
    reflected at 0 and 1; smECE is its value at the width σ at which smECE_σ = σ.

    Parameters
    ----------
    confidence : shape (n,), in [0, 1]
    correct : shape (n,), 0 or 1

    Reference: Błasiok & Nakkiran (2024), arXiv 2309.12236.

    >>> round(smooth_ece([0.5] * 4, [1, 1, 1, 1]), 3)  # every answer underconfident by 0.5, nothing cancels out
    0.5
    >>> smooth_ece([0.0, 1.0], [0, 1])
    0.0
    """
    from scipy.optimize import brentq

    c, y = judged(confidence, correct)
    coefficients = _cosine_coefficients(c, (c - y) / c.size)
    if not np.any(np.abs(coefficients) > 1e-12):
        return 0.0

    def surplus(sigma: float) -> float:
        return _smoothed(coefficients, sigma) - sigma

    narrow = 1 / GRID
    return narrow if surplus(narrow) <= 0 else float(brentq(surplus, narrow, 1.0, xtol=1e-6))


def _cosine_coefficients(c: Floats, residual: Floats) -> Floats:
    """Σ_i residual_i · cos(kπ confidence_i) for k = 0 … GRID, each residual split between its two grid points."""
    from scipy.fft import dct

    below = np.minimum((c * GRID).astype(np.intp), GRID - 1)
    above_share = c * GRID - below
    on_grid = np.bincount(below, residual * (1 - above_share), GRID + 1)
    on_grid += np.bincount(below + 1, residual * above_share, GRID + 1)
    halved = np.full(GRID + 1, 0.5)  # the transform counts the inner points twice
    halved[[0, -1]] = 1.0
    return np.asarray(dct(on_grid * halved, type=1))


def _smoothed(coefficients: Floats, sigma: float) -> float:
    """∫ |residuals smoothed with width σ|: a Gaussian reflected at both ends damps cosine k by exp(−σ²π²k²/2)."""
    from scipy.fft import dct

    k = np.arange(GRID + 1)
    smoothed = dct(coefficients * np.exp(-0.5 * (sigma * np.pi * k) ** 2), type=1)
    return float(np.trapezoid(np.abs(smoothed), dx=1 / GRID))
