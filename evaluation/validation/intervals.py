"""The interval of a share that was counted on labelled examples."""


def wilson_interval(hits: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a share by Wilson's score (1927).

    Without observations every share is possible, so the interval is then all of 0 to 1.

    >>> [round(bound, 3) for bound in wilson_interval(9, 10)], wilson_interval(0, 0)
    ([0.596, 0.982], (0.0, 1.0))
    """
    from scipy.stats import binomtest

    if n == 0:
        return 0.0, 1.0
    interval = binomtest(hits, n).proportion_ci(0.95, method="wilson")
    return float(interval.low), float(interval.high)
