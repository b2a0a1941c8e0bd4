"""Intervals where resampling misleads: figures without spread, biased figures, differences of biased figures."""

import numpy as np
import pytest
from pytest import approx
from scipy.stats import beta

pytest.importorskip("benchmarks.interval_coverage", reason="benchmarks are not in the wheel")

from benchmarks import _resampled_bins, interval_coverage, paired_error_rates
from evaluation import metrics
from evaluation.metrics import BY_NAME, METRICS, NotDefined, measure, paired_differences, percentile_interval
from evaluation.metrics.bootstrap import bootstrap, reflected
from evaluation.metrics.paired import two_sided_p
from evaluation.run_report.terminal import footnote
from tests.evaluation.metrics.samples import sample

BIASED = {
    "ece", "ece_equal_mass", "smooth_ece", "calibration_error", "brier_reliability", "brier_resolution", "ipr",
    "confidence_evenness",
}  # fmt: skip
SURE = np.linspace(0.6, 0.95, 12)


def bounds(n: int, right: bool) -> tuple[float, float]:
    """Clopper–Pearson of 0 or n of n, written out."""
    return (beta.ppf(0.025, n, 1), 1.0) if right else (0.0, beta.ppf(0.975, 1, n))


@pytest.mark.parametrize("n", [10, 12, 400])
@pytest.mark.parametrize("right", [True, False])
def test_a_share_without_spread_has_the_exact_interval(n: int, right: bool) -> None:
    low, high = bounds(n, right)
    figures = measure(np.full(n, 0.7), np.full(n, float(right)), draws=50)
    expected = {
        "accuracy": (low, high),
        "score_balanced": (100 * (2 * low - 1), 100 * (2 * high - 1)),
        "score_conservative": (100 * (3 * low - 2), 100 * (3 * high - 2)),
    }
    for name, ends in expected.items():
        assert (figures[name].low, figures[name].high) == approx(ends, abs=1e-9), name
    share = metrics.resampled(lambda i: float(right), n, draws=50, share=True)
    assert (share.low, share.high) == approx((low, high))


def test_twelve_of_twelve() -> None:
    interval = metrics.exact_interval(12, 12)
    assert (round(interval.low, 3), interval.high) == (0.735, 1.0)
    assert metrics.exact_interval(0, 12).high == approx(1 - interval.low)


@pytest.mark.parametrize(
    ("confidence", "correct", "without"),
    [
        (np.full(12, 0.7), [1, 0] * 6, {"mean_confidence", "ipr", "confidence_evenness", "auroc"}),  # constant
        (SURE, [0] * 6 + [1] * 6, {"auroc", "auprc", "e_aurc"}),  # every right answer above every wrong one
        (SURE[::-1], [0] * 6 + [1] * 6, {"auroc"}),  # and below
        (np.full(12, 0.7), [1] * 12, {"ece", "brier", "log_loss", "smooth_ece", "brier_uncertainty", "aurc"}),
    ],
)  # fmt: skip
def test_any_other_figure_without_spread_has_no_interval(confidence, correct, without) -> None:  # type: ignore[no-untyped-def]
    figures = measure(confidence, correct, draws=100)
    for name in without:
        assert figures[name].value is not None and (figures[name].low, figures[name].high) == (None, None), (
            name
        )
    for name, figure in figures.items():  # nothing is shown as if it were certain
        assert figure.low is None or figure.high - figure.low > 1e-9, name  # type: ignore[operator]
    with pytest.raises(NotDefined, match="the same in every resample"):
        percentile_interval(np.full(100, 0.7), 100)


def test_the_biased_metrics_have_basic_intervals() -> None:
    assert {metric.name for metric in METRICS if metric.basic} == BIASED
    c, y = sample(120, 8)
    drawn = bootstrap(lambda i: {name: BY_NAME[name].measure(c[i], y[i]) for name in BIASED}, c.size, 100)
    figures = measure(c, y, draws=100, metrics=[BY_NAME[name] for name in BIASED])
    for name, figure in figures.items():
        assert figure.value is not None
        basic = percentile_interval(reflected(drawn[name], figure.value), 100)
        low, high = max(0.0, basic.low), min(1.0, basic.high)
        assert (figure.low, figure.high) == (min(low, figure.value), max(high, figure.value)), name


def test_no_difference_is_mirrored() -> None:
    (c1, y1), (c2, y2) = sample(120, 8), sample(120, 9, shift=0.3)
    chosen = [BY_NAME[name] for name in sorted(BIASED - {"smooth_ece"})]

    def differences(i: np.ndarray) -> dict[str, float]:
        return {metric.name: metric.measure(c1[i], y1[i]) - metric.measure(c2[i], y2[i]) for metric in chosen}

    drawn = bootstrap(differences, 120, 100)
    for name, difference in paired_differences((c1, y1), (c2, y2), chosen, draws=100).items():
        assert difference.value is not None
        plain = percentile_interval(drawn[name], 100)
        assert (difference.low, difference.high) == (
            min(plain.low, difference.value),
            max(plain.high, difference.value),
        ), name
        assert difference.p == two_sided_p(drawn[name]), name


@pytest.mark.parametrize("gap", [0.0, 0.2])
def test_a_difference_without_spread_has_no_interval(gap: float) -> None:
    y = np.array([1, 0] * 10)
    differences = paired_differences(
        (np.full(20, 0.8), y), (np.full(20, 0.8 - gap), y), [BY_NAME["mean_confidence"]]
    )
    difference = differences["mean_confidence"]
    assert difference.value == approx(gap)
    assert (difference.low, difference.high) == (None, None)
    assert difference.p == (None if gap else 1.0) and "the same in every resample" in difference.missing


def test_the_resampled_bins_are_the_metrics() -> None:
    c, y = sample(60, 3)
    counts = _resampled_bins.draw_counts(np.random.default_rng(1), 60, 30)
    bins = _resampled_bins.binned(counts, c, y)
    for name, of in _resampled_bins.MEASURES.items():
        for times, value in zip(counts.astype(int), of(bins), strict=True):
            drawn = np.repeat(np.arange(60), times)
            assert value == approx(BY_NAME[name].measure(c[drawn], y[drawn]), abs=1e-12), name


def test_unmirrored_differences_do_not_reject_too_often_and_mirrored_ones_do() -> None:
    case = paired_error_rates.CASES["one overconfident by .2, one underconfident by .2"]
    mirrored, plain = paired_error_rates.rejections(case, 100, replicates=200)
    # of 200 tests at .05 more than 16 reject by chance in 3 % of the cases
    assert plain <= 16 < mirrored


def test_basic_intervals_of_ipr_and_evenness_hold_the_true_value_more_often() -> None:
    coverages = interval_coverage.coverage("accuracy goes up and down", 100, samples=60)[
        "confidence_evenness"
    ]
    assert coverages.basic > 2 * coverages.percentile
    coverages = interval_coverage.coverage("calibrated, Beta(4, 2)", 100, samples=60)["ipr"]
    assert coverages.mean > coverages.true + 0.05  # the bias that is said beside it
    assert coverages.basic > coverages.percentile


def test_what_the_brackets_are_is_said() -> None:
    figures, differences = " ".join(footnote(100, 1)), " ".join(footnote(100, 1, paired=True))
    for text in (figures, differences):
        assert "IPR is too high in small samples" in text and "the same in every resample" in text
    assert "basic for" in figures and "Exact" in figures and "basic" not in differences
    assert footnote(0, 1) == []
