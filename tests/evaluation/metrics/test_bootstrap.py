"""Intervals, and differences of two signals on the same questions."""

import numpy as np
import pytest
from pytest import approx
from scipy import stats

from evaluation import metrics
from evaluation.metrics import BY_NAME, METRICS, NotDefined
from evaluation.metrics.bootstrap import percentile_interval, reflected
from tests.evaluation.metrics.samples import sample

SOME = [BY_NAME[name] for name in ("accuracy", "auroc", "ece", "brier")]


def test_a_percentile_interval_against_scipy() -> None:
    c, y = sample(80, 4)
    rng = np.random.default_rng(1)
    theirs = stats.bootstrap(
        (c, y), metrics.brier, n_resamples=1000, paired=True, vectorized=False, method="percentile", rng=rng
    ).confidence_interval
    ours = metrics.measure(c, y, draws=1000, metrics=SOME)["brier"]
    assert (ours.low, ours.high) == approx((theirs.low, theirs.high), abs=0.01)
    assert ours.low is not None and ours.high is not None and ours.value is not None
    assert ours.low < ours.value < ours.high


def test_the_interval_of_a_share_by_the_binomial() -> None:
    y = np.repeat([1.0, 0.0], [70, 30])
    accuracy = metrics.measure(np.full(100, 0.5), y, draws=2000, metrics=SOME)["accuracy"]
    low, high = stats.binom(100, 0.7).ppf([0.025, 0.975]) / 100
    assert (accuracy.low, accuracy.high) == approx((low, high), abs=0.011)


def test_a_calibration_error_lies_in_its_own_interval() -> None:
    # resampling alone pushes the ECE of calibrated answers up: the mirrored interval comes down to 0
    c, y = sample(150, 5)
    drawn = metrics.bootstrap(lambda i: {"ece": metrics.ece(c[i], y[i])}, c.size, 200)["ece"]
    value = metrics.ece(c, y)
    assert drawn.mean() > value
    error = metrics.measure(c, y, draws=200, metrics=SOME)["ece"]
    mirrored = percentile_interval(reflected(drawn, value), 200)
    assert (error.low, error.high) == (max(0.0, mirrored.low), max(value, mirrored.high))
    assert error.low is not None and error.low <= value


def test_the_same_seed_gives_the_same_interval_and_more_answers_a_narrower_one() -> None:
    small, large = sample(60, 1), sample(1500, 1)
    first, again = (metrics.measure(*small, draws=200, metrics=SOME) for _ in range(2))
    assert first == again != metrics.measure(*small, draws=200, seed=1, metrics=SOME)
    other = metrics.measure(*large, draws=200, metrics=SOME)
    for name in ("accuracy", "auroc", "brier"):
        narrow, wide = other[name], first[name]
        assert narrow.high - narrow.low < wide.high - wide.low  # type: ignore[operator]


def test_a_figure_that_most_resamples_do_not_have_gets_no_interval() -> None:
    # the only wrong one of twelve is in 1 − (11/12)¹² = 65 % of the resamples
    figures = metrics.measure(np.linspace(0.9, 0.1, 12), [1] * 11 + [0], draws=400)
    assert figures["auroc"].value == 1.0 and figures["auroc"].low is None
    assert figures["brier"].low is not None
    with pytest.raises(NotDefined, match="is defined in only 3 of 10 resamples"):
        percentile_interval(np.ones(3), 10)


def test_fewer_than_ten_answers_have_no_interval() -> None:
    c, y = np.linspace(0.1, 0.9, 9), [0, 1] * 4 + [1]
    assert all(figure.low is None for figure in metrics.measure(c, y, draws=100).values())
    assert metrics.resampled(lambda chosen: float(c[chosen].mean()), 9, draws=100).low is None
    brier = metrics.paired_differences((c, y), (1 - c, y), [metrics.BY_NAME["brier"]], draws=100)["brier"]
    assert brier.value is not None and (brier.low, brier.p) == (None, None)
    assert brier.missing == "no interval: 10 answers are needed, but there are 9"


def test_an_interval_ends_where_the_metric_does() -> None:
    # ECE is 1 − accuracy = 0.8; resamples between 0.5 and 1 mirror to 0.6 and 1.1
    error = metrics.measure(np.ones(10), [1] * 2 + [0] * 8, draws=400)["ece"]
    assert error.value == pytest.approx(0.8) and error.high == 1.0


def test_p_values_and_scores_that_draw_get_no_interval() -> None:
    figures = metrics.measure(*sample(60, 1), draws=50)
    without = {name for name, figure in figures.items() if figure.low is None}
    assert without == {"mann_whitney_p", "selective_balanced", "selective_conservative"}
    assert set(figures) == {metric.name for metric in METRICS}


def test_a_signal_differs_from_itself_by_nothing() -> None:
    answers = sample(100, 2)
    for difference in metrics.paired_differences(answers, answers, SOME, draws=100).values():
        assert (difference.value, difference.low, difference.high, difference.p) == (0, None, None, 1)
        assert difference.missing == "no interval: the figure is the same in every resample"


def test_a_better_signal_differs_from_noise_and_noise_does_not_differ_from_noise() -> None:
    rng = np.random.default_rng(3)
    y = rng.integers(0, 2, 200).astype(float)
    good, noise, more = 0.4 * y + 0.6 * rng.random(200), rng.random(200), rng.random(200)
    differences = metrics.paired_differences((good, y), (noise, y), SOME, draws=300)
    auroc = differences["auroc"]
    assert auroc.value == approx(metrics.auroc(good, y) - metrics.auroc(noise, y))
    assert auroc.low is not None and auroc.low > 0
    assert auroc.p == approx(2 / 301)  # the smallest that 300 resamples can show
    assert differences["accuracy"].p == 1  # the same answers
    chance = metrics.paired_differences((more, y), (noise, y), SOME, draws=300)["auroc"]
    assert chance.p is not None and chance.p > 0.05
    assert chance.low is not None and chance.high is not None and chance.low < 0 < chance.high


def test_swapping_the_sides_swaps_the_sign() -> None:
    ours, other = sample(120, 6), sample(120, 7, shift=0.2)
    there = metrics.paired_differences(ours, other, SOME, draws=200)
    back = metrics.paired_differences(other, ours, SOME, draws=200)
    for name, difference in there.items():
        assert difference.value == approx(-back[name].value)  # type: ignore[operator]
        assert (difference.low, difference.high) == approx((-back[name].high, -back[name].low))  # type: ignore[operator]
        assert difference.p == back[name].p


def test_a_metric_that_one_side_does_not_have() -> None:
    difference = metrics.paired_differences(([0.4, 0.5], [1, 1]), ([0.4, 0.5], [1, 0]), SOME, draws=20)[
        "auroc"
    ]
    assert (difference.first, difference.second, difference.value, difference.p) == (None, 1 - 1, None, None)
    assert difference.missing == "AUROC needs correct and wrong answers, but all 2 are correct"


def test_sides_of_other_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="2 values against 1"):
        metrics.paired_differences(([0.4, 0.5], [1, 1]), ([0.4], [1]), SOME)


def test_mcnemar() -> None:
    first = np.repeat([1, 1, 0, 0], [40, 12, 3, 45])
    second = np.repeat([1, 0, 1, 0], [40, 12, 3, 45])
    result = metrics.mcnemar(first, second)
    assert (result.only_first, result.only_second) == (12, 3)
    # 2 · (C(15,0) + C(15,1) + C(15,2) + C(15,3)) / 2¹⁵ = 2 · 576 / 32768
    assert result.p == approx(2 * 576 / 32768)
    assert metrics.mcnemar(second, first).p == result.p
    assert metrics.mcnemar([1, 0], [1, 0]).p == 1.0
