"""The benchmark as rows of a table, and as the points of a plot."""

from collections.abc import Sequence

from estimators import ESTIMATORS
from evaluation.reports.area_cost import PlottedRun, Point
from evaluation.reports.tables import ABSENT, cell, number
from evaluation.reproductions.ownership import change
from evaluation.reproductions.signals.benchmark import Cell, Measured
from evaluation.scoring.costs import SignalCost

NOTE = (
    "AUPRC: errors are the positive class, so chance is the error rate. AURC: lower is better. ECE: of the calibrated "
    "confidence, each answer by a calibrator fitted without it (five folds). Cost: means per question beyond the answer; "
    "“read” are the prompt tokens that the prefix cache does not hold; ≈ is estimated from the texts, because the "
    "records do not count it. ΔAUROC: minus MSP (with options) or sequence probability (without), on the same answers. "
    "Brackets: 95 % bootstrap interval over questions."
)
_SIDES = {estimator.name: estimator.side for estimator in ESTIMATORS}


def benchmark_rows(of: Cell, signals: Sequence[Measured]) -> list[list[str]]:
    """A row for every signal."""
    head = [
        "signal",
        "n",
        "missing",
        "AUROC",
        "ΔAUROC",
        "AUPRC",
        "AURC",
        "ECE",
        "calls",
        "read",
        "new",
        "seconds",
    ]
    return [head, *(_row(signal) for signal in signals)]


def _row(signal: Measured) -> list[str]:
    figures = [cell(signal.figures.get(name)) for name in ("auroc", "error_auprc", "aurc", "ece")]
    counts = [f"{signal.n:,}", f"{signal.missing:,}"]
    return [
        f"{signal.title} (`{signal.name}`)", *counts, figures[0], change(signal.difference), *figures[1:],
        *_cost(signal.cost),
    ]  # fmt: skip


def _cost(cost: SignalCost) -> list[str]:
    read = ABSENT if cost.evaluated is None else number(cost.evaluated, 0)
    if not cost.measured and cost.evaluated:
        read = f"≈ {read}"
    new = ABSENT if cost.new_tokens is None else number(cost.new_tokens, 1)
    seconds = "0" if not cost.calls else ABSENT if cost.seconds is None else number(cost.seconds, 2)
    return [number(cost.calls, 1), read, new, seconds]


def plotted_run(of: Cell, signals: Sequence[Measured]) -> PlottedRun:
    """The points of a cell; signals without an AUROC or without a known cost are left out."""
    points = []
    for signal in signals:
        area, tokens = signal.figures.get("auroc"), _tokens(signal.cost)
        if area is not None and area.value is not None and tokens is not None:
            reference = signal.name == of.reference
            side = _SIDES[signal.name]
            points.append(Point(signal.title, side, tokens, area.value, area.low, area.high, reference))
    return PlottedRun(of.title, tuple(points))


def _tokens(cost: SignalCost) -> float | None:
    """Tokens read and generated beyond the answer; None if they are not known."""
    if not cost.calls:
        return 0.0
    return None if cost.evaluated is None or cost.new_tokens is None else cost.evaluated + cost.new_tokens
