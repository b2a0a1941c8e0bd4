"""Measures by condition, and their differences, with intervals over participants."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.metrics import (
    Estimate,
    Interval,
    NotDefined,
    estimate_of,
    interval_without_spread,
    percentile_interval,
)
from evaluation.metrics.bootstrap import DRAWS, FEWEST, SEED, reflected
from study.analysis.measures import MEASURES, Measure
from study.analysis.trials import Trials
from study.tables.trial_row import TrialRow

NO_CONDITION = "–"  # stands for the condition of trials without one


@dataclass(frozen=True, slots=True)
class Condition:
    """The results of one condition, by name of the measure."""

    name: str
    participants: int
    trials: int
    figures: Mapping[str, Estimate]
    differences: Mapping[str, Estimate]  # from the first condition; empty for the first condition


@dataclass(frozen=True, slots=True)
class _Cell:
    """The trials of one condition, and their positions by participant."""

    trials: Trials
    places: Mapping[int, NDArray[np.intp]]  # participant's number → positions


def by_condition(
    rows: Sequence[TrialRow],
    conditions: Sequence[str] = (),
    *,
    measures: Sequence[Measure] = MEASURES,
    draws: int = DRAWS,
    seed: int = SEED,
) -> tuple[Condition, ...]:
    """Every measure of every condition, pooled over its trials, and its difference from the first condition.

    Intervals are 95 % bootstrap intervals over participants: participants are drawn with replacement together with
    all their trials, because the trials of one person are not independent. Participants who saw the same conditions
    form a stratum, so within-subject differences stay paired and between-subject groups keep their size. Intervals
    are percentile intervals, except for a calibration error, which has a basic one; its differences have percentile
    intervals, because the resampling bias cancels (see evaluation.metrics.paired). A share of choices that is 0 or 1
    has the exact interval for as many observations as participants contributed to it, which is conservative. There
    is no interval for any other value that is the same in every resample, or for fewer than ten participants in a
    condition. ``draws`` 0 = no intervals. Reference: Davison & Hinkley (1997),
    sections 3.8 and 5.2.
    """
    names = tuple(conditions) or tuple(dict.fromkeys(row.condition or NO_CONDITION for row in rows))
    numbers = {name: place for place, name in enumerate(dict.fromkeys(row.participant for row in rows))}
    cells = {
        name: _cell([row for row in rows if (row.condition or NO_CONDITION) == name], numbers)
        for name in names
    }
    whole = {name: _figures(cell.trials, measures) for name, cell in cells.items()}
    drawn = _drawn(cells, _strata(rows, numbers), whole, measures, draws, seed)
    results = []
    for name in names:
        cell, first = cells[name], whole[names[0]]
        figures = {
            measure.name: _with_interval(
                measure,
                whole[name][measure.name],
                drawn.get((name, measure.name)),
                draws,
                len(cell.places),
                cell,
            )
            for measure in measures
        }
        differences = {}
        if name != names[0]:
            fewest = min(len(cell.places), len(cells[names[0]].places))
            for measure in measures:
                both = _difference(whole[name][measure.name], first[measure.name])
                paired = _paired(drawn.get((name, measure.name)), drawn.get((names[0], measure.name)))
                differences[measure.name] = _with_interval(measure, both, paired, draws, fewest)
        results.append(Condition(name, len(cell.places), len(cell.trials), figures, differences))
    return tuple(results)


def _cell(rows: Sequence[TrialRow], numbers: Mapping[str, int]) -> _Cell:
    places: dict[int, list[int]] = {}
    for place, row in enumerate(rows):
        places.setdefault(numbers[row.participant], []).append(place)
    return _Cell(Trials.of(rows), {who: np.array(there) for who, there in places.items()})


def _strata(rows: Sequence[TrialRow], numbers: Mapping[str, int]) -> list[NDArray[np.intp]]:
    """Participants grouped by the set of conditions they saw."""
    saw: dict[str, set[str]] = {}
    for row in rows:
        saw.setdefault(row.participant, set()).add(row.condition or NO_CONDITION)
    groups: dict[frozenset[str], list[int]] = {}
    for who, conditions in saw.items():
        groups.setdefault(frozenset(conditions), []).append(numbers[who])
    return [np.array(group) for group in groups.values()]


def draws_of(strata: Sequence[NDArray[np.intp]], draws: int, seed: int) -> Iterator[NDArray[np.intp]]:
    """Participants drawn with replacement within each stratum; reproducible by seed.

    >>> [sorted(drawn) == [7, 7] for drawn in draws_of([np.array([7])] * 2, 1, 0)]
    [True]
    """
    rng = np.random.default_rng(seed)
    for _ in range(draws):
        yield np.concatenate([rng.choice(group, len(group)) for group in strata])


def _figures(trials: Trials, measures: Sequence[Measure]) -> dict[str, Estimate]:
    return {measure.name: estimate_of(lambda measure=measure: measure.of(trials)) for measure in measures}  # type: ignore[misc]


def _drawn(
    cells: Mapping[str, _Cell],
    strata: Sequence[NDArray[np.intp]],
    whole: Mapping[str, Mapping[str, Estimate]],
    measures: Sequence[Measure],
    draws: int,
    seed: int,
) -> dict[tuple[str, str], NDArray[np.float64]]:
    """Every measure of every condition over the draws, shape (draws,); NaN where it is undefined in a draw."""
    draws_by_measure = {
        (name, measure.name): np.full(draws, np.nan)
        for name in cells
        for measure in measures
        if whole[name][measure.name].value is not None
    }
    for place, participants in enumerate(draws_of(strata, draws, seed) if draws_by_measure else ()):
        for name, cell in cells.items():
            chosen = [cell.places[who] for who in participants if who in cell.places]
            if not chosen:
                continue
            trials = cell.trials.only(np.concatenate(chosen))
            for measure in measures:
                if (name, measure.name) in draws_by_measure:
                    value = estimate_of(lambda measure=measure, trials=trials: measure.of(trials)).value  # type: ignore[misc]
                    draws_by_measure[name, measure.name][place] = np.nan if value is None else value
    return draws_by_measure


def _difference(figure: Estimate, first: Estimate) -> Estimate:
    if figure.value is None or first.value is None:
        return Estimate(None, figure.missing or first.missing)
    return Estimate(figure.value - first.value)


def _paired(
    drawn: NDArray[np.float64] | None, first: NDArray[np.float64] | None
) -> NDArray[np.float64] | None:
    return None if drawn is None or first is None else drawn - first


def _with_interval(
    measure: Measure,
    figure: Estimate,
    drawn: NDArray[np.float64] | None,
    draws: int,
    participants: int,
    cell: _Cell | None = None,
) -> Estimate:
    """The value of a cell (or a difference, without one) with its interval, widened to include the value."""
    if figure.value is None or drawn is None or not draws or participants < FEWEST:
        return figure
    if cell is not None and measure.share:
        exact = interval_without_spread(figure.value, _having(cell, measure))
        if exact is not None:
            return Estimate(figure.value, "", exact.low, exact.high)
    basic = measure.basic and cell is not None
    there = drawn[~np.isnan(drawn)]
    try:
        interval = percentile_interval(reflected(there, figure.value) if basic else there, draws)
    except NotDefined:
        return figure
    if basic and measure.low is not None and measure.high is not None:
        interval = Interval(max(measure.low, interval.low), min(measure.high, interval.high))
    return Estimate(figure.value, "", min(interval.low, figure.value), max(interval.high, figure.value))


def _having(cell: _Cell, measure: Measure) -> int:
    """How many participants have a trial that counts for the measure."""
    figures = (estimate_of(lambda own=own: measure.of(cell.trials.only(own))) for own in cell.places.values())  # type: ignore[misc]
    return sum(figure.value is not None for figure in figures)
