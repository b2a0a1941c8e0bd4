"""The agreement of samples joined with another signal, by hand."""

import math

import pytest
from scipy.stats import spearmanr

from estimators.signals.hybrids import CoCoA, SamplesAndNumber
from estimators.types import Answer, Evidence, Question
from tests.estimators.evidence import answer, probe, token

SHOWN = answer(token("Rome", 0.9), token(".", 0.4))  # geometric mean .6


def drawn(agreeing: int, other: int, shown: Answer = SHOWN, number: str = "90") -> Evidence:
    samples = tuple(Answer(text) for text in ["Rome"] * agreeing + ["Milan"] * other)
    groups = tuple(
        group for group in (tuple(range(agreeing)), tuple(range(agreeing, agreeing + other))) if group
    )
    asked = {"numeric": probe("numeric", text=number)} if number else {}
    shown_group = 0 if agreeing else None
    return Evidence(
        Question("?"), shown, probes=asked, samples=samples, groups=groups, shown_group=shown_group
    )


@pytest.mark.parametrize(
    ("agreeing", "other", "expected"),
    [(2, 0, 1.0), (0, 2, 0.6), (1, 1, math.sqrt(0.6)), (1, 3, 0.6**0.75)],
)
def test_cocoa_by_hand(agreeing: int, other: int, expected: float) -> None:
    assert CoCoA()(drawn(agreeing, other)).confidence == pytest.approx(expected)


def test_cocoa_orders_as_the_published_product() -> None:
    products, confidences = [], []
    for p in (0.1, 0.4, 0.6, 0.95):
        for agreeing in range(4):
            products.append(-math.log(p) * (1 - agreeing / 4))
            confidences.append(CoCoA()(drawn(agreeing, 4 - agreeing, answer(token("Rome", p)))).confidence)
    assert spearmanr(products, confidences).statistic == pytest.approx(-1)


def test_cocoa_needs_tokens_and_samples() -> None:
    assert (
        CoCoA()(drawn(1, 1, Answer("Rome.", missing="no log-probabilities"))).missing
        == "no log-probabilities"
    )
    assert CoCoA()(drawn(0, 0)).missing == "no samples were drawn"


@pytest.mark.parametrize(
    ("agreeing", "other", "expected"), [(2, 0, 0.95), (1, 1, 0.7), (0, 2, 0.45), (3, 1, 0.825)]
)
def test_samples_and_number_by_hand(agreeing: int, other: int, expected: float) -> None:
    assert SamplesAndNumber()(drawn(agreeing, other)).confidence == pytest.approx(expected)


def test_more_samples_are_the_mean_over_their_pairs() -> None:
    agree = [1, 1, 1, 0, 0]
    means = [(agree[a] + agree[b]) / 2 for a in range(5) for b in range(a)]
    assert SamplesAndNumber()(drawn(3, 2)).confidence == pytest.approx((sum(means) / len(means) + 0.9) / 2)


def test_samples_and_number_is_missing_with_a_reason() -> None:
    assert SamplesAndNumber()(drawn(1, 0)).missing == "at least two samples are needed"
    assert SamplesAndNumber()(drawn(1, 1, number="")).missing == "the model was not asked"
    assert SamplesAndNumber()(drawn(1, 1, number="maybe")).missing == "no answer"
    assert SamplesAndNumber()(drawn(0, 0)).missing == "no samples were drawn"
