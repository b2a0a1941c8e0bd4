"""Each metric against scikit-learn, scipy or netcal, wherever they have it."""

import numpy as np
import pytest
from netcal.metrics import ECE
from pytest import approx
from scipy import stats
from sklearn import metrics as sk
from sklearn.calibration import calibration_curve

from evaluation import metrics
from tests.evaluation.metrics.samples import sample

SAMPLES = [
    pytest.param(sample(n, seed, shift=shift, ties=ties), id=f"{n}-{shift}-{'ties' if ties else 'no ties'}")
    for seed, (n, shift, ties) in enumerate(
        [(30, 0.0, False), (300, 0.2, False), (300, 0.0, True), (2000, 0.1, True), (2000, -0.2, False)]
    )
]


@pytest.mark.parametrize("answers", SAMPLES)
@pytest.mark.parametrize("bins", [5, 10, 11, 20])
def test_ece_against_netcal(answers: tuple[np.ndarray, np.ndarray], bins: int) -> None:
    c, y = answers
    assert metrics.ece(c, y, bins) == approx(ECE(bins=bins).measure(c, y), abs=1e-12)


@pytest.mark.parametrize("answers", SAMPLES)
def test_quantile_bins_against_scikit_learn(answers: tuple[np.ndarray, np.ndarray]) -> None:
    c, y = answers
    true, predicted = calibration_curve(y, c, n_bins=10, strategy="quantile")
    assert metrics.calibration_error(c, y) == approx(np.abs(true - predicted).mean(), abs=1e-12)
    filled = metrics.bins(c, y, 10, "mass")
    assert [bin_.accuracy for bin_ in filled] == approx(true)
    assert [bin_.confidence for bin_ in filled] == approx(predicted)
    weighted = sum(bin_.n * abs(bin_.accuracy - bin_.confidence) for bin_ in filled) / c.size
    assert metrics.ece_equal_mass(c, y) == approx(weighted)


@pytest.mark.parametrize("answers", SAMPLES)
def test_scores_and_areas_against_scikit_learn(answers: tuple[np.ndarray, np.ndarray]) -> None:
    c, y = answers
    assert metrics.brier(c, y) == approx(sk.brier_score_loss(y, c))
    assert metrics.auroc(c, y) == approx(sk.roc_auc_score(y, c))
    assert metrics.auprc(c, y) == approx(sk.average_precision_score(y, c))
    assert metrics.accuracy(c, y) == sk.accuracy_score(y, np.ones_like(y))
    inside = np.clip(c, 0.01, 0.99)
    assert metrics.log_loss(inside, y) == approx(sk.log_loss(y, inside))
    assert metrics.log_loss(c, y, clip=0.01) == approx(sk.log_loss(y, inside))


@pytest.mark.parametrize("answers", SAMPLES)
def test_tests_and_correlations_against_scipy(answers: tuple[np.ndarray, np.ndarray]) -> None:
    c, y = answers
    assert metrics.mann_whitney_p(c, y) == approx(stats.mannwhitneyu(c[y == 1], c[y == 0]).pvalue)
    other = np.round(c + np.random.default_rng(1).normal(0, 0.3, c.size), 1)
    assert metrics.spearman(c, other) == approx(stats.spearmanr(c, other).statistic)
    share = np.bincount((np.minimum(c * 10, 9.999) + 1e-9).astype(int), minlength=10)
    assert metrics.confidence_evenness(c, y) == approx(stats.entropy(share) / np.log(10))


@pytest.mark.parametrize(
    ("n", "shift", "relplot"),
    [(200, 0.0, 0.036799), (200, 0.1, 0.082591), (2000, 0.02, 0.026333), (50, 0.3, 0.239086)],
)
def test_smooth_ece_against_relplot(n: int, shift: float, relplot: float) -> None:
    # relplot 1.0.3 smECE on the same draws; its kernel width is searched in steps of 2⁻¹⁰
    c, y = sample(n, n, shift=shift)
    assert metrics.smooth_ece(c, y) == approx(relplot, abs=3e-4)


def test_smooth_ece_against_the_sum_of_reflected_kernels() -> None:
    c, y = sample(120, 3, shift=0.15)
    error = metrics.smooth_ece(c, y)
    grid = np.linspace(0, 1, 4001)
    centres = np.concatenate(
        [c + shift for shift in (-4, -2, 0, 2, 4)] + [shift - c for shift in (-2, 0, 2, 4)]
    )
    residuals = np.tile(c - y, 9) / c.size
    smoothed = np.zeros_like(grid)
    for centre, residual in zip(centres, residuals, strict=True):
        smoothed += residual * stats.norm.pdf(grid, centre, error)
    assert np.trapezoid(np.abs(smoothed), grid) == approx(error, rel=1e-4)  # the fixed point: smECE_σ = σ
