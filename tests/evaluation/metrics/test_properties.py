"""Properties of the metrics that hold for any answers."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from pytest import approx

from evaluation import metrics
from evaluation.metrics import METRICS
from evaluation.metrics.calibration.bins import By
from tests.evaluation.metrics.samples import ANSWERS, MIXED

Sample = tuple[NDArray[np.float64], NDArray[np.float64]]
FAST = [metric for metric in METRICS if "selective" not in metric.name]


@given(answers=ANSWERS, seed=st.integers(0, 9))
def test_the_order_of_the_answers_does_not_matter_and_every_figure_is_in_its_range(
    answers: Sample, seed: int
) -> None:
    c, y = answers
    shuffled = np.random.default_rng(seed).permutation(c.size)
    figures, other = (
        metrics.measure(c, y, metrics=FAST),
        metrics.measure(c[shuffled], y[shuffled], metrics=FAST),
    )
    for metric in FAST:
        value, again = figures[metric.name], other[metric.name]
        assert value.missing == again.missing
        if value.value is None or again.value is None:
            continue
        assert value.value == approx(again.value, abs=1e-6)
        low, high = (-200.0, 100.0) if metric.points else (0.0, np.inf if metric.name == "log_loss" else 1.0)
        assert low - 1e-12 <= value.value <= high + 1e-12


@given(answers=ANSWERS)
def test_the_parts_of_the_brier_score_sum_up(answers: Sample) -> None:
    parts = metrics.brier_decomposition(*answers)
    whole = parts.reliability - parts.resolution + parts.uncertainty + parts.within_bins
    assert whole == approx(metrics.brier(*answers), abs=1e-12)


@given(answers=ANSWERS)
def test_no_calibration_error_is_below_the_gap_of_the_means(answers: Sample) -> None:
    gap = abs(metrics.mean_confidence(*answers) - metrics.accuracy(*answers))
    assert metrics.ece(*answers) >= gap - 1e-12
    assert metrics.ece_equal_mass(*answers) >= gap - 1e-12
    assert metrics.smooth_ece(*answers) >= gap - 1e-3


@given(answers=MIXED)
def test_reversing_the_scale_mirrors_the_areas(answers: Sample) -> None:
    c, y = answers
    assert metrics.auroc(-c, y) == approx(1 - metrics.auroc(c, y))
    assert metrics.auroc(c, 1 - y) == approx(1 - metrics.auroc(c, y))


@given(answers=MIXED, ends=st.tuples(st.floats(0.1, 9), st.floats(-5, 5)))
def test_only_the_order_matters_to_the_areas(answers: Sample, ends: tuple[float, float]) -> None:
    c, y = np.round(answers[0], 3), answers[1]  # differences that survive the arithmetic
    moved = ends[0] * c + ends[1]
    for name in ("auroc", "auprc", "aurc", "e_aurc"):
        assert getattr(metrics, name)(moved, y) == approx(getattr(metrics, name)(c, y))


@given(answers=ANSWERS)
def test_the_area_under_the_risk_is_the_mean_over_orders_of_ties(answers: Sample) -> None:
    c, y = answers
    assert metrics.aurc(y, y) - 1e-12 <= metrics.aurc(c, y) <= metrics.aurc(-y, y) + 1e-12
    assert metrics.aurc(np.ones_like(c), y) == approx(1 - y.mean())
    curve = metrics.risk_coverage(c, y)
    assert curve.coverage[-1] == approx(1) and curve.risk[-1] == approx(1 - y.mean())
    assert (np.diff(curve.coverage) > 0).all() and (np.diff(curve.threshold) < 0).all()


@given(answers=ANSWERS, bins=st.integers(1, 15), by=st.sampled_from(["width", "mass"]))
def test_every_answer_is_in_one_bin(answers: Sample, bins: int, by: By) -> None:
    c, y = answers
    filled = metrics.bins(c, y, bins, by)
    assert sum(bin_.n for bin_ in filled) == c.size
    assert sum(bin_.n * bin_.accuracy for bin_ in filled) == approx(y.sum())
    assert all(bin_.low - 1e-12 <= bin_.confidence <= bin_.high + 1e-12 for bin_ in filled)
    assert all(lower.high <= other.low for lower, other in pairwise(filled))


@given(answers=ANSWERS, penalty=st.sampled_from([1.0, 2.0]))
def test_the_chosen_threshold_is_never_worse_than_not_abstaining_on_what_chose_it(
    answers: Sample, penalty: float
) -> None:
    c, y = answers
    threshold = metrics.choose_threshold([answers], penalty)
    assert (
        metrics.abstention_score(c, y, threshold, penalty)
        >= metrics.abstention_score(c, y, None, penalty) - 1e-9
    )
    assert metrics.abstention_score(c, y, threshold, penalty) >= -1e-9 or c.max() == 1.0
