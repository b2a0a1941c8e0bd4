"""Splits labelled answers of runs at random: some calibrate, the rest test the calibration."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from chains.errors import CredenceError
from chains.progress import SLOW, tracked
from estimators import ESTIMATORS
from estimators.calibration.calibrators import CannotCalibrate
from estimators.calibration.record import KindCalibration
from evaluation.calibration.fit import fit_part
from evaluation.metrics import auroc
from evaluation.metrics.validation import NotDefined
from evaluation.reproductions.run_files import Source
from evaluation.runs.labelled_answers import LabelledAnswer, labelled_answers

Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Pool:
    """Answers to questions with options, of one or several runs."""

    answers: tuple[LabelledAnswer, ...]

    @property
    def correct(self) -> NDArray[np.float64]:
        """Whether each is right, shape (n,)."""
        return np.array([answer.correct for answer in self.answers], np.float64)

    def values(self, signal: str) -> NDArray[np.float64]:
        """A signal's confidences, NaN if missing, shape (n,)."""
        readings = [answer.readings.get(signal) for answer in self.answers]
        return np.array([np.nan if value is None else value for value in readings], np.float64)

    def at(self, places: Places) -> tuple[LabelledAnswer, ...]:
        """The answers at these places."""
        return tuple(self.answers[int(k)] for k in places)


def pooled(sources: Sequence[Source]) -> Pool:
    """The answers of all runs; raises CredenceError if they are of several models, or were asked differently."""
    models = sorted({source.run.model for source in sources})
    if len(models) > 1:
        raise CredenceError(
            f"The runs are of several models: {', '.join(models)}. Give the runs of one model."
        )
    names = tuple(estimator.name for estimator in ESTIMATORS)
    records = [
        replace(record, id=f"{source.run.name}/{record.id}")
        for source in sources
        for record in source.run.records
    ]
    labelled = labelled_answers(sources[0].run.path, records, signals=names)
    answers = labelled.of("choice")
    if not answers:
        raise CredenceError("The runs contain no graded answer to a question with options.")
    return Pool(answers)


@dataclass(frozen=True, slots=True)
class Split:
    """One choice of calibrating answers, and the results on the rest."""

    part: KindCalibration
    calibrating: Places
    rest: Places
    correct: NDArray[np.float64]  # of the rest
    shown: NDArray[np.float64]  # calibrated confidence of the rest
    raw: NDArray[np.float64]  # the raw signal that would decide, 0.5 if it is missing
    signals: Mapping[str, NDArray[np.float64]]  # of the rest, the median if missing
    turned: frozenset[str]  # inverted signals, which fall with correctness on the calibrating answers
    best: str  # the single signal with the highest AUROC on the calibrating answers


def split(pool: Pool, calibrating: Places, rest: Places, seed: int) -> Split:
    """Calibrate on some answers (fitting and testing halves within them), apply to the rest.

    Raises CredenceError if there are too few.
    """
    try:
        part = fit_part("choice", pool.at(calibrating), seed, draws=0)
    except CannotCalibrate as error:
        raise CredenceError(f"{len(calibrating)} answers cannot calibrate: {error}.") from None
    shown = part.shown_of(part.combined.score([answer.readings for answer in pool.at(rest)]))
    signals: dict[str, NDArray[np.float64]] = {}
    ranks: dict[str, float] = {}
    inverted: set[str] = set()
    for signal in part.signals:
        if signal.calibrator is None:
            continue
        values = pool.values(signal.name)
        area = _auroc(values[calibrating], pool.correct[calibrating])
        if area < 0.5:
            inverted.add(signal.name)
            values, area = -values, 1 - area
        middle = float(np.nanmedian(values[calibrating]))
        signals[signal.name] = np.where(np.isnan(values), middle, values)[rest]
        ranks[signal.name] = area
    best = max(ranks, key=lambda name: ranks[name])
    raw = np.nan_to_num(pool.values(part.deciding)[rest], nan=0.5)
    return Split(part, calibrating, rest, pool.correct[rest], shown, raw, signals, frozenset(inverted), best)


def splits(pool: Pool, n: int, count: int) -> list[Split]:
    """``count`` seeded splits with n calibrating answers each; the rest is for testing."""
    if len(pool.answers) < n + 20:
        raise CredenceError(
            f"{len(pool.answers)} answers are too few to calibrate on {n} and test on others."
        )
    all_splits = []
    for seed in tracked(range(count), "calibrating on splits", "splits", after=SLOW):
        order = np.random.default_rng(seed).permutation(len(pool.answers))
        all_splits.append(split(pool, np.sort(order[:n]), np.sort(order[n:]), seed))
    return all_splits


def _auroc(values: NDArray[np.float64], correct: NDArray[np.float64]) -> float:
    there = ~np.isnan(values)
    try:
        return auroc(values[there], correct[there])
    except NotDefined:
        return 0.5
