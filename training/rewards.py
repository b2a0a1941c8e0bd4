"""Rewards for a stated confidence: proper scoring rules, so stating the true probability pays best."""

import math
from collections.abc import Callable, Mapping
from numbers import Integral

# (stated confidence 0 to 10 or None, whether the answer is correct) → reward
Reward = Callable[[int | None, bool], float]

STEPS = 10  # eleven values, ten steps
UNPARSABLE = -30.0  # for a reply without a whole number from 0 to 10
BONUS = 0.25  # for a correct answer, before scaling; independent of the confidence
EDGE = 0.001  # probabilities are kept this far from 0 and 1
_LOW, _HIGH = math.log(EDGE) / 2, math.log(1 - EDGE)


def log_score_reward(confidence: int | None, correct: bool) -> float:
    """Logarithmic score of a stated confidence, about −10 to 12.5; higher is better.

    p = clip(confidence / 10, 0.001, 0.999); s = ln p if correct, ln(1 − p) if wrong;
    10 · ((s − lo) / (hi − lo) + 0.25 if correct), lo = ln(0.001) / 2, hi = ln(0.999).
    Its expectation is largest if p is the probability that the answer is correct.

    Parameters
    ----------
    confidence : a whole number from 0 to 10; anything else (None, 11, 7.5, True) is unparsable and gives −30

    Reference: Stangel, Bani-Harouni et al. (2026), arXiv 2503.02623.

    >>> round(log_score_reward(7, True), 3), round(log_score_reward(7, False), 3)
    (11.47, 6.516)
    """

    def score(p: float) -> float:
        likely = min(max(p, EDGE), 1 - EDGE)
        return (math.log(likely if correct else 1 - likely) - _LOW) / (_HIGH - _LOW)

    return _scaled(score, confidence, correct)


def brier_reward(confidence: int | None, correct: bool) -> float:
    """Brier score as a reward, −10 to 12.5: 10 · (1 − 2 · (p − correct)² + 0.25 if correct); proper and bounded.

    >>> brier_reward(10, True), brier_reward(10, False), brier_reward(None, True)
    (12.5, -10.0, -30.0)
    """
    return _scaled(lambda p: 1 - 2 * (p - correct) ** 2, confidence, correct)


def linear_reward(confidence: int | None, correct: bool) -> float:
    """Linear score, −10 to 12.5: 10 · (1 − 2 · |p − correct| + 0.25 if correct).

    Not proper: stating 0 or 10, whichever is likelier, pays best. For comparison only.

    >>> linear_reward(10, True), linear_reward(5, False)
    (12.5, 0.0)
    """
    return _scaled(lambda p: 1 - 2 * abs(p - correct), confidence, correct)


REWARDS: Mapping[str, Reward] = {"log": log_score_reward, "brier": brier_reward, "linear": linear_reward}


def reward_table(reward: Reward) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The rewards of the confidences 0 to 10, for a wrong and for a correct answer."""
    wrong, right = (tuple(reward(c, correct) for c in range(STEPS + 1)) for correct in (False, True))
    return wrong, right


def _scaled(score: Callable[[float], float], confidence: int | None, correct: bool) -> float:
    whole = isinstance(confidence, Integral) and not isinstance(confidence, bool)  # from Python or numpy
    if confidence is None or not whole or not 0 <= confidence <= STEPS:
        return UNPARSABLE
    return 10 * (score(confidence / STEPS) + (BONUS if correct else 0.0))
