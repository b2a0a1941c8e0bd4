"""The saved calibrations with their actions, and two of them side by side."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from chains.calibration.store import Saved
from estimators.calibration.record import TITLES, Calibration, KindCalibration, Metrics
from estimators.percent import percent
from evaluation.calibration.fit import expected_metrics
from ui.calibration.drawings import pairs, reliability
from ui.calibration.results import FIGURES, Drawing, facts, figure_text
from ui.html import render


@dataclass(frozen=True, slots=True)
class SavedRow:
    """One saved calibration with what can be done with it; ``leaving``: its deletion waits to be confirmed."""

    name: str
    tags: tuple[str, ...] = ()
    facts: str = ""
    misfit: str = ""
    acts: tuple[tuple[str, str], ...] = ()
    leaving: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure of one calibration, where it applies with what it is after calibrating."""

    text: str
    after: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A figure of both calibrations."""

    title: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class KindComparison:
    """Both calibrations for one kind of question."""

    title: str
    drawings: tuple[Drawing, ...]
    rows: tuple[Row, ...]


def saved_list(
    saved: Sequence[Saved], in_use: str | None, shown: str | None = None, compared: str | None = None,
    leaving: str | None = None, may_change: bool = True, error: str = "",
) -> str:  # fmt: skip
    """Every saved calibration as HTML; ``leaving`` is the one waiting for its deletion to be confirmed."""
    rows = [
        SavedRow(entry.name, leaving=True)
        if entry.name == leaving
        else _row(entry, in_use, shown, compared, may_change)
        for entry in saved
    ]
    return render("calibration/saved.html", rows=rows, error=error)


def _row(
    entry: Saved, in_use: str | None, shown: str | None, compared: str | None, may_change: bool
) -> SavedRow:
    tags = {
        "in use": entry.name == in_use,
        "comes with Credence": entry.shipped,
        "shown": entry.name == shown,
        "compared": entry.name == compared,
    }
    acts = {
        ("show", "Show"): entry.name != shown or compared is not None,
        ("compare", "Compare"): shown is not None and entry.name not in (shown, compared),
        ("use", "Use"): may_change and not entry.misfit and entry.name != in_use,
        ("leave", "Stop using"): may_change and entry.name == in_use,
        ("delete", "Delete"): may_change and not entry.shipped,
    }
    return SavedRow(
        entry.name,
        tuple(tag for tag, holds in tags.items() if holds),
        facts(entry.calibration),
        entry.misfit,
        tuple(act for act, possible in acts.items() if possible),
    )


def comparison(first: Calibration, second: Calibration) -> str:
    """Two calibrations side by side as HTML: figures, guarantees and diagrams."""
    kinds = [kind for kind in TITLES if first.part(kind) or second.part(kind)]
    return render(
        "calibration/comparison.html",
        first={"name": first.name, "facts": facts(first)},
        second={"name": second.name, "facts": facts(second)},
        kinds=[_kind(kind, first, second) for kind in kinds],
    )


def _kind(kind: str, first: Calibration, second: Calibration) -> KindComparison:
    parts = (first.part(kind), second.part(kind))
    drawings = tuple(
        Drawing(
            calibration.name,
            "calibrated" if part else "not measured",
            reliability(pairs(part.held_out, after=True), "calibrated") if part else Markup(""),
        )
        for calibration, part in zip((first, second), parts, strict=True)
    )
    return KindComparison(TITLES[kind], drawings, tuple(_rows(parts)))


def _rows(parts: tuple[KindCalibration | None, ...]) -> Iterator[Row]:
    yield Row("Questions", tuple(Cell(f"{part.n:,}" if part else "not measured") for part in parts))
    yield Row("Correct", tuple(Cell(percent(part.accuracy) if part else "–") for part in parts))
    expected = [expected_metrics(part) if part else None for part in parts]
    for name, (title, _) in FIGURES.items():
        yield Row(
            title, tuple(_change(part, after, name) for part, after in zip(parts, expected, strict=True))
        )
    for risk in sorted({point.risk for part in parts if part for point in part.points}):
        yield Row(f"Shown at a risk of {percent(risk)}", tuple(_shown(part, risk) for part in parts))


def _change(part: KindCalibration | None, after: Metrics | None, name: str) -> Cell:
    if part is None or after is None:
        return Cell("–")
    return Cell(figure_text(part.before, name), figure_text(after, name))


def _shown(part: KindCalibration | None, risk: float) -> Cell:
    point = next((point for point in part.points if point.risk == risk), None) if part else None
    if point is None or point.threshold is None or not point.coverage:
        return Cell("–")
    return Cell(percent(point.coverage), note=f"from {percent(point.threshold)} up")
