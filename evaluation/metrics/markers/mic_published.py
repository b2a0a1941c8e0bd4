"""Marker stability on MIC as the released code of Liu & Cohan (2026, arXiv 2605.28778) computes it.

It has four ways to average the error of a marker's MIC, and an option to leave the pseudo-marker ``<no_hedge>`` out.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations, permutations
from typing import Literal

import numpy as np

from estimators.markers.stripping import NO_HEDGE
from evaluation.metrics.correlation import spearman
from evaluation.metrics.estimate import Estimate, estimate_of
from evaluation.metrics.markers.confidence import MIN_COUNT, Item
from evaluation.metrics.markers.stability import fisher_mean, marker_table
from evaluation.metrics.validation import NotDefined

Table = Mapping[str, Mapping[str, float]]  # data set → marker → MIC
Average = Literal["sentence", "question", "marker", "marker_mean"]
# In the order of the authors' modes 1 to 4.
AVERAGES: Mapping[Average, str] = {
    "sentence": "by sentence",
    "question": "by question",
    "marker": "by marker",
    "marker_mean": "between marker means",
}
# Figure 1 of the paper, on TruthfulQA and PopQA, by canonical marker.
FIGURE_1 = {
    "I think": (0.56, 0.47),
    "probable": (0.55, 0.44),
    "might": (0.46, 0.43),
    "not sure": (0.45, 0.41),
}


def mic_error(mic: Mapping[str, float], items: Sequence[Item], average: Average) -> float:
    """Mean |MIC(m) − conf(s)| over the items whose marker has a MIC; from 0 to 1, lower is better.

    ``sentence``: all items alike. ``question``: the mean of every question's mean (the authors judge one answer a question).
    ``marker``: the mean of every marker's mean. ``marker_mean``: |MIC(m) − mean conf(s) of m|, mean over markers.
    Raises NotDefined where no item has a MIC.

    >>> mic_error({"may": 0.5}, [Item("may", "art", 0.7, "1"), Item("may", "art", 0.3, "1")], "marker_mean")
    0.0
    """
    covered = [item for item in items if item.marker in mic]
    if not covered:
        raise NotDefined("no held-out item has a marker that was seen often enough")
    if average == "sentence":
        return float(np.mean([abs(mic[item.marker] - item.target) for item in covered]))
    groups: dict[str, list[Item]] = {}
    for item in covered:
        groups.setdefault(item.question if average == "question" else item.marker, []).append(item)
    if average == "marker_mean":
        errors = [abs(mic[m] - float(np.mean([item.target for item in some]))) for m, some in groups.items()]
    else:
        errors = [
            float(np.mean([abs(mic[item.marker] - item.target) for item in some])) for some in groups.values()
        ]
    return round(float(np.mean(errors)), 12)


def mic_stability_published(
    train: Iterable[Item],
    held_out: Iterable[Item],
    *,
    accuracy: Mapping[str, float],
    cmfg: Mapping[str, float],
    hedged_only: bool = False,
    min_count: int = MIN_COUNT,
) -> dict[str, Estimate]:
    """The errors in all four averages, both CVs, MRC, MAC and MCC (Pearson), each missing with a reason if need be.

    MRC, MAC, MCC and C-AvgCV use the markers that every data set shares. ``hedged_only`` leaves ``<no_hedge>`` out.
    """
    kept = [
        [item for item in items if not (hedged_only and item.marker == NO_HEDGE)]
        for items in (train, held_out)
    ]
    table = marker_table(kept[0], min_count)
    tests: dict[str, list[Item]] = {}
    for item in kept[1]:
        tests.setdefault(item.domain, []).append(item)
    shared = sorted(set.intersection(*(set(markers) for markers in table.values()))) if table else []
    pairs = {"I": [(name, name) for name in table], "C": list(permutations(table, 2))}
    figures: dict[str, Callable[[], float]] = {
        f"{kind}-AvgMAE {title}": lambda kind=kind, average=average: _mean_error(
            table, tests, pairs[kind], average
        )  # type: ignore[misc]
        for kind in pairs
        for average, title in AVERAGES.items()
    }
    figures |= {
        "I-AvgCV": lambda: _variation([list(markers.values()) for markers in table.values()]),
        "C-AvgCV": lambda: _variation([[markers[marker] for markers in table.values()] for marker in shared]),
        "MRC": lambda: _ranking(table, shared),
        "MAC": lambda: _against(table, shared, accuracy),
        "MCC": lambda: _against(table, shared, cmfg),
    }
    return {name: estimate_of(figure) for name, figure in figures.items()}


def _mean_error(
    table: Table, tests: Mapping[str, Sequence[Item]], pairs: Sequence[tuple[str, str]], average: Average
) -> float:
    errors = []
    for trained, tested in pairs:
        try:
            errors.append(mic_error(table[trained], tests.get(tested, ()), average))
        except NotDefined:
            continue
    if not errors:
        raise NotDefined("no held-out item has a marker that was seen often enough")
    return float(np.mean(errors))


def _variation(rows: Sequence[Sequence[float]]) -> float:
    """Mean of std(ddof 1)/mean over the rows with two values and a mean above 0."""
    spreads = [float(np.std(row, ddof=1) / np.mean(row)) for row in rows if len(row) > 1 and np.mean(row) > 0]
    if not spreads:
        raise NotDefined("no marker and no data set has two values")
    return float(np.mean(spreads))


def _ranking(table: Table, shared: Sequence[str]) -> float:
    rows = [[markers[marker] for marker in shared] for markers in table.values()]
    return _fisher(
        spearman(first, second) for first, second in combinations(rows, 2) if _differs(first, second)
    )


def _against(table: Table, shared: Sequence[str], figures: Mapping[str, float]) -> float:
    if len(table) < 2 or set(table) - set(figures):
        raise NotDefined("it needs two data sets or more, and the figure of each")
    theirs = [figures[name] for name in table]
    rows = [[markers[marker] for markers in table.values()] for marker in shared]
    return _fisher(float(np.corrcoef(row, theirs)[0, 1]) for row in rows if _differs(row, theirs))


def _differs(*rows: Sequence[float]) -> bool:
    return all(len(set(row)) > 1 for row in rows)


def _fisher(correlations: Iterable[float]) -> float:
    values = list(correlations)
    if not values:
        raise NotDefined("no marker is shared by all data sets, or nothing differs between them")
    return fisher_mean(values)
