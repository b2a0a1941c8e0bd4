"""Token-probability signals compared with numpy and scipy."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest import approx
from scipy.stats import entropy as scipy_entropy
from scipy.stats import gmean

from estimators.signals.token_probability import MeanEntropy, MinimumProbability, SequenceProbability, entropy
from estimators.types import Answer, Token
from tests.estimators.evidence import answer, evidence, token

READINGS = (SequenceProbability(), MinimumProbability(), MeanEntropy())


@given(st.lists(st.floats(0.001, 1), min_size=1, max_size=8))
def test_geometric_mean_and_minimum(shares: list[float]) -> None:
    whole = evidence(answer(*(token("x", p) for p in shares)))
    assert SequenceProbability()(whole).confidence == approx(float(gmean(np.array(shares))))
    assert MinimumProbability()(whole).confidence == approx(float(np.min(shares)))


def test_by_hand() -> None:
    whole = evidence(answer(Token("a", -0.1), Token("b", -0.3)))
    assert SequenceProbability()(whole).confidence == approx(math.exp((-0.1 - 0.3) / 2))
    assert MinimumProbability()(whole).confidence == approx(math.exp(-0.3))


def test_only_the_scored_span_counts() -> None:
    shown_answer = answer(token("Well", 0.01), token(" bee", 0.5), token(".", 0.01), span=(5, 8))
    assert [reading(evidence(shown_answer)).confidence for reading in READINGS[:2]] == approx([0.5, 0.5])


@given(st.lists(st.floats(0.001, 1), min_size=1, max_size=20), st.floats(0.2, 1))
def test_entropy_treats_the_rest_as_one_bucket(weights: list[float], held: float) -> None:
    shares = held * np.array(weights) / np.sum(weights)
    digit = token("0", shares[0], {str(number): float(p) for number, p in enumerate(shares)})
    buckets = [*shares, max(0.0, 1 - shares.sum())]
    assert entropy(digit) == approx(float(scipy_entropy(buckets)), abs=1e-9)
    expected = 1 - scipy_entropy(buckets) / np.log(len(shares) + 1)
    assert MeanEntropy()(evidence(answer(digit))).confidence == approx(float(expected), abs=1e-9)


def test_mean_entropy_by_hand() -> None:
    # (0.5, 0.25 | 0.25): H = 0.5 ln 2 + 2 · 0.25 ln 4 = 1.5 ln 2, over ln 3; (1 | 0): H = 0; one without alternatives
    mixed = token("a", 0.5, {"a": 0.5, "b": 0.25})
    sure = token("c", 1.0, {"c": 1.0})
    signal = MeanEntropy()(evidence(answer(mixed, sure, token("d", 0.5))))
    assert signal.confidence == approx(1 - (1.5 * math.log(2) / math.log(3) + 0) / 2)


def test_entropy_tolerates_rounding_above_one() -> None:
    noisy = Token("a", 0.0, (("a", 0.0), ("b", math.log(1e-6))))
    assert MeanEntropy()(evidence(answer(noisy))).confidence == approx(1.0, abs=1e-4)


@pytest.mark.parametrize("reading", READINGS, ids=lambda reading: reading.name)
@pytest.mark.parametrize(
    ("shown_answer", "reason"),
    [
        (Answer("bee", missing="the server returned none"), "the server returned none"),
        (Answer("bee"), "the answer has no tokens"),
        (answer(token("bee", 0.5, {"bee": 0.5}), span=(1, 1)), "the scored part of the answer has no token"),
    ],
)
def test_missing(reading: SequenceProbability, shown_answer: Answer, reason: str) -> None:
    signal = reading(evidence(shown_answer))
    assert (signal.confidence, signal.missing) == (None, reason)


def test_entropy_needs_alternatives() -> None:
    signal = MeanEntropy()(evidence(answer(token("bee", 0.5))))
    assert (signal.confidence, signal.missing) == (None, "the server returned no alternative tokens")
