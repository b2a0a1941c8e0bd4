"""Checkpoints that are complete or absent, and saving the adapter."""

import os
import shutil
from pathlib import Path
from typing import Any

from files.atomic import write_text

MARK = "complete"  # the file written last into a checkpoint
WEIGHTS = "adapter_model.safetensors"


def last_checkpoint(folder: Path) -> tuple[Path, int] | None:
    """The newest complete checkpoint and its step; removes checkpoints that a kill left incomplete."""
    checkpoints = []
    for path in folder.glob("checkpoint-*"):
        step = path.name.rpartition("-")[2]
        if step.isdigit() and (path / MARK).exists():
            checkpoints.append((path, int(step)))
        elif step.isdigit():
            shutil.rmtree(path)
    return max(checkpoints, key=lambda pair: pair[1]) if checkpoints else None


def seal(folder: Path, step: int) -> None:
    """Mark a checkpoint as complete."""
    write_text(folder / f"checkpoint-{step}" / MARK, "")


def save_adapter(model: Any, folder: Path, card: str, trained_on: str) -> None:
    """Save the adapter and its card into the folder, each file atomically, the weights last.

    ``trained_on`` names the base model.
    """
    temporary = folder / f".saving-{os.getpid()}"
    try:
        model.peft_config["default"].base_model_name_or_path = trained_on
        model.save_pretrained(temporary, selected_adapters=["default"], save_embedding_layers=False)
        write_text(temporary / "README.md", card)
        for file in sorted(temporary.iterdir(), key=lambda file: file.name == WEIGHTS):
            os.replace(file, folder / file.name)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
