"""The rewards: golden values, and where the expectation is largest."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.rewards import REWARDS, Reward, brier_reward, linear_reward, log_score_reward, reward_table


@pytest.mark.parametrize(
    ("confidence", "right", "wrong"),
    [(10, 12.500, -10.003), (7, 11.470, 6.516), (5, 10.495, 7.995), (0, -7.503, 10.000)],
)
def test_golden_values(confidence: int, right: float, wrong: float) -> None:
    assert log_score_reward(confidence, True) == pytest.approx(right, abs=5e-4)
    assert log_score_reward(confidence, False) == pytest.approx(wrong, abs=5e-4)


@pytest.mark.parametrize(
    "confidence",
    [None, -1, 11, 100, 7.5, 7.0, 0.7, math.nan, math.inf, True, False, np.float64(7), np.True_, "7"],
)
def test_anything_but_a_whole_number_costs_30(confidence: Any) -> None:
    costs = {name: (reward(confidence, True), reward(confidence, False)) for name, reward in REWARDS.items()}
    assert costs == dict.fromkeys(REWARDS, (-30, -30))


@pytest.mark.parametrize("reward", REWARDS.values())
def test_a_whole_number_of_numpy_counts(reward: Reward) -> None:
    assert [reward(np.int64(c), True) for c in range(11)] == [reward(c, True) for c in range(11)]  # type: ignore[arg-type]


def best(reward: Reward, p: float) -> int:
    """The confidence whose expected reward is largest when the answer is correct with probability p."""
    return max(range(11), key=lambda c: p * reward(c, True) + (1 - p) * reward(c, False))


@pytest.mark.parametrize("reward", [log_score_reward, brier_reward])
@pytest.mark.parametrize("tenths", range(11))
def test_stating_the_true_probability_pays_best(reward: Reward, tenths: int) -> None:
    assert best(reward, tenths / 10) == tenths


@pytest.mark.parametrize(("p", "stated"), [(0.3, 0), (0.49, 0), (0.51, 10), (0.7, 10)])
def test_the_linear_score_rewards_extremes(p: float, stated: int) -> None:
    assert best(linear_reward, p) == stated


@given(st.floats(0, 1))
def test_the_log_score_is_best_near_any_probability(p: float) -> None:
    # The expectation is concave, so the best of eleven is a neighbour of p.
    assert best(log_score_reward, p) in (math.floor(10 * p), math.ceil(10 * p))


def test_the_bonus_for_a_correct_answer_is_the_same_for_every_confidence() -> None:
    # Without the bonus, c if right is worth as much as 10 − c if wrong.
    wrong, right = reward_table(log_score_reward)
    assert [r - w for r, w in zip(right, reversed(wrong), strict=True)] == pytest.approx([2.5] * 11)
