"""A metric's value with its interval, or the reason why it is missing."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from estimators.missing import Missing, check_value_or_reason
from evaluation.metrics.bootstrap import FEWEST, SEED, bootstrap, interval_without_spread, percentile_interval
from evaluation.metrics.validation import NotDefined


@dataclass(frozen=True, slots=True)
class Estimate:
    """The value of a metric; ``missing`` holds the reason exactly when ``value`` is None."""

    value: float | None
    missing: str = ""
    low: float | None = None  # of the 95 % interval; None if not requested or not defined
    high: float | None = None

    def __post_init__(self) -> None:
        check_value_or_reason("estimate", self.value, self.missing)


def estimate_of(measure: Callable[[], float]) -> Estimate:
    """The function's value, or the reason why it is Missing.

    >>> estimate_of(lambda: 0.5).value
    0.5
    """
    try:
        return Estimate(measure())
    except Missing as reason:
        return Estimate(None, str(reason))


def resampled(
    statistic: Callable[[NDArray[np.intp]], float],
    n: int,
    draws: int = 0,
    seed: int = SEED,
    *,
    share: bool = False,
) -> Estimate:
    """The statistic of all n questions, with its 95 % percentile interval if ``draws`` is not 0 and n is at least 10.

    ``statistic`` takes indices of questions; a resample in which it is not defined is left out. A statistic that is the
    same in every resample has no interval, except that a ``share`` of 0 or 1 has the exact interval of n observations.
    """
    whole = estimate_of(lambda: statistic(np.arange(n)))
    if whole.value is None or not draws or n < FEWEST:
        return whole

    exact = interval_without_spread(whole.value, n) if share else None
    if exact is not None:
        return Estimate(whole.value, "", exact.low, exact.high)

    def of(chosen: NDArray[np.intp]) -> dict[str, float]:
        value = estimate_of(lambda: statistic(chosen)).value
        return {} if value is None else {"": value}

    try:
        interval = percentile_interval(bootstrap(of, n, draws, seed).get("", np.array([])), draws)
    except NotDefined:
        return whole
    return Estimate(whole.value, "", interval.low, interval.high)
