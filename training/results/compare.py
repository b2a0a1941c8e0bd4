"""Runs side by side: what was set differently, and how their held-out answers fared."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from training.data.rows import read_rows
from training.errors import TrainingStopped
from training.trainers.monitor import HELD_OUT

FIGURES = {
    "reward": "reward", "ece": "ECE", "auroc": "AUROC", "ece_expected": "ECE of the mean",
    "auroc_expected": "AUROC of the mean", "confidence": "stated", "accuracy": "accuracy", "parsable": "readable",
    "kl": "confidence moved", "answer_kl": "answer moved",
}  # fmt: skip
OF_THE_FILE = {"questions", "max_minutes", "save_every", "evaluate_every", "device"}  # not of what is learnt


def compare(folders: Sequence[Path], minutes: float | None = None) -> str:
    """A Markdown table: a line for the first look of the first run, and one for the last look of each run.

    ``minutes`` leaves out what came later than that in training, so that runs are seen at equal wall time. Raises
    TrainingStopped where a folder holds no run that looked at held-out answers.
    """
    runs = [(folder.name, _settings(folder), _looks(folder, minutes)) for folder in folders]
    differing = [
        name for name in runs[0][1]
        if name not in OF_THE_FILE and len({json.dumps(settings.get(name)) for _, settings, _ in runs}) > 1
    ]  # fmt: skip
    header = ["run", *differing, "step", "minutes", *FIGURES.values(), ""]
    name, _, (first, *_) = runs[0]
    lines = [header, ["---"] * len(header), _line(f"{name}, before", ["–"] * len(differing), first)]
    lines += [
        _line(name, [str(settings.get(one, "–")) for one in differing], looks[-1])
        for name, settings, looks in runs
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _settings(folder: Path) -> dict[str, Any]:
    path = folder / "settings.json"
    if not path.exists():
        raise TrainingStopped(f"There is no run in {folder}: give the --out of one.")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _looks(folder: Path, minutes: float | None) -> list[dict[str, Any]]:
    """What was seen of the held-out answers, each with the divergence of the step before it."""
    looks, kl = [], None
    for row in read_rows(folder / "progress.jsonl"):
        kl = row.get("kl", kl)
        if f"{HELD_OUT}reward" in row and (minutes is None or row["seconds"] <= 60 * minutes):
            looks.append({f"{HELD_OUT}kl": kl} | row)
    if not looks:
        raise TrainingStopped(
            f"The run in {folder} has looked at no held-out answers yet: wait, or leave it out."
        )
    return looks


def _line(name: str, differing: Sequence[str], look: dict[str, Any]) -> list[str]:
    figures = [look.get(f"{HELD_OUT}{one}") for one in FIGURES]
    shown = ["–" if figure is None else f"{figure:.3f}" for figure in figures]
    note = "collapsed" if look.get(f"{HELD_OUT}collapsed") else ""
    return [name, *differing, str(look["step"]), f"{look['seconds'] / 60:.1f}", *shown, note]
