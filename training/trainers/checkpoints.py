"""Checkpoints that are whole or not there, and the adapter that training leaves."""

import os
import shutil
from pathlib import Path
from typing import Any

from chains.whole_files import write_whole

MARK = "complete"  # a file that is written last into a checkpoint
WEIGHTS = "adapter_model.safetensors"


def last_checkpoint(folder: Path) -> tuple[Path, int] | None:
    """The newest whole checkpoint and its step; those that a kill left half written are removed."""
    found = []
    for path in folder.glob("checkpoint-*"):
        step = path.name.rpartition("-")[2]
        if step.isdigit() and (path / MARK).exists():
            found.append((path, int(step)))
        elif step.isdigit():
            shutil.rmtree(path)
    return max(found, key=lambda pair: pair[1]) if found else None


def seal(folder: Path, step: int) -> None:
    """Mark a checkpoint as whole."""
    write_whole(folder / f"checkpoint-{step}" / MARK, "")


def save_adapter(model: Any, folder: Path, card: str, trained_on: str) -> None:
    """Put the adapter and its card into the folder, each file whole or not at all, the weights last.

    ``trained_on`` names the model that it belongs to.
    """
    beside = folder / f".saving-{os.getpid()}"
    try:
        model.peft_config["default"].base_model_name_or_path = trained_on
        model.save_pretrained(beside, selected_adapters=["default"], save_embedding_layers=False)
        write_whole(beside / "README.md", card)
        for file in sorted(beside.iterdir(), key=lambda file: file.name == WEIGHTS):
            os.replace(file, folder / file.name)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
