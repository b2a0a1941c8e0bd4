"""Bootstrap intervals: how much a metric would vary over other questions of the same kind."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.metrics.validation import Floats, NotDefined

DRAWS = 1000
SEED = 20240213
LEVEL = 0.95
FEWEST = 10  # answers; fewer are not worth resampling
SAME = 1e-12  # below it two figures are equal
DEFINED = 0.9  # share of the resamples in which a figure must exist for its interval to be shown

Measured = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Interval:
    """The two ends of an interval."""

    low: float
    high: float


def resamples(n: int, draws: int = DRAWS, seed: int = SEED) -> Iterator[NDArray[np.intp]]:
    """Indices of n questions drawn with replacement, ``draws`` times; the same ones for the same seed and n."""
    rng = np.random.default_rng(seed)
    for _ in range(draws):
        yield rng.integers(0, n, n)


def bootstrap(
    measure: Callable[[NDArray[np.intp]], Measured], n: int, draws: int = DRAWS, seed: int = SEED
) -> dict[str, Floats]:
    """The values of every metric over the resamples, by name, without those in which it is not defined.

    ``measure`` takes the indices of the drawn questions and returns the metrics that exist for them.
    """
    samples: dict[str, list[float]] = {}
    for drawn in resamples(n, draws, seed):
        for name, value in measure(drawn).items():
            samples.setdefault(name, []).append(value)
    return {name: np.array(values) for name, values in samples.items()}


def percentile_interval(drawn: Floats, draws: int = DRAWS, level: float = LEVEL) -> Interval:
    """The percentile interval of a figure over its resamples: their 2.5 % and 97.5 % quantiles.

    Raises NotDefined if the figure exists in less than 90 % of the resamples, or is the same in all of them: an interval
    without width would claim a certainty that resampling cannot give. A share then has an ``exact_interval``.
    Reference: Efron & Tibshirani (1993), chapter 13.

    >>> percentile_interval(np.arange(41.0), draws=41).high
    39.0
    """
    if drawn.size < DEFINED * draws or not drawn.size:
        raise NotDefined(f"no interval: the figure is defined in only {drawn.size} of {draws} resamples")
    if not has_spread(drawn):
        raise NotDefined("no interval: the figure is the same in every resample")
    low, high = np.quantile(drawn, ((1 - level) / 2, (1 + level) / 2))
    return Interval(float(low), float(high))


def has_spread(values: Floats) -> bool:
    """Whether the values differ by more than rounding."""
    return bool(values.size and np.ptp(values) > SAME)


def exact_interval(hits: int, n: int, level: float = LEVEL) -> Interval:
    """The exact (Clopper–Pearson) interval of a share of ``hits`` in ``n`` independent observations.

    Every resample of a share of 0 or 1 is the same, so the bootstrap would give it an interval without width.
    Reference: Clopper & Pearson (1934).

    >>> round(exact_interval(12, 12).low, 3), exact_interval(12, 12).high  # 0.025 ** (1 / 12)
    (0.735, 1.0)
    """
    from scipy.stats import binomtest

    ends = binomtest(hits, n).proportion_ci(level, method="exact")
    return Interval(float(ends.low), float(ends.high))


def interval_without_spread(share: float, n: int) -> Interval | None:
    """The exact interval of a share that is 0 or 1 in ``n`` independent observations; None for any other share.

    >>> interval_without_spread(0.5, 12) is None
    True
    """
    return exact_interval(round(share) * n, n) if min(share, 1 - share) < SAME else None


def reflected(drawn: Floats, figure: float) -> Floats:
    """The resamples mirrored at the figure itself, 2 · figure − drawn: their quantiles are the basic interval.

    For figures that resampling pushes to one side: calibration errors and IPR upwards, evenness downwards. Their
    percentile interval is off by twice that shift and may leave out the figure itself; docs/metrics.md shows how often
    either interval covers the true value (``python -m benchmarks.interval_coverage``).
    Reference: Davison & Hinkley (1997), section 5.2.

    >>> reflected(np.array([0.05, 0.08]), 0.04)
    array([0.03, 0.  ])
    """
    return np.asarray(2 * figure - drawn)
