"""Whether the combined score is at least as good as the best single signal chosen on the same labelled answers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chains.progress import SLOW, tracked
from estimators.calibration.calibrators import RISING, CannotCalibrate, choose_calibrator
from estimators.calibration.combined import confidence_rows
from estimators.calibration.fit import Halves, fit_halves
from estimators.calibration.record import KINDS, Kind, shown_confidence
from evaluation.calibration.fit import common_readings
from evaluation.metrics import auroc, ece
from evaluation.metrics.bootstrap import resamples
from evaluation.metrics.calibration.log_loss import log_loss
from evaluation.metrics.validation import NotDefined
from evaluation.reports.tables import ABSENT, number
from evaluation.reproductions.run_files import Source
from evaluation.reproductions.split_half import Pool, pooled

LABELS = (50, 100, 250, 500)
SPLITS = 20
FEWEST_LEFT = 20  # answers to test on
PRESENT = 0.5  # share of the labelled answers that a single signal needs
Floats = NDArray[np.float64]
Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Rival:
    """The answers of one split that were not used to calibrate, under the combined score and under single signals."""

    rest: Places
    correct: Floats
    shown: Floats  # the combined score, calibrated
    best: str  # the single signal with the highest AUROC on all labelled answers
    single: Floats  # its calibrated confidence
    raw: Mapping[str, Floats]  # every signal, the median of the labelled answers where it is missing
    used: tuple[str, ...]  # signals of the combined score


def rival(pool: Pool, calibrating: Places, rest: Places, seed: int) -> Rival:
    """Calibrate on some answers, and the best single signal on the same; raises CannotCalibrate if there are too few."""
    readings = common_readings(pool.at(calibrating))
    y = pool.correct
    halves = fit_halves(readings, y[calibrating], seed=seed)
    held = [answer.readings for answer in pool.at(rest)]
    shown = shown_confidence(halves.shown, halves.combined.score(held))
    raw, labelled, areas = {}, {}, {}
    for name in readings[0]:
        values = confidence_rows(readings, [name])[:, 0]
        there = ~np.isnan(values)
        if there.mean() < PRESENT:
            continue
        middle = float(np.median(values[there]))
        others = confidence_rows(held, [name])[:, 0]
        raw[name] = np.where(np.isnan(others), middle, others)
        labelled[name] = np.where(there, values, middle)
        areas[name] = _auroc(values[there], y[calibrating][there])
    best = max(areas, key=lambda name: areas[name])
    single = _calibrated(labelled[best], y[calibrating], halves, raw[best], seed)
    return Rival(rest, y[rest], shown, best, single, raw, halves.combined.names)


def _calibrated(labelled: Floats, correct: Floats, halves: Halves, rest: Floats, seed: int) -> Floats:
    """A single signal after the calibration step that the combined score gets, on the same half."""
    c, y = labelled[halves.testing], correct[halves.testing]
    chosen = choose_calibrator(c, y, seed=seed, candidates=RISING).calibrator
    return np.full(rest.size, y.mean()) if chosen.backwards else chosen.predict(rest)


def _auroc(values: Floats, correct: Floats) -> float:
    try:
        return auroc(values, correct)
    except NotDefined:
        return 0.5


def rivals(pool: Pool, n: int, count: int) -> list[Rival]:
    """``count`` seeded splits with n labelled answers each; a split that cannot be calibrated is left out."""
    made = []
    for seed in range(count):
        order = np.random.default_rng(seed).permutation(len(pool.answers))
        try:
            made.append(rival(pool, np.sort(order[:n]), np.sort(order[n:]), seed))
        except CannotCalibrate:
            continue
    return made


@dataclass(frozen=True, slots=True)
class Figures:
    """The means over the splits."""

    combined: Floats  # AUROC, log loss, ECE
    single: Floats

    @property
    def difference(self) -> Floats:
        """Combined − single."""
        return self.combined - self.single


def figures(made: Sequence[Rival], times: NDArray[np.intp] | None = None) -> Figures:
    """Means over the splits; ``times``: how often each answer of the pool counts."""
    sides: list[tuple[list[float], list[float]]] = []
    for split in made:
        at = (
            np.arange(split.rest.size)
            if times is None
            else np.repeat(np.arange(split.rest.size), times[split.rest])
        )
        sides.append(
            (_measured(split.shown[at], split.correct[at]), _measured(split.single[at], split.correct[at]))
        )
    means = np.array(sides).mean(axis=0)
    return Figures(means[0], means[1])


def _measured(p: Floats, y: Floats) -> list[float]:
    return [auroc(p, y), log_loss(p, y), ece(p, y)]


def in_hindsight(made: Sequence[Rival]) -> tuple[str, float]:
    """The single signal with the highest mean AUROC on the held-out answers, and that mean."""
    names = [name for name in made[0].raw if all(name in split.raw for split in made)]
    areas = {
        name: float(np.mean([auroc(split.raw[name], split.correct) for split in made])) for name in names
    }
    best = max(areas, key=lambda name: areas[name])
    return best, areas[best]


def intervals(pool: Pool, made: Sequence[Rival], draws: int) -> Floats | None:
    """The 95 % percentile intervals of the differences, shape (3, 2); None without resamples.

    Questions are resampled, the same in all splits, with the fits fixed.
    """
    differences = []
    for chosen in resamples(len(pool.answers), draws) if draws else ():
        try:
            differences.append(figures(made, np.bincount(chosen, minlength=len(pool.answers))).difference)
        except NotDefined:
            continue
    return np.percentile(np.array(differences), [2.5, 97.5], axis=0).T if differences else None


def combination_rows(
    sources: Sequence[Source], labels: Sequence[int], splits: int, draws: int
) -> list[list[str]]:
    """A row for every model, data set, kind of question and number of labelled answers."""
    rows = [["model", "data set", "kind", "labelled", "held out", "AUROC, combined", "best single", "difference",
             "best in hindsight", "log loss, combined", "best single", "difference", "ECE, combined", "best single",
             "difference", "several signals"]]  # fmt: skip
    cells = [(*cell, n) for cell in _pools(sources) for n in labels]
    for source, kind, pool, n in tracked(cells, "calibrating", "cells", after=SLOW):
        start = [source.run.model, source.data_or_file, _TITLES[kind], str(n)]
        left = len(pool.answers) - n
        made = rivals(pool, n, splits) if left >= FEWEST_LEFT else []
        if not made:
            why = (
                f"too few: {len(pool.answers)} answers"
                if left < FEWEST_LEFT
                else "no split can be calibrated"
            )
            rows.append([*start, why, *[ABSENT] * 11])
            continue
        means, between = figures(made), intervals(pool, made, draws)
        name, area = in_hindsight(made)
        row = [*start, str(left)]
        for k in range(3):
            row += [
                number(means.combined[k]),
                number(means.single[k]),
                _difference(means.difference[k], between, k),
            ]
            row += [f"{number(area)} ({name})"] if k == 0 else []
        rows.append([*row, f"{sum(len(split.used) > 1 for split in made)} of {len(made)}"])
    return rows


_TITLES: Mapping[str, str] = {"choice": "with options", "free": "without"}


def _difference(value: float, between: Floats | None, k: int) -> str:
    shown = number(float(value))
    return (
        shown
        if between is None
        else f"{shown} [{number(float(between[k, 0]))}, {number(float(between[k, 1]))}]"
    )


def _pools(sources: Sequence[Source]) -> Iterator[tuple[Source, Kind, Pool]]:
    for source in sources:
        for kind in KINDS:
            if (pool := pooled([source], kind, empty=True)).answers:
                yield source, kind, pool
