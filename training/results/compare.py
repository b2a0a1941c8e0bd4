"""Comparison of runs: settings that differ, and figures on held-out answers."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evaluation.reports.tables import ABSENT, markdown, number
from training.data.rows import read_rows
from training.errors import TrainingStopped
from training.settings import with_model_named
from training.trainers.monitor import HELD_OUT

FIGURES = {
    "reward": "reward", "ece": "ECE", "auroc": "AUROC", "ece_expected": "ECE of the mean",
    "auroc_expected": "AUROC of the mean", "confidence": "stated", "accuracy": "accuracy", "parsable": "readable",
    "kl": "confidence moved", "answer_kl": "answer moved",
}  # fmt: skip
# settings that do not affect the result
IGNORED = {"questions", "model_sha256", "max_minutes", "save_every", "evaluate_every", "device"}


def compare(folders: Sequence[Path], minutes: float | None = None) -> str:
    """A Markdown table: a line for the first check of the first run, and one for the last check of each run.

    ``minutes`` ignores everything after that training time, to compare at equal wall time. Raises TrainingStopped if
    a folder has no run that checked held-out answers.
    """
    runs = [(folder.name, _settings(folder), _checks(folder, minutes)) for folder in folders]
    differing = [
        name for name in runs[0][1]
        if name not in IGNORED and len({json.dumps(settings.get(name)) for _, settings, _ in runs}) > 1
    ]  # fmt: skip
    name, _, (first, *_) = runs[0]
    rows = [
        ["run", *differing, "step", "minutes", *FIGURES.values(), ""],
        _row(f"{name}, before", [ABSENT] * len(differing), first),
    ]
    rows += [
        _row(name, [str(settings.get(setting, ABSENT)) for setting in differing], checks[-1])
        for name, settings, checks in runs
    ]
    return "\n".join(markdown(rows, left=1 + len(differing)))


def _settings(folder: Path) -> dict[str, Any]:
    path = folder / "settings.json"
    if not path.exists():
        raise TrainingStopped(f"There is no run in {folder}: give the --out folder of a run.")
    return with_model_named(json.loads(path.read_text(encoding="utf-8")))


def _checks(folder: Path, minutes: float | None) -> list[dict[str, Any]]:
    """The checks of held-out answers, each with the KL divergence of the step before."""
    checks, kl = [], None
    for row in read_rows(folder / "progress.jsonl"):
        kl = row.get("kl", kl)
        if f"{HELD_OUT}reward" in row and (minutes is None or row["seconds"] <= 60 * minutes):
            checks.append({f"{HELD_OUT}kl": kl} | row)
    if not checks:
        raise TrainingStopped(
            f"The run in {folder} has not checked any held-out answers yet: wait, or leave it out."
        )
    return checks


def _row(run: str, differing: Sequence[str], check: dict[str, Any]) -> list[str]:
    figures = [check.get(f"{HELD_OUT}{name}") for name in FIGURES]
    shown = [ABSENT if figure is None else number(figure) for figure in figures]
    note = "collapsed" if check.get(f"{HELD_OUT}collapsed") else ""
    return [run, *differing, str(check["step"]), f"{check['seconds'] / 60:.1f}", *shown, note]
