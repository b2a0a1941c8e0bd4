"""JSON lines files that stay readable if the process is killed."""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from files.atomic import write_text
from training.errors import TrainingStopped


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The complete lines of a file, [] if it does not exist; a last line that a kill cut off is skipped.

    Raises TrainingStopped naming file and line.
    """
    if not path.exists():
        return []
    *lines, _ = path.read_text(encoding="utf-8").split("\n")
    rows = []
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
        except ValueError:
            row = None
        if not isinstance(row, dict):
            raise TrainingStopped(f"{path}, line {number}: not a JSON object. Use another --out.")
        rows.append(row)
    return rows


def append_rows(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Append lines and sync them to disk; removes an incomplete last line first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab+") as file:
        file.seek(0)
        data = file.read()
        if data and not data.endswith(b"\n"):
            file.truncate(data.rfind(b"\n") + 1)
        file.write("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode())
        file.flush()
        os.fsync(file.fileno())


def write_rows(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Replace the file with these lines."""
    write_text(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
