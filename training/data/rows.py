"""JSON lines files of a training run, which stay readable if the process is killed."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from files.append_only import open_to_append
from files.errors import BadFile
from files.json_lines import numbered_objects
from training.errors import TrainingStopped


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The complete lines of a file, [] if it does not exist; a last line that a kill cut off is skipped.

    Raises TrainingStopped naming file and line.
    """
    if not path.exists():
        return []
    try:
        return [row for _, row in numbered_objects(path, cut=[])]
    except BadFile as error:
        raise TrainingStopped(f"{error} Use another --out.") from None


def append_rows(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Append lines and sync them to disk; removes an incomplete last line first."""
    with open_to_append(path) as file:
        file.add(*rows)
