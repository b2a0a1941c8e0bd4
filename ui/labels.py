"""The person's own labels ("Was this right?") as records of the evaluation format."""

import fcntl
import json
import os
from pathlib import Path
from typing import Any

from ui.conversation import Entry


def label_record(entry: Entry) -> dict[str, Any]:
    """One line of the evaluation format: what was asked, whether it was right, the whole assessment."""
    if entry.turn is None or entry.turn.assessment is None:
        raise ValueError("only an assessed answer can be labelled")
    assessment = entry.turn.assessment
    return {
        "id": f"{assessment.evidence.provenance.created}/{entry.id}",
        "question": entry.question,
        "correct": {"yes": True, "no": False}.get(entry.label or ""),
        "label": entry.label,
        "assessment": assessment.to_dict(),
    }


def append_label(folder: Path, record: dict[str, Any]) -> Path:
    """Add a record to ``labels.jsonl``; of lines with one id the last one counts."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "labels.jsonl"
    with path.open("a", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(json.dumps(record, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())
    return path


def keep_label(folder: Path | None, entry: Entry) -> str:
    """Write an entry's label where there is a folder; what the person is told where that fails, else nothing."""
    if folder is None:
        return ""
    try:
        append_label(folder, label_record(entry))
    except OSError as error:
        return f"The label is kept in this page, but could not be written to {folder}: {error.strerror}."
    return ""


def label_lines(entries: list[Entry]) -> str:
    """The labels of a conversation as JSON lines, those of all branches."""
    return "".join(
        json.dumps(label_record(one), ensure_ascii=False) + "\n"
        for entry in entries
        for one in entry.branches
        if one.label
    )
