"""Values computed by hand, and edge cases."""

import math

import numpy as np
import pytest
from pytest import approx

from evaluation import metrics
from evaluation.metrics import METRICS, NotDefined

# Bins [.3,.4): 1 answer wrong; [.6,.7): 2 answers, one right; [.9,1]: 2 answers, both right.
C, Y = [0.3, 0.6, 0.6, 0.9, 1.0], [0, 1, 0, 1, 1]


def test_calibration_by_hand() -> None:
    # |0 − .3| · 1/5 + |.5 − .6| · 2/5 + |1 − .95| · 2/5 = .06 + .04 + .02
    assert metrics.ece(C, Y) == approx(0.12)
    # quantiles .3 .6 .6 .9 1 at 0, ¼, ½, ¾, 1 → {.3, .6, .6}, {.9}, {1}: |1/3 − .5|, .1, 0
    assert [bin_.n for bin_ in metrics.bins(C, Y, 4, "mass")] == [3, 1, 1]
    assert metrics.ece_equal_mass(C, Y, 4) == approx((3 / 6 + 0.1) / 5)
    assert metrics.calibration_error(C, Y, 4) == approx((1 / 6 + 0.1) / 3)


def test_brier_and_its_parts_by_hand() -> None:
    # .09 + .16 + .36 + .01 + 0 = .62
    assert metrics.brier(C, Y) == approx(0.124)
    parts = metrics.brier_decomposition(C, Y)
    assert parts.reliability == approx((0.09 + 2 * 0.01 + 2 * 0.0025) / 5)
    assert parts.resolution == approx((0.36 + 2 * 0.01 + 2 * 0.16) / 5)  # accuracy .6
    assert parts.uncertainty == approx(0.24)
    assert parts.within_bins == approx(
        2 * 0.0025 / 5
    )  # only .9 and 1 share a bin and differ; no misses there


def test_areas_by_hand() -> None:
    # correct .6 .9 1, wrong .3 .6: of 6 pairs 5 right and one tied
    assert metrics.auroc(C, Y) == approx(5.5 / 6)
    # surest first: 1, .9 right; .6 .6 half an error each; .3 wrong: errors 0 0 .5 1 2 of 1 … 5
    assert metrics.aurc(C, Y) == approx((0 + 0 + 0.5 / 3 + 1 / 4 + 2 / 5) / 5)
    assert metrics.e_aurc(C, Y) == approx((0.5 / 3 + 1 / 4 + 2 / 5 - 1 / 4 - 2 / 5) / 5)
    curve = metrics.risk_coverage(C, Y)
    assert curve.threshold.tolist() == [1.0, 0.9, 0.6, 0.3]
    assert curve.coverage == approx([0.2, 0.4, 0.8, 1.0])
    assert curve.risk == approx([0, 0, 0.25, 0.4])


def test_inverse_pairs_and_evenness_by_hand() -> None:
    assert metrics.ipr(C, Y) == 0.0
    assert metrics.ipr([0.15, 0.55, 0.95], [1, 1, 0]) == approx(2 / 3)  # equal accuracies are not inverse
    shares = (0.2, 0.4, 0.4)
    assert metrics.confidence_evenness(C, Y) == approx(-sum(q * math.log(q) for q in shares) / math.log(10))


def test_a_constant_base_rate_has_no_error_and_says_nothing() -> None:
    c, y = [0.5] * 8, [1, 0] * 4
    assert (metrics.ece(c, y), metrics.ipr(c, y), metrics.confidence_evenness(c, y)) == (0, 0, 0)
    assert metrics.auroc(c, y) == 0.5
    assert metrics.aurc(c, y) == approx(0.5)


def test_confidence_exactly_0_and_1() -> None:
    assert [(bin_.low, bin_.high, bin_.n) for bin_ in metrics.bins([0.0, 1.0], [0, 1])] == [
        (0, 0.1, 1),
        (0.9, 1, 1),
    ]
    assert metrics.log_loss([0.0, 1.0], [0, 1]) == 0.0
    with pytest.raises(NotDefined, match="infinite: 2 answers were"):
        metrics.log_loss([0.0, 1.0, 0.5], [1, 0, 1])
    assert metrics.log_loss([1.0], [0], clip=0.001) == approx(-math.log(0.001))


@pytest.mark.parametrize("value", [k / 10 for k in range(10)])
def test_an_edge_belongs_to_the_bin_above_it(value: float) -> None:
    (bin_,) = metrics.bins([value], [1])
    assert bin_.low == value  # .3, .6 and .7 too, whose tenfold is not whole in floating point


def test_one_answer() -> None:
    figures = metrics.measure([0.7], [1])
    values = {name: figure.value for name, figure in figures.items() if figure.value is not None}
    assert values == approx({
        "accuracy": 1, "mean_confidence": 0.7, "ece": 0.3, "ece_equal_mass": 0.3, "smooth_ece": 0.3,
        "calibration_error": 0.3, "brier": 0.09, "brier_reliability": 0.09, "brier_resolution": 0,
        "brier_uncertainty": 0, "log_loss": -math.log(0.7), "aurc": 0, "e_aurc": 0, "ipr": 0,
        "confidence_evenness": 0, "score_balanced": 100, "score_conservative": 100,
    }, abs=1e-3)  # fmt: skip
    missing = {name: figure.missing for name, figure in figures.items() if figure.value is None}
    assert set(missing) == {
        "auroc",
        "auprc",
        "mann_whitney_p",
        "selective_balanced",
        "selective_conservative",
    }
    assert missing["auroc"] == "AUROC needs correct and wrong answers, but the only one is correct"
    assert missing["selective_balanced"] == (
        "it needs 21 answers, 20 to choose the threshold and at least one to score, and there are only 1"
    )


def test_one_class_only_is_missing_with_its_reason() -> None:
    for name in ("auroc", "auprc", "mann_whitney_p"):
        with pytest.raises(NotDefined, match="needs correct and wrong answers, but all 3 are wrong"):
            getattr(metrics, name)([0.1, 0.2, 0.9], [0, 0, 0])
    assert metrics.aurc([0.1, 0.2, 0.9], [0, 0, 0]) == 1.0


def test_ties_everywhere() -> None:
    with pytest.raises(NotDefined, match="scores that differ"):
        metrics.mann_whitney_p([0.5, 0.5], [0, 1])
    with pytest.raises(NotDefined, match="one side is constant"):
        metrics.spearman([0.5, 0.5], [0, 1])
    with pytest.raises(NotDefined, match="at least two pairs"):
        metrics.spearman([0.5], [1.0])


@pytest.mark.parametrize(
    ("confidence", "correct", "message"),
    [
        ([0.5, float("nan")], [0, 1], r"\[1\] is nan: leave out missing values"),
        ([0.5, float("inf")], [0, 1], r"\[1\] is inf"),
        ([0.5, 0.6], [0, float("nan")], r"correct\[1\] is nan"),
        ([0.5, 0.6], [0, 0.5], r"correct\[1\] is 0.5: neither 0 nor 1"),
        ([0.5, 0.6, 0.7], [0, 1], "3 values against 2"),
        ([0.5, None], [0, 1], r"is nan: leave out|contains something that is not a number"),
        (["high", 0.2], [0, 1], "contains something that is not a number"),
        ([[0.5, 0.6]], [0, 1], r"has the shape \(1, 2\)"),
        ([], [], "there are no answers"),
    ],
)
def test_what_is_no_figure_is_refused(confidence: list[float], correct: list[float], message: str) -> None:
    for metric in METRICS:
        with pytest.raises(ValueError, match=message):
            metric.measure(confidence, correct)
            pytest.fail(f"{metric.name} took it")


@pytest.mark.parametrize(
    "name", ["ece", "ece_equal_mass", "smooth_ece", "brier", "log_loss", "ipr", "accuracy"]
)
def test_a_confidence_outside_0_to_1_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"confidence\[1\] is 1.2: not in \[0, 1\]"):
        getattr(metrics, name)([0.5, 1.2], [0, 1])


def test_order_metrics_take_any_scale() -> None:
    logits = np.array([-3.0, 12.5, 20.0])
    assert metrics.auroc(logits, [0, 0, 1]) == 1.0
    assert metrics.aurc(logits, [0, 0, 1]) == approx((0 + 1 / 2 + 2 / 3) / 3)


def test_no_bins() -> None:
    with pytest.raises(ValueError, match="0 bins"):
        metrics.ece(C, Y, 0)
    with pytest.raises(ValueError, match="at least two"):
        metrics.confidence_evenness(C, Y, 1)


def test_faithfulness_and_its_reference_points() -> None:
    even = np.linspace(0, 1, 2001)
    decisive = [metrics.faithfulness([1.0], [c]) for c in even]
    assert metrics.cmfg(even, decisive) == approx(0.5, abs=1e-3)
    constant = [metrics.faithfulness([0.5], [c]) for c in even]
    assert metrics.cmfg(even, constant) == approx(0.75, abs=1e-3)
    # conf 1 is in the last bin; two bins are not empty: (.2 + .9) / 2
    assert metrics.cmfg([0.12, 0.95, 1.0], [0.2, 0.8, 1.0]) == approx(0.55)
    # halves at the median .2 of 0 .1 .2 .6 1: widths .2 and .8, means .5 and 1
    assert metrics.cmfg([0, 0.1, 0.2, 0.6, 1], [0.5, 0.5, 0.5, 1, 1], 2, "mass") == approx(
        0.2 * 0.5 + 0.8 * 1
    )
    with pytest.raises(NotDefined, match="confidences that differ"):
        metrics.cmfg([0.5, 0.5], [1, 0], by="mass")
