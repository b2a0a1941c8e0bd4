"""The growing file of a run: a header, then one record per line, append-only; a killed run resumes."""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from chains.engines.embedded import spec_of
from evaluation.jsonl_file import BadFile, numbered_objects

SCHEMA = 1


@dataclass(slots=True)
class RunFile:
    """The records in the file so far, and the file to which more are appended."""

    path: Path
    file: TextIO
    done: set[str] = field(default_factory=set)  # ids with an assessment
    failed: set[str] = field(default_factory=set)  # ids whose last record is an error

    def add(self, record: Mapping[str, Any]) -> None:
        """Append a record, on disk before this returns; a later record of an id replaces an error."""
        self.file.write(json.dumps(record, ensure_ascii=False) + "\n")
        self.file.flush()
        os.fsync(self.file.fileno())
        self.take(record)

    def take(self, record: Mapping[str, Any]) -> None:
        """Count a record that is in the file."""
        if record.get("error"):
            self.failed.add(record["id"])
        else:
            self.done.add(record["id"])
            self.failed.discard(record["id"])


@contextmanager
def open_run_file(path: Path, header: Mapping[str, Any], same: tuple[str, ...]) -> Iterator[RunFile]:
    """Open the file new or to resume, locked so that no second run writes to it.

    A last line cut off by a kill is removed. Raises BadFile if the file is not a run, another process writes to it, or
    it was started with another value of one of the header's ``same`` fields.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BadFile(
                f"{path} is being written by another run: wait for it, or choose another --out."
            ) from None
        _drop_cut_line(path, file)
        run = RunFile(path, file)
        for number, row in numbered_objects(path):
            if number == 1:
                _check_header(path, row, header, same)
            elif "id" not in row:
                raise BadFile(f"{path}, line {number}: not a record of a run (no id): remove the line.")
            else:
                run.take(row)
        if not path.stat().st_size:
            file.write(json.dumps({"schema": SCHEMA, "run": dict(header)}, ensure_ascii=False) + "\n")
            file.flush()
        yield run


def _drop_cut_line(path: Path, file: TextIO) -> None:
    data = path.read_bytes()
    whole = data.rfind(b"\n") + 1
    if whole < len(data):
        file.truncate(whole)


def _check_header(
    path: Path, row: Mapping[str, Any], header: Mapping[str, Any], same: tuple[str, ...]
) -> None:
    begun = row.get("run")
    if row.get("schema") != SCHEMA or not isinstance(begun, dict):
        raise BadFile(f"{path}, line 1: not the header of a run; choose another --out.")
    for name in same:
        if begun.get(name) != header[name]:
            raise BadFile(
                f"{path} was started with {name} {begun.get(name)!r}, not {header[name]!r}: choose another --out, "
                f"or use the settings it was started with{_reopening(begun)}."
            )


def _reopening(begun: Mapping[str, Any]) -> str:
    """The option that opens the embedded model of a header again; empty for any other model."""
    spec = spec_of(begun.get("model_sha256"))
    return f" (--model {spec})" if spec else ""
