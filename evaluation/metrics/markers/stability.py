"""How stable the meaning of a model's markers is within and across data sets: the seven published metrics.

MIC(m, d) is the mean target of the training items of data set d with marker m. With conf(s) as target it is the
marker internal confidence of Liu & Cohan 2026 (arXiv 2605.28778), with correctness the marker confidence of
Liu et al. 2025 (arXiv 2505.24778); the two papers name the metrics differently and compute the errors differently.
"""

import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations, permutations
from typing import Literal

import numpy as np

from evaluation.metrics.calibration.calibration_error import ece
from evaluation.metrics.correlation import spearman
from evaluation.metrics.estimate import Estimate, estimate_of
from evaluation.metrics.markers import stability_published as published
from evaluation.metrics.markers.confidence import MIN_COUNT, Item
from evaluation.metrics.validation import Array, Floats, NotDefined

Form = Literal["mic", "accuracy", "accuracy_published"]
FORMS: tuple[Form, ...] = ("mic", "accuracy", "accuracy_published")
Table = Mapping[str, Mapping[str, float]]  # data set → marker → mean target
MIN_DATA_SETS = 5  # for a correlation over data sets
MIN_SHARED = 3  # markers, for a correlation of rankings
_CLIP = 0.9999  # atanh(1) is infinite


def marker_stability(
    train: Iterable[Item],
    held_out: Iterable[Item],
    form: Form = "mic",
    *,
    accuracy: Mapping[str, float] | None = None,
    cmfg: Mapping[str, float] | None = None,
    numeric: Mapping[str, tuple[Array, Array]] | None = None,
    min_count: int = MIN_COUNT,
    correlation: Literal["pearson", "spearman"] = "pearson",
) -> dict[str, Estimate]:
    """The seven metrics of one form, by their published names, missing with a reason if there is too little data.

    ``mic``: I-AvgMAE and C-AvgMAE (mean |MIC(m, d) − target| over held-out items of the same, of another data
    set; lower is better), I-AvgCV (std/mean of MIC(·, d) over markers, mean over d; higher separates better),
    C-AvgCV (std/mean of MIC(m, ·) over data sets, mean over shared markers; lower is more stable), MRC (Spearman
    of the rankings of each pair of data sets), MAC and MCC (correlation of MIC(m, ·) with the data sets'
    accuracies, with their cMFG). Correlations are averaged through Fisher's z.
    ``accuracy``: I-AvgECE and C-AvgECE instead (Σ_m n_m/n · |MIC(m, d) − mean target of m among the held-out|,
    every marker a bin), and NumECE (mean over data sets of the ten-bin ECE of the stated numbers) in place of MCC.
    ``accuracy_published``: the same seven as the authors' released code computes them: errors in ten equal-width
    bins over the markers' accuracies, plain means of ρ and r, C-AvgCV over markers in two data sets or more, MRC with
    two common markers or more, MAC with two data sets or more.

    Parameters
    ----------
    train, held_out : items with their canonical marker, data set (``domain``) and target in [0, 1]
    accuracy, cmfg : of the model, by data set
    numeric : stated confidences and outcomes, by data set
    min_count : a marker with fewer training items in a data set does not count there

    Standard deviations have ddof 1. ``shared`` markers pass the filter in every data set. Needed are 2 markers
    for a CV, 3 shared ones for a ranking, 5 data sets for a correlation with accuracy or cMFG.
    """
    table, tests = marker_table(train, min_count), _by_data_set(held_out)
    if form == "accuracy_published":
        return {
            "I-AvgECE": estimate_of(lambda: published.within_error(table, tests)),
            "C-AvgECE": estimate_of(lambda: published.across_error(table, tests)),
            "NumECE": estimate_of(lambda: _number_error(numeric or {})),
            "I-AvgCV": estimate_of(lambda: published.within_spread(table)),
            "C-AvgCV": estimate_of(lambda: published.across_spread(table)),
            "MRC": estimate_of(lambda: published.rank_correlation(table)),
            "MAC": estimate_of(lambda: published.accuracy_correlation(table, accuracy or {})),
        }
    same = [(d, d) for d in table]
    across = list(permutations(table, 2))
    of_items, of_markers = "AvgMAE", "AvgECE"
    error, name = (_item_error, of_items) if form == "mic" else (_marker_error, of_markers)
    shared = sorted(set.intersection(*(set(markers) for markers in table.values()))) if table else []

    def against(figures: Mapping[str, float] | None, what: str) -> Callable[[], float]:
        return lambda: _with_data_sets(table, shared, figures or {}, what, correlation)

    metrics = {
        f"I-{name}": estimate_of(lambda: _mean_error(table, tests, same, error)),
        f"C-{name}": estimate_of(lambda: _mean_error(table, tests, across, error)),
        "NumECE": estimate_of(lambda: _number_error(numeric or {})),
        "I-AvgCV": estimate_of(lambda: _within(table)),
        "C-AvgCV": estimate_of(lambda: _across(table, shared)),
        "MRC": estimate_of(lambda: _rank_correlation(table)),
        "MAC": estimate_of(against(accuracy, "accuracies")),
        "MCC": estimate_of(against(cmfg, "cMFG figures")),
    }
    del metrics["NumECE" if form == "mic" else "MCC"]
    return metrics


def marker_table(items: Iterable[Item], min_count: int = MIN_COUNT) -> dict[str, dict[str, float]]:
    """MIC(m, d) of every marker with at least ``min_count`` items in the data set.

    >>> marker_table([Item("likely", "art", 1.0), Item("likely", "art", 0.5)], min_count=2)
    {'art': {'likely': 0.75}}
    """
    # Rounded, or means of equal targets would differ in the last bit and then correlate.
    return {
        name: {m: round(float(np.mean(t)), 12) for m, t in _targets(some).items() if len(t) >= min_count}
        for name, some in _by_data_set(items).items()
    }


def split_items(items: Iterable[Item], share: float = 0.5, seed: int = 0) -> tuple[list[Item], list[Item]]:
    """Training and held-out items; all items of a question fall to the same side, by a checksum of its id and the seed.

    Raises ValueError for an item without a question.
    """
    train: list[Item] = []
    held_out: list[Item] = []
    for item in items:
        if not item.question:
            raise ValueError(f"{item.marker}: an item without its question cannot be split")
        place = zlib.crc32(f"{seed} {item.domain} {item.question}".encode()) / 2**32
        (train if place < share else held_out).append(item)
    return train, held_out


def fisher_mean(correlations: Sequence[float]) -> float:
    """Mean of correlations through Fisher's z: tanh(mean(atanh(clip(r, ±0.9999)))).

    >>> round(fisher_mean([0.0, 0.8]), 3)  # tanh(1.0986 / 2)
    0.5
    """
    if not correlations:
        raise NotDefined("there are no correlations to average")
    return float(np.tanh(np.mean(np.arctanh(np.clip(correlations, -_CLIP, _CLIP)))))


def _by_data_set(items: Iterable[Item]) -> dict[str, list[Item]]:
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(item.domain, []).append(item)
    return dict(sorted(groups.items()))


def _targets(items: Iterable[Item]) -> dict[str, list[float]]:
    targets: dict[str, list[float]] = {}
    for item in items:
        targets.setdefault(item.marker, []).append(item.target)
    return targets


def _item_error(mic: Mapping[str, float], items: Sequence[Item]) -> float:
    return float(np.mean([abs(mic[item.marker] - item.target) for item in items]))


def _marker_error(mic: Mapping[str, float], items: Sequence[Item]) -> float:
    gaps = [len(target) * abs(mic[marker] - np.mean(target)) for marker, target in _targets(items).items()]
    return float(np.sum(gaps) / len(items))


def _mean_error(
    table: Table, tests: Mapping[str, Sequence[Item]], pairs: Sequence[tuple[str, str]],
    error: Callable[[Mapping[str, float], Sequence[Item]], float],
) -> float:  # fmt: skip
    errors = []
    for trained, tested in pairs:
        covered = [item for item in tests.get(tested, ()) if item.marker in table[trained]]
        if covered:
            errors.append(error(table[trained], covered))
    if not errors:
        raise NotDefined("no held-out item has a marker that was seen often enough")
    return float(np.mean(errors))


def _number_error(numeric: Mapping[str, tuple[Array, Array]]) -> float:
    if not numeric:
        raise NotDefined("no stated numbers were given")
    return float(np.mean([ece(confidence, correct) for confidence, correct in numeric.values()]))


def _cv(values: Floats) -> float:
    return float(values.std(ddof=1) / values.mean())


def _within(table: Table) -> float:
    rows = [np.array(list(mic.values())) for mic in table.values() if len(mic) >= 2]
    variations = [_cv(row) for row in rows if row.mean() > 0]
    if not variations:
        raise NotDefined("no data set has 2 markers that were seen often enough")
    return float(np.mean(variations))


def _across(table: Table, shared: Sequence[str]) -> float:
    if len(table) < 2 or len(shared) < 2:
        raise NotDefined(
            f"it needs 2 or more data sets that all share 2 or more markers (data sets: {len(table)}, "
            f"shared markers: {len(shared)})"
        )
    rows = [np.array([mic[marker] for mic in table.values()]) for marker in shared]
    variations = [_cv(row) for row in rows if row.mean() > 0]
    if not variations:
        raise NotDefined("every shared marker has a mean of 0")
    return float(np.mean(variations))


def _rank_correlation(table: Table) -> float:
    correlations = []
    for first, second in combinations(table.values(), 2):
        common = sorted(set(first) & set(second))
        if len(common) < MIN_SHARED:
            continue
        try:
            correlations.append(spearman([first[m] for m in common], [second[m] for m in common]))
        except NotDefined:
            continue  # all markers of a data set mean the same: there is no ranking
    if not correlations:
        raise NotDefined(
            f"no two data sets share {MIN_SHARED} markers that were seen often enough and differ"
        )
    return fisher_mean(correlations)


def _with_data_sets(
    table: Table, shared: Sequence[str], figures: Mapping[str, float], what: str, kind: str
) -> float:
    names = [name for name in table if name in figures]
    if len(names) < MIN_DATA_SETS:
        raise NotDefined(f"it needs the {what} of {MIN_DATA_SETS} data sets, but there are {len(names)}")
    if len(names) < len(table):
        lacking = ", ".join(sorted(set(table) - set(names)))
        raise NotDefined(
            f"it needs the {what} of all {len(table)} data sets, but those of {lacking} are not given"
        )
    theirs = np.array([figures[name] for name in names])
    correlations = []
    for marker in shared:
        ours = np.array([table[name][marker] for name in names])
        if ours.std() > 0 and theirs.std() > 0:
            correlations.append(
                spearman(ours, theirs) if kind == "spearman" else float(np.corrcoef(ours, theirs)[0, 1])
            )
    if not correlations:
        raise NotDefined("no marker is shared by all data sets, or nothing differs between them")
    return fisher_mean(correlations)
