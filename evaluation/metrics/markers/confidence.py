"""The mean target of the sentences that carry each marker, with its interval: MIC, or accuracy by marker."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from estimators.markers.mic import ALL, MarkerConfidence

MIN_COUNT = 10  # sentences that a marker needs for a value
MIN_QUESTIONS = 2  # one question says nothing about others
DRAWS = 2000
SEED = 20260528


class Item(NamedTuple):
    """One sentence (or answer) with its canonical marker."""

    marker: str
    domain: str
    target: float  # in [0, 1]: conf(s) for MIC, 1 or 0 for correctness
    question: str = ""  # sentences of one question are resampled together; "" = a question of its own group


def marker_confidence(
    items: Iterable[Item | tuple[str, str, float]],
    min_count: int = MIN_COUNT,
    *,
    draws: int = DRAWS,
    seed: int = SEED,
) -> dict[str, dict[str, MarkerConfidence]]:
    """Mean target by domain ("all" among them) and marker, the most frequent marker first.

    MIC(m, d) = (1/n) Σ target(s) over the n sentences s of domain d with marker m. The target
    conf(s) gives MIC (Liu & Cohan 2026, arXiv 2605.28778), correctness gives the marker
    confidence of Liu et al. 2025 (arXiv 2505.24778). The interval is the 95 % percentile
    bootstrap over questions, because the sentences of one question share their samples.

    Parameters
    ----------
    items : (marker, domain, target in [0, 1]), and the question if several share one
    min_count : rarer markers have a count but no value

    Raises ValueError for a target outside [0, 1], a domain named "all" or min_count < 1.

    >>> found = marker_confidence([("likely", "art", 1.0), ("likely", "art", 0.5)], min_count=2)
    >>> found["art"]["likely"].mic, found["all"]["likely"].n
    (0.75, 2)
    """
    if min_count < 1:
        raise ValueError(f"min_count {min_count} is less than 1")
    sorted_out: dict[str, dict[str, list[Item]]] = {}
    for place, row in enumerate(items):
        item = Item(*row)
        if not 0 <= item.target <= 1:
            raise ValueError(f"{item.marker}: target {item.target} is not in [0, 1]")
        if item.domain == ALL:
            raise ValueError(f'a domain cannot be named "{ALL}": that name stands for all domains together')
        item = item._replace(question=f"id {item.question}" if item.question else f"item {place}")
        for domain in (ALL, item.domain):
            sorted_out.setdefault(domain, {}).setdefault(item.marker, []).append(item)
    return {
        domain: {
            marker: _measured(marker, markers[marker], min_count, draws, seed)
            for marker in sorted(markers, key=lambda marker: (-len(markers[marker]), marker))
        }
        for domain, markers in sorted(sorted_out.items())
    }


def _measured(marker: str, items: Sequence[Item], min_count: int, draws: int, seed: int) -> MarkerConfidence:
    n = len(items)
    if n < min_count:
        return MarkerConfidence(marker, None, n, missing=f"seen only {n} time{'s' if n > 1 else ''}")
    sums: dict[str, list[float]] = {}
    for item in items:
        sums.setdefault(item.question, []).append(item.target)
    if len(sums) < min(MIN_QUESTIONS, n):
        return MarkerConfidence(marker, None, n, missing="seen in only one question")
    mean = min(1.0, sum(item.target for item in items) / n)
    low, high = _interval(list(sums.values()), draws, seed)
    return MarkerConfidence(marker, mean, n, min(low, mean), max(high, mean))


def _interval(groups: Sequence[Sequence[float]], draws: int, seed: int) -> tuple[float, float]:
    """The 2.5 and 97.5 percentiles of the mean when whole groups are drawn with replacement."""
    rng = np.random.default_rng(seed)
    totals = np.array([sum(group) for group in groups])
    counts = np.array([len(group) for group in groups])
    drawn = rng.integers(0, len(groups), size=(draws, len(groups)))
    means = totals[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.clip(np.quantile(means, (0.025, 0.975)), 0.0, 1.0)
    return float(low), float(high)
