"""The conversations that were recorded and come with Credence."""

import gzip
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ui.chat.conversation import Entry, every
from ui.chat.storage.importing import imported

FOLDER = Path(__file__).with_name("data")
SUFFIX = ".json.gz"


@dataclass(frozen=True, slots=True)
class Recording:
    """One line of the list: what was asked, of which model, and what to look at."""

    name: str
    title: str
    look: str
    model: str
    date: str


@cache
def recordings(folder: Path = FOLDER) -> tuple[Recording, ...]:
    """The recorded conversations, in the order of their names."""
    files = sorted(folder.glob(f"*{SUFFIX}"))
    return tuple(Recording(_name(file), **json.loads(_text(file))["recording"]) for file in files)


def recorded(name: str, folder: Path = FOLDER) -> list[Entry]:
    """The turns of a recorded conversation, decided as they were then; empty for an unknown name."""
    if name not in (recording.name for recording in recordings(folder)):
        return []
    entries = imported(_text(folder / f"{name}{SUFFIX}"), lambda turn: turn).entries
    for entry in every(entries):
        entry.recorded = True
    return list(entries)


def write_recording(recording: Recording, conversation: dict[str, object], folder: Path = FOLDER) -> Path:
    """Save a conversation (``as_data``) as a recording; the same content always gives the same bytes."""
    about = {part: getattr(recording, part) for part in ("title", "look", "model", "date")}
    text = json.dumps({"recording": about, **conversation}, ensure_ascii=False, separators=(",", ":"))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{recording.name}{SUFFIX}"
    path.write_bytes(gzip.compress(text.encode(), mtime=0))
    return path


def _name(file: Path) -> str:
    return file.name.removesuffix(SUFFIX)


def _text(file: Path) -> str:
    return gzip.decompress(file.read_bytes()).decode()
