"""Every signal of a run: how well it ranks and predicts correct answers, and what it costs beyond the answer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from chains.progress import SLOW, tracked
from estimators.calibration.calibrators import FOLDS, CannotCalibrate, choose_calibrator
from estimators.calibration.logistic import random_folds
from estimators.calibration.record import KINDS, Kind, kind_of
from evaluation.metrics import BY_NAME, Difference, Estimate, Metric, auprc, measure, paired_differences
from evaluation.metrics.bootstrap import SEED
from evaluation.metrics.validation import Array, Floats, NotDefined
from evaluation.reproductions.run_files import Source
from evaluation.runs.record import Record
from evaluation.scoring.costs import SignalCost, signal_cost
from evaluation.scoring.signal_scores import TITLES, with_signal


def error_auprc(confidence: Array, correct: Array) -> float:
    """Average precision of 1 − confidence as a predictor of errors; chance = the error rate, 1 is best.

    >>> error_auprc([0.9, 0.6, 0.2], [1, 1, 0])  # the only error has the lowest confidence
    1.0
    """
    return auprc(1 - np.asarray(confidence, np.float64), 1 - np.asarray(correct, np.float64))


RANKING: tuple[Metric, ...] = (
    BY_NAME["auroc"],
    Metric("error_auprc", "AUPRC, errors positive", error_auprc, "higher"),
    BY_NAME["aurc"],
)
CALIBRATION = BY_NAME["ece"]


@dataclass(frozen=True, slots=True)
class Cell:
    """The graded answers of one run to one kind of question."""

    source: Source
    kind: Kind
    records: tuple[Record, ...]

    @property
    def title(self) -> str:
        """Model, data set and kind."""
        kind = "with options" if self.kind == "choice" else "without options"
        return f"{self.source.run.model}, {self.source.data_or_file}, {kind}"

    @property
    def reference(self) -> str:
        """The signal that the others are compared with."""
        return "msp" if self.kind == "choice" else "sequence_probability"

    @property
    def signals(self) -> tuple[str, ...]:
        """The names of its signals, whether or not an answer has them."""
        return tuple(
            dict.fromkeys(name for record in self.records for name in record.by_name if name in TITLES)
        )


@dataclass(frozen=True, slots=True)
class Measured:
    """One signal of a cell."""

    name: str
    n: int  # graded answers that have it
    missing: int  # graded answers that do not
    figures: dict[str, Estimate]  # auroc, error_auprc, aurc, ece
    difference: (
        Difference | None
    )  # of the AUROC, minus that of the reference on the same answers; None for itself
    cost: SignalCost

    @property
    def title(self) -> str:
        """Its name for people."""
        return TITLES[self.name]


def cells(sources: Sequence[Source]) -> Iterator[Cell]:
    """The cells with at least one graded answer."""
    for source in sources:
        for kind in KINDS:
            records = tuple(
                record
                for record in source.run.graded
                if record.assessment and kind_of(record.assessment.evidence.options) == kind
            )
            if records:
                yield Cell(source, kind, records)


def benchmark(cell: Cell, draws: int, seed: int = SEED) -> list[Measured]:
    """Every signal of a cell, those that cost least first."""
    signals = [
        measured(cell, name, draws, seed)
        for name in tracked(cell.signals, f"measuring {cell.title}", "signals", after=SLOW)
    ]
    return sorted(signals, key=lambda signal: (signal.cost.calls, -_area(signal)))


def _area(signal: Measured) -> float:
    area = signal.figures.get("auroc")
    return area.value if area is not None and area.value is not None else 0.0


def measured(cell: Cell, name: str, draws: int, seed: int = SEED) -> Measured:
    """One signal: ranking on its raw confidence, ECE on the cross-fitted one, with 95 % bootstrap intervals."""
    having = with_signal(cell.records, name)
    c = np.array([confidence for _, confidence in having])
    y = np.array([float(bool(record.correct)) for record, _ in having])
    figures = measure(c, y, draws=draws, seed=seed, metrics=RANKING) if c.size else {}
    return Measured(
        name, c.size, len(cell.records) - c.size, {**figures, CALIBRATION.name: _cross_fitted_ece(c, y, draws, seed)},
        None if name == cell.reference else _difference(cell, name, draws, seed), signal_cost(cell.records, name),
    )  # fmt: skip


def _cross_fitted_ece(c: Floats, y: Floats, draws: int, seed: int) -> Estimate:
    if not c.size:
        return Estimate(None, "no answer has it")
    try:
        shown = cross_fitted(c, y, seed)
    except (CannotCalibrate, NotDefined) as error:
        return Estimate(None, str(error))
    return measure(shown, y, draws=draws, seed=seed, metrics=[CALIBRATION])[CALIBRATION.name]


def cross_fitted(confidence: Floats, correct: Floats, seed: int) -> Floats:
    """Each answer's calibrated confidence from a calibrator that was chosen and fitted without its fold, shape (n,).

    Five random folds; the calibrator (Platt, temperature or isotonic) is chosen by log loss within the other four.
    Raises CannotCalibrate if these are too few.
    """
    place = random_folds(correct, FOLDS, seed)
    shown = np.empty_like(confidence)
    for fold in range(FOLDS):
        rest, held = place != fold, place == fold
        if held.any():
            chosen = choose_calibrator(confidence[rest], correct[rest], seed=seed).calibrator
            shown[held] = chosen.predict(confidence[held])
    return shown


def _difference(cell: Cell, name: str, draws: int, seed: int) -> Difference | None:
    both = [
        (theirs, reference, float(bool(record.correct)))
        for record, theirs in with_signal(cell.records, name)
        if cell.reference in record.by_name
        and (reference := record.by_name[cell.reference].confidence) is not None
    ]
    if not both:
        return None
    theirs, reference, y = np.array(both).T
    metrics = [BY_NAME["auroc"]]
    return paired_differences((theirs, y), (reference, y), metrics, draws=draws, seed=seed)["auroc"]
