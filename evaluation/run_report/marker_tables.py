"""The markers of a run in a report: what they mean to people and for the model, and how stable that is."""

from collections.abc import Mapping

from estimators.markers.mic import MarkerConfidence
from evaluation.metrics import Estimate
from evaluation.metrics.markers.stability import FORMS
from evaluation.reports.parts import Part, Table
from evaluation.reports.tables import cell, two_lines
from evaluation.runs.reader import Run
from evaluation.scoring.marker_scores import (
    HALVES,
    MarkerRow,
    marker_rows,
    norm_cell,
    run_cmfg,
    run_cmfg_published,
    run_stability,
)


def marker_parts(run: Run, draws: int, seed: int) -> list[Part]:
    """The table of markers with cMFG, and their stability if there are several domains."""
    rows = marker_rows(run)
    head = ["marker", "human norm", "MIC", "gap", "n", "accuracy", "n"]
    body = [_marker_row(row) for row in rows]
    faithful = {
        "cMFG": run_cmfg(run, draws, seed),
        "cMFG over quantile bins": run_cmfg(run, draws, seed, by="mass"),
        "cMFG as the authors' released code computes it (confidence 0 left out, empty bins count as 0)": run_cmfg_published(
            run, draws, seed
        ),
    }
    notes = (
        "Human norm: what the marker means to people. MIC: mean self-consistency of the answers whose sentences have "
        "it; gap = MIC − norm. Accuracy: the share of answers with the marker that are correct. "
        "95 % intervals over questions.",
        "“Not so”: a sentence with such a marker denies its claim, so its figures are about the denial; people read "
        "“unlikely” as 0.20 for the claim and so 0.80 for “it is false”.",
        *(f"{name}: {cell(figure, absent=figure.missing)}." for name, figure in faithful.items()),
    )  # fmt: skip
    parts: list[Part] = [Table("Markers", [head, *body], notes)]
    if len({record.domain for record in run.records}) > 1:
        parts.append(stability_table({form: run_stability(run, form) for form in FORMS}))
    return parts


def stability_table(forms: Mapping[str, Mapping[str, Estimate]]) -> Table:
    """The seven stability metrics of every form, with the reason if one is missing."""
    titles = {
        "mic": "on MIC (2026)",
        "accuracy": "on accuracy (2025)",
        "accuracy_published": "on accuracy, as the authors' code computes it",
    }
    rows = [["metric", "form", "value", "why it is missing"]]
    for form, figures in forms.items():
        rows += [[name, titles[form], cell(figure), figure.missing] for name, figure in figures.items()]
    note = f"Means over {HALVES} splits of the questions into halves, with the lowest and the highest in brackets."
    return Table("Stability of the markers over the domains", rows, (note,), left=2, folded=True)


def _marker_row(row: MarkerRow) -> list[str]:
    gap = "–" if row.gap is None else f"{row.gap:+.2f}".replace("-", "−")
    return [
        row.marker,
        norm_cell(row.marker),
        _marker_cell(row.mic),
        gap,
        f"{row.mic.n:,}",
        _marker_cell(row.accuracy),
        f"{row.accuracy.n:,}",
    ]


def _marker_cell(measured: MarkerConfidence) -> str:
    if measured.mic is None or measured.low is None or measured.high is None:
        return measured.missing if measured.n else "–"
    return two_lines(Estimate(measured.mic, low=measured.low, high=measured.high), 2)
