"""RAUQ by hand, probes' scores as confidences, and what is missing."""

import math
from typing import Any

import pytest

from estimators.internals import Internals, ProbeScore, unreadable
from estimators.signals.internal_states import NOT_READ, RAUQ, HiddenState
from estimators.types import Answer, Evidence, Question


def evidence(read: Internals | None) -> Evidence:
    return Evidence(Question("?"), Answer("Rome."), internals=read)


def logs(*probabilities: float) -> tuple[float, ...]:
    return tuple(map(math.log, probabilities))


def test_rauq_is_that_of_the_least_confident_layer() -> None:
    # α = .2. Layer 4: .8, .2 · .5 + .8 · .9 · .8 = .676, .2 · .6 + .8 · .5 · .676 = .3904
    # Layer 5: .8, .2 · .5 + .8 · .1 · .8 = .164, .2 · .6 + .8 · 1 · .164 = .2512
    read = Internals(logs(0.8, 0.5, 0.6), {4: (0.9, 0.5), 5: (0.1, 1.0)}, no_scores="no probe")
    least = (0.8 * 0.164 * 0.2512) ** (1 / 3)
    assert RAUQ()(evidence(read)).confidence == pytest.approx(least)
    assert least < (0.8 * 0.676 * 0.3904) ** (1 / 3)


def test_rauq_of_one_token_is_its_probability_and_of_an_impossible_one_above_no_bound() -> None:
    assert RAUQ()(evidence(Internals(logs(0.7), {1: ()}, no_scores="no"))).confidence == pytest.approx(0.7)
    impossible = Internals((-5000.0, -5000.0), {1: (0.0,)}, no_scores="no")
    assert RAUQ()(evidence(impossible)).confidence == pytest.approx(0.0)


def test_a_drop_in_attention_lowers_the_confidence() -> None:
    steady, dropped = (
        RAUQ()(evidence(Internals(logs(0.9, 0.9, 0.9), {1: weights}, no_scores="no"))).confidence or 0.0
        for weights in ((0.9, 0.9), (0.9, 0.1))
    )
    assert dropped < steady


def test_a_score_becomes_a_confidence_at_its_position_only() -> None:
    read = Internals(no_attention="none", scores={"before": ProbeScore(math.log(3), "p")})
    assert HiddenState(before=True)(evidence(read)).confidence == pytest.approx(0.75)
    assert HiddenState(before=False)(evidence(read)).missing == "the trained probe does not read this state"
    for value, expected in ((800.0, 1.0), (-800.0, 0.0)):
        read = Internals(no_attention="none", scores={"after": ProbeScore(value, "p")})
        assert HiddenState(before=False)(evidence(read)).confidence == pytest.approx(expected)


@pytest.mark.parametrize("estimator", [RAUQ(), HiddenState(before=True), HiddenState(before=False)])
def test_what_was_not_read_is_missing_with_the_reason(estimator: Any) -> None:
    assert estimator(evidence(None)).missing == NOT_READ
    assert estimator(evidence(unreadable("the engine is another"))).missing == "the engine is another"


@pytest.mark.parametrize(
    "fields",
    [
        {"logprobs": (-1.0,), "attention": {0: (0.5,)}, "no_scores": "no"},  # one weight too many
        {"logprobs": (-1.0, -1.0), "attention": {0: (1.5,)}, "no_scores": "no"},
        {"logprobs": (0.5,), "attention": {0: ()}, "no_scores": "no"},
        {"no_attention": "no"},  # no scores and no reason
        {"attention": {}, "no_scores": "no"},
    ],
)
def test_what_cannot_be_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="internals"):
        Internals(**fields)
