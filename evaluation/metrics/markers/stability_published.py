"""Marker stability on accuracy as the authors' released code computes it, and their published rows for comparison.

Liu et al. 2025 (ACL, arXiv 2505.24778). ``marker_stability`` follows the definitions with a bin for every marker and
Fisher means; the released code differs, so only these figures can be compared with the published ones.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations, permutations

import numpy as np

from evaluation.metrics.calibration.calibration_error import ece
from evaluation.metrics.correlation import spearman
from evaluation.metrics.markers.confidence import Item
from evaluation.metrics.validation import NotDefined

Table = Mapping[str, Mapping[str, float]]  # data set → marker → accuracy among the training items

COLUMNS = ("I-AvgECE", "C-AvgECE", "NumECE", "C-AvgCV", "MAC", "MRC", "I-AvgCV")
# In shares of 1. Qwen2.5-14B is the seventh of the mean; its own row is not at hand.
PUBLISHED: Mapping[str, Mapping[str, float]] = {
    model: dict(zip(COLUMNS, (round(percent / 100, 4) for percent in row), strict=True))
    for model, row in {
        "Llama-3.1-8B": (10.09, 15.95, 22.70, 20.80, 60.91, 11.37, 20.48),
        "Qwen2.5-7B": (7.85, 23.60, 21.84, 31.29, 68.06, 11.85, 22.39),
        "Qwen2.5-32B": (4.78, 10.40, 8.86, 19.24, 78.20, 36.97, 16.26),
        "Mistral-7B": (10.58, 24.81, 24.46, 28.52, 84.57, 10.54, 21.01),
        "GPT-4o": (8.55, 11.84, 7.56, 15.72, 76.44, 27.54, 14.30),
        "GPT-4o-mini": (7.65, 17.15, 12.79, 21.98, 87.68, 16.48, 20.61),
        "mean of all seven": (8.2, 17.7, 16.6, 23.4, 75.7, 21.3, 19.8),
    }.items()
}


def within_error(table: Table, tests: Mapping[str, Sequence[Item]]) -> float:
    """I-AvgECE: mean over data sets of the ECE of held-out items, each with its marker's accuracy as confidence."""
    return _mean_ece(table, tests, [(name, name) for name in table])


def across_error(table: Table, tests: Mapping[str, Sequence[Item]]) -> float:
    """C-AvgECE: the same over ordered pairs, the accuracies of one data set against the items of another."""
    return _mean_ece(table, tests, list(permutations(table, 2)))


def _mean_ece(table: Table, tests: Mapping[str, Sequence[Item]], pairs: Sequence[tuple[str, str]]) -> float:
    errors = []
    for trained, tested in pairs:
        covered = [item for item in tests.get(tested, ()) if item.marker in table[trained]]
        if covered:
            errors.append(
                ece([table[trained][item.marker] for item in covered], [item.target for item in covered])
            )
    if not errors:
        raise NotDefined("no held-out item has a marker that was seen often enough")
    return float(np.mean(errors))


def within_spread(table: Table) -> float:
    """I-AvgCV: mean over data sets with two markers of std(ddof 1)/mean of their accuracies, 0 where the mean is 0."""
    rows = [list(markers.values()) for markers in table.values() if len(markers) >= 2]
    if not rows:
        raise NotDefined("no data set has 2 markers that were seen often enough")
    return float(np.mean([_variation(row) if np.mean(row) else 0.0 for row in rows]))


def across_spread(table: Table) -> float:
    """C-AvgCV: mean of std(ddof 1)/mean over every marker in at least two data sets whose mean is not 0."""
    markers = sorted({marker for row in table.values() for marker in row})
    figures = [[row[marker] for row in table.values() if marker in row] for marker in markers]
    spreads = [_variation(row) for row in figures if len(row) >= 2 and np.mean(row)]
    if not spreads:
        raise NotDefined("no marker was seen often enough in 2 data sets, with a mean above 0")
    return float(np.mean(spreads))


def _variation(values: Sequence[float]) -> float:
    return float(np.std(values, ddof=1) / np.mean(values))


def rank_correlation(table: Table) -> float:
    """MRC: plain mean of Spearman's ρ over pairs of data sets with two common markers or more.

    A pair in which all markers of a data set have the same value has no ρ and is left out.
    """
    correlations = []
    for first, second in combinations(table.values(), 2):
        common = sorted(set(first) & set(second))
        if len(common) >= 2:
            values = [first[marker] for marker in common], [second[marker] for marker in common]
            if all(len(set(row)) > 1 for row in values):
                correlations.append(spearman(*values))
    if not correlations:
        raise NotDefined("no two data sets share 2 markers that were seen often enough and differ")
    return float(np.mean(correlations))


def accuracy_correlation(table: Table, accuracy: Mapping[str, float]) -> float:
    """MAC: plain mean over the markers of all data sets of Pearson's r between their accuracies and the data sets'.

    A marker whose accuracy is the same everywhere has no r and is left out.
    """
    names = [name for name in table if name in accuracy]
    if len(names) < 2 or len(names) < len(table):
        raise NotDefined(f"it needs the accuracies of 2 data sets, but there are {len(names)}")
    overall = [accuracy[name] for name in names]
    shared = sorted(set.intersection(*(set(table[name]) for name in names)))
    rows = [[table[name][marker] for name in names] for marker in shared]
    correlations = [
        float(np.corrcoef(row, overall)[0, 1]) for row in rows if len(set(row)) > 1 and len(set(overall)) > 1
    ]
    if not correlations:
        raise NotDefined("no marker is shared by all data sets, or nothing differs between them")
    return float(np.mean(correlations))
