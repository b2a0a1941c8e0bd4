"""The risk–coverage curve of answering only above a threshold, and the area under it."""

from dataclasses import dataclass

import numpy as np

from evaluation.metrics.validation import Array, Floats, ranked


@dataclass(frozen=True, slots=True)
class RiskCoverage:
    """The error rate of the answers at or above each threshold; one point for every distinct score."""

    threshold: Floats  # descending
    coverage: Floats  # share of the answers shown, ascending to 1
    risk: Floats  # share of those that are wrong


def by_score(score: Array, correct: Array) -> tuple[Floats, Floats, Floats]:
    """The distinct scores, descending, with the number of answers and of errors at each."""
    s, y = ranked(score, correct)
    values, place = np.unique(-s, return_inverse=True)
    count, errors = np.bincount(place), np.bincount(place, 1 - y)
    return -values, np.asarray(count, np.float64), np.asarray(errors, np.float64)


def risk_coverage(score: Array, correct: Array) -> RiskCoverage:
    """The risk–coverage curve; answers with the same score are shown or withheld together.

    >>> curve = risk_coverage([0.9, 0.5, 0.5, 0.1], [1, 1, 0, 0])
    >>> curve.coverage, curve.risk
    (array([0.25, 0.75, 1.  ]), array([0.        , 0.33333333, 0.5       ]))
    """
    values, count, errors = by_score(score, correct)
    shown = np.cumsum(count)
    return RiskCoverage(values, shown / shown[-1], np.cumsum(errors) / shown)


def aurc(score: Array, correct: Array) -> float:
    """Area under the risk–coverage curve: mean selective risk over the coverages 1/n, 2/n, …, 1; lower is better.

    AURC = (1/n) Σ_k errors among the k highest scores / k. Within a group of equal scores the errors are
    spread evenly, which is the mean over all orders of the group. Never above the error rate for a score
    that ranks no worse than chance; a constant score gives the error rate.
    Reference: Geifman, Uziel & El-Yaniv (2019).

    >>> round(aurc([0.9, 0.8, 0.1], [1, 0, 1]), 4)  # (0/1 + 1/2 + 1/3) / 3
    0.2778
    """
    _, count, errors = by_score(score, correct)
    sizes = count.astype(np.intp)
    rank = np.arange(1, int(count.sum()) + 1)
    before = np.repeat(np.cumsum(count) - count, sizes)
    errors_before = np.repeat(np.cumsum(errors) - errors, sizes)
    errors_so_far = errors_before + (rank - before) * np.repeat(errors / count, sizes)
    return float((errors_so_far / rank).mean())


def e_aurc(score: Array, correct: Array) -> float:
    """AURC above that of the best order of the same answers; ≥ 0, 0 = every correct one scores above every wrong one.

    >>> e_aurc([0.9, 0.8, 0.1], [1, 1, 0])
    0.0
    """
    s, y = ranked(score, correct)
    right = int(y.sum())
    rank = np.arange(right + 1, y.size + 1)  # in the best order all errors come last
    best = ((rank - right) / rank).sum() / y.size
    return max(0.0, aurc(s, y) - float(best))
