"""The rule of the default panel, applied to one half of the answers and measured on the other half."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from estimators import default_signals
from estimators.calibration.calibrators import CannotCalibrate
from estimators.calibration.combined import Combined
from estimators.calibration.fit import require_enough
from estimators.calibration.logistic import Floats, folds, sigmoid
from estimators.calibration.panel import Panel, calls_of, choose_panel
from estimators.calibration.selection import fit_combined, screened
from evaluation.calibration.fit import common_readings
from evaluation.metrics import BY_NAME, measure, paired_differences
from evaluation.metrics.bootstrap import SEED
from evaluation.reports.tables import ABSENT, cell
from evaluation.reproductions.ownership import change
from evaluation.reproductions.signals.benchmark import Cell
from evaluation.reproductions.split_half import pooled
from evaluation.runs.labelled_answers import Readings
from evaluation.scoring.signal_scores import TITLES

LOSS, AREA = BY_NAME["log_loss"], BY_NAME["auroc"]
SPLIT_NOTE = (
    "The rule saw one random half of the answers that a calibration covers; every figure is from the other half. "
    "“Together” is the score that a calibration would fit to these signals on the first half; “usual” are the signals "
    "that the chat shows without a calibration. Δ: the panel minus the usual signals; a positive Δ of the AUROC and a "
    "negative one of the log loss are in favour of the panel."
)


@dataclass(frozen=True, slots=True)
class Choice:
    """The panel from one half, and the answers of the other."""

    panel: Panel | None
    readings: tuple[Readings, ...]
    correct: Floats
    ours: Floats  # P(correct) of the panel's signals together
    usual: Floats  # of the usual signals together


def chosen(of: Cell, seed: int = SEED) -> Choice:
    """Apply the rule to the first half; raises CannotCalibrate if there are too few answers."""
    pool = pooled([of.source], of.kind, empty=True)
    require_enough(pool.correct)
    half = folds(pool.correct, 2, seed)
    fitted, held = (common_readings(pool.at(np.flatnonzero(half == part))) for part in (0, 1))
    y = pool.correct[half == 0]
    panel = choose_panel(fitted, y, screened(fitted, y), seed)
    usual = set(default_signals(("A",) if of.kind == "choice" else ()))
    ours = usual if panel is None else set(panel.names)
    scores = [sigmoid(_fit(fitted, y, names, seed).score(held)) for names in (ours, usual)]
    return Choice(panel, tuple(held), pool.correct[half == 1], scores[0], scores[1])


def _fit(readings: Sequence[Readings], correct: Floats, names: Collection[str], seed: int) -> Combined:
    only = [{name: value for name, value in reading.items() if name in names} for reading in readings]
    return fit_combined(only, correct, seed)[0]


def panel_rows(of: Cell, draws: int) -> list[list[str]]:
    """A row for every signal of the panel, then all of them together against the usual signals."""
    head = ["row", "calls", "AUROC, other half", "log loss, other half", "why"]
    try:
        choice = chosen(of)
    except CannotCalibrate as error:
        return [head, ["none", ABSENT, ABSENT, ABSENT, str(error)]]
    rows = [head]
    for row in choice.panel.rows if choice.panel else ():
        rows.append(
            [
                TITLES[row.name],
                f"{len(calls_of([row.name]))}",
                _area(choice, row.name, draws),
                ABSENT,
                row.why,
            ]
        )
    if choice.panel is None:
        rows.append(["the usual signals", ABSENT, ABSENT, ABSENT, "fewer than 40 answers to choose on"])
    y = choice.correct
    ours, usual = ((p, y) for p in (choice.ours, choice.usual))
    calls = str(choice.panel.calls) if choice.panel else ABSENT
    usual_calls = len(calls_of(default_signals(("A",) if of.kind == "choice" else ())))
    between = paired_differences(ours, usual, [AREA, LOSS], draws=draws or 0)
    rows.append(["panel, together", calls, *_figures(choice.ours, y, draws), ABSENT])
    rows.append(["usual, together", str(usual_calls), *_figures(choice.usual, y, draws), ABSENT])
    return [*rows, ["Δ", ABSENT, *(change(between[metric.name]) for metric in (AREA, LOSS)), ABSENT]]


def _area(choice: Choice, name: str, draws: int) -> str:
    there = [k for k, reading in enumerate(choice.readings) if reading.get(name) is not None]
    values = np.array([choice.readings[k][name] for k in there], np.float64)
    return (
        cell(measure(values, choice.correct[there], draws=draws, metrics=[AREA])["auroc"])
        if there
        else ABSENT
    )


def _figures(p: Floats, correct: Floats, draws: int) -> list[str]:
    figures = measure(p, correct, draws=draws, metrics=[AREA, LOSS])
    return [cell(figures[metric.name]) for metric in (AREA, LOSS)]
