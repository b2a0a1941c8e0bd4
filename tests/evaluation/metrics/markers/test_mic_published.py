"""Marker stability on MIC as the authors' code computes it, by hand."""

import pytest
from pytest import approx

from estimators.markers.stripping import NO_HEDGE
from evaluation.metrics.estimate import Estimate
from evaluation.metrics.markers.confidence import Item
from evaluation.metrics.markers.mic_published import AVERAGES, Average, mic_error, mic_stability_published
from evaluation.metrics.validation import NotDefined

MIC = {"likely": 0.8, "may": 0.4}
ITEMS = [
    Item("likely", "art", 0.9, "1"),  # off by .1
    Item("likely", "art", 0.5, "1"),  # .3
    Item("may", "art", 0.6, "1"),  # .2
    Item("likely", "art", 0.4, "2"),  # .4
    Item("never seen", "art", 0.0, "2"),
]


@pytest.mark.parametrize(
    ("average", "error"),
    [
        ("sentence", (0.1 + 0.3 + 0.2 + 0.4) / 4),
        ("question", ((0.1 + 0.3 + 0.2) / 3 + 0.4) / 2),
        ("marker", ((0.1 + 0.3 + 0.4) / 3 + 0.2) / 2),
        ("marker_mean", (abs(0.8 - 0.6) + 0.2) / 2),
    ],
)
def test_the_four_averages(average: Average, error: float) -> None:
    assert mic_error(MIC, ITEMS, average) == approx(error)
    with pytest.raises(NotDefined):
        mic_error(MIC, ITEMS[-1:], average)


def items(conf: dict[str, dict[str, float]]) -> list[Item]:
    return [
        Item(marker, name, value, str(k))
        for name, row in conf.items()
        for marker, value in row.items()
        for k in range(10)
    ]


def test_no_hedge_can_be_left_out() -> None:
    train = items(
        {"arc": {NO_HEDGE: 0.9, "likely": 0.8, "may": 0.4}, "nq": {NO_HEDGE: 0.5, "likely": 0.6, "may": 0.2}}
    )
    every = mic_stability_published(train, train, accuracy={}, cmfg={})
    hedged = mic_stability_published(
        train, train, accuracy={"arc": 0.7, "nq": 0.3}, cmfg={}, hedged_only=True
    )
    assert set(every) == set(hedged)
    assert every["C-AvgMAE by marker"].value == approx((0.4 + 0.2 + 0.2) / 3)
    assert hedged["C-AvgMAE by marker"].value == approx(0.2)
    assert hedged["I-AvgMAE between marker means"].value == approx(0)
    assert hedged["MRC"].value == approx(0.9999)  # likely above may in both, clipped
    assert hedged["MAC"].value == approx(0.9999)
    assert "the figure of each" in hedged["MCC"].missing


def test_without_items_everything_is_missing_with_a_reason() -> None:
    figures = mic_stability_published([], [], accuracy={}, cmfg={})
    assert len(figures) == 2 * len(AVERAGES) + 5
    assert all(isinstance(figure, Estimate) and figure.missing for figure in figures.values())
