"""The person's own labels ("Was this right?") as records of the evaluation format."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from estimators.types import Provenance
from files.append_only import open_to_append
from files.atomic import write_text
from files.json_lines import json_line
from files.locking import lock
from ui.chat.conversation import Entry, every


def label_record(entry: Entry) -> dict[str, Any]:
    """One line of the evaluation format: the question, whether the answer was right, the full assessment."""
    if entry.turn is None or entry.turn.assessment is None:
        raise ValueError("only an assessed answer can be labelled")
    assessment = entry.turn.assessment
    return {
        "id": f"{assessment.evidence.provenance.created}/{entry.key}",
        "question": entry.question,
        "correct": {"yes": True, "no": False}.get(entry.label or ""),
        "label": entry.label,
        "number": entry.number,
        "assessment": assessment.to_dict(),
    }


def number_answer(folder: Path, entry: Entry) -> None:
    """Number an answer that a calibration could use, counting per model.

    Gaps between the numbers of labelled answers show how many were left unlabelled; nothing else about those is kept.
    If the counter cannot be written, the answer gets no number, and labels without numbers cannot give a guarantee.
    """
    turn = entry.turn
    if entry.number is not None or turn is None or turn.assessment is None or not turn.reading.usable:
        return
    who = turn.assessment.evidence.provenance
    with suppress(OSError, ValueError):
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "answers.lock").open("w") as file:
            lock(file, wait=True)
            entry.number = _next_number(folder / "answers.json", who)


def _next_number(path: Path, who: Provenance) -> int:
    counts = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    key = who.model_sha256 or who.model
    counts[key] = int(counts.get(key, 0)) + 1
    write_text(path, json.dumps(counts, ensure_ascii=False, indent=1) + "\n")
    return int(counts[key])


def append_label(folder: Path, record: dict[str, Any]) -> Path:
    """Append a record to ``labels.jsonl``; if an id occurs twice, the last line counts."""
    path = folder / "labels.jsonl"
    with open_to_append(path, wait=True) as file:
        file.add(record)
    return path


def keep_label(folder: Path | None, entry: Entry) -> str:
    """Write an entry's label if there is a folder; returns an error message for the person, or an empty text."""
    if folder is None:
        return ""
    try:
        append_label(folder, label_record(entry))
    except OSError as error:
        return f"The label is kept on this page but could not be saved to {folder}: {error.strerror}."
    return ""


def label_lines(entries: list[Entry]) -> str:
    """The labels of a conversation, including all versions, as JSON lines."""
    return "".join(json_line(label_record(entry)) for entry in every(entries) if entry.label)
