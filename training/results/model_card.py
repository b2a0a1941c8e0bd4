"""The model card of an adapter: what it is, how it was trained, its figures."""

import json
from pathlib import Path
from typing import Any

from chains.model_files import BUILTIN_NAME, TINY_NAME
from evaluation.reports.tables import markdown, number
from training.data.rows import read_rows
from training.settings import TrainingSettings
from training.trainers.monitor import HELD_OUT

PURPOSES = {
    "rewarding-doubt": "Trained to state a confidence from 0 to 10 after its answer (“Answer: …, Confidence: n”).",
    "warm-up": "Trained to reply in the format “Answer: …, Confidence: n”; no number is preferred.",
}
FIGURES = ("ece", "auroc", "accuracy", "parsable", "confidence", "evenness", "reward")


def adapter_card(settings: TrainingSettings, out: Path, done: dict[str, Any]) -> str:
    """The card as Markdown, with the front matter for model hubs."""
    checks = [row for row in read_rows(out / "progress.jsonl") if f"{HELD_OUT}ece" in row]
    command = "warm-up" if settings.mode == "warm-up" else "rewarding-doubt"
    base = {"builtin": BUILTIN_NAME, "tiny": TINY_NAME}.get(settings.model, settings.model)
    lines = [
        "---", "library_name: peft", "tags: [calibration, confidence, lora]", "---", "",
        f"# LoRA adapter: {command}", "",
        PURPOSES[command],
        "", f"- base model: `{base}`" + (f", from the adapter `{settings.adapter}`" if settings.adapter else ""),
        f"- questions: `{Path(settings.questions).name}` (sha256 {settings.questions_sha256[:16]}…)",
        f"- steps: {done['step']}, {done['seconds'] / 60:.1f} minutes", "", "## Settings", "",
        "```json", json.dumps({name: getattr(settings, name) for name in settings.__slots__}, indent=1), "```", "",
    ]  # fmt: skip
    if len(checks) > 1:
        rows = [["", "first", "last"]]
        for name in FIGURES:
            first, last = (check.get(f"{HELD_OUT}{name}") for check in (checks[0], checks[-1]))
            if first is not None and last is not None:
                rows.append([name, number(first), number(last)])
        lines += ["## Held-out answers", "", *markdown(rows)]
        if checks[-1].get(f"{HELD_OUT}collapsed"):
            lines += [
                "",
                "**Collapsed**: nearly every stated confidence is the same, so a low ECE means little.",
            ]
    return "\n".join([*lines, ""])
