"""Splits labelled answers of runs at random: some calibrate, the rest test the calibration."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from chains.errors import CredenceError
from chains.progress import SLOW, tracked
from estimators import ESTIMATORS
from estimators.calibration.calibrators import CannotCalibrate
from estimators.calibration.record import Kind, KindCalibration
from evaluation.calibration.fit import fit_part
from evaluation.metrics import auroc
from evaluation.metrics.validation import NotDefined
from evaluation.reproductions.run_files import Source
from evaluation.runs.labelled_answers import LabelledAnswer, labelled_answers
from evaluation.runs.record import Record

Places = NDArray[np.intp]
_LETTER = re.compile(r"\(?[A-Z][.):,]?")


@dataclass(frozen=True, slots=True)
class Pool:
    """Answers to one kind of question, of one or several runs."""

    answers: tuple[LabelledAnswer, ...]
    kind: Kind = "choice"

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


def pooled(sources: Sequence[Source], kind: Kind = "choice", *, empty: bool = False) -> Pool:
    """The answers of all runs to one kind of question.

    Raises CredenceError if they are of several models, or if there are none and ``empty`` is False.
    """
    models = sorted({source.run.model for source in sources})
    if len(models) > 1:
        raise CredenceError(
            f"The runs are of several models: {', '.join(models)}. Give the runs of one model."
        )
    names = tuple(estimator.name for estimator in ESTIMATORS)
    records = [
        replace(_with_whole_letter(record), id=f"{source.run.name}/{record.id}")
        for source in sources
        for record in source.run.records
    ]
    labelled = labelled_answers(sources[0].run.path, records, signals=names)
    answers = labelled.of(kind)
    if not answers and not empty:
        options = "with options" if kind == "choice" else "without options"
        raise CredenceError(f"The runs contain no graded answer to a question {options}.")
    return Pool(answers, kind)


def _with_whole_letter(record: Record) -> Record:
    """The record, its answer counted as complete if only a letter was asked for and nothing but a letter was written.

    `--asking letter_first --max-tokens 2` ends an answer after its letter, which is then cut off and yet complete.
    """
    if record.assessment is None:
        return record
    evidence = record.assessment.evidence
    answer, asking = evidence.answer, evidence.provenance.options.get("asking")
    if answer.finish != "length" or asking != "letter_first" or not _LETTER.fullmatch(answer.text.strip()):
        return record
    whole = replace(evidence, answer=replace(answer, finish="stop"))
    return replace(record, assessment=replace(record.assessment, evidence=whole))


@dataclass(frozen=True, slots=True)
class Split:
    """One choice of calibrating answers, and the results on the rest."""

    part: KindCalibration
    calibrating: Places
    rest: Places
    correct: NDArray[np.float64]  # of the rest
    shown: NDArray[np.float64]  # calibrated confidence of the rest
    raw: NDArray[np.float64]  # the raw signal that would decide, 0.5 if it is missing
    signals: Mapping[str, NDArray[np.float64]]  # of the rest, the median if missing, negated if inverted
    raw_signals: Mapping[str, NDArray[np.float64]]  # the same as they are
    turned: frozenset[str]  # inverted signals, which fall with correctness on the calibrating answers
    best: str  # the single signal with the highest AUROC on the calibrating answers


def split(pool: Pool, calibrating: Places, rest: Places, seed: int) -> Split:
    """Calibrate on some answers (fitting and testing halves within them), apply to the rest.

    Raises CredenceError if there are too few.
    """
    try:
        part = fit_part(pool.kind, pool.at(calibrating), seed, draws=0)
    except CannotCalibrate as error:
        raise CredenceError(f"{len(calibrating)} answers cannot calibrate: {error}.") from None
    shown = part.shown_of(part.combined.score([answer.readings for answer in pool.at(rest)]))
    signals: dict[str, NDArray[np.float64]] = {}
    raw_signals: dict[str, NDArray[np.float64]] = {}
    ranks: dict[str, float] = {}
    inverted: set[str] = set()
    for signal in part.signals:
        if signal.calibrator is None:
            continue
        values = pool.values(signal.name)
        middle = float(np.nanmedian(values[calibrating]))
        raw_signals[signal.name] = np.where(np.isnan(values), middle, values)[rest]
        area = _auroc(values[calibrating], pool.correct[calibrating])
        if area < 0.5:
            inverted.add(signal.name)
            values, area = -values, 1 - area
        middle = float(np.nanmedian(values[calibrating]))
        signals[signal.name] = np.where(np.isnan(values), middle, values)[rest]
        ranks[signal.name] = area
    best = max(ranks, key=lambda name: ranks[name])
    raw = np.nan_to_num(pool.values(part.deciding)[rest], nan=0.5)
    return Split(
        part, calibrating, rest, pool.correct[rest], shown, raw, signals, raw_signals, frozenset(inverted), best
    )  # fmt: skip


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
