"""The growing file of a run: a header, then one record per line, append-only; a killed run resumes."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chains.engines.embedded import spec_of
from evaluation.runs.record import SCHEMA, Record, RunHeader, header_of
from files.append_only import GrowingFile, open_to_append
from files.errors import BadFile
from files.json_lines import numbered_objects


@dataclass(slots=True)
class RunFile:
    """The records in the file so far, and the file to which more are appended."""

    file: GrowingFile
    done: set[str] = field(default_factory=set)  # ids with an assessment
    failed: set[str] = field(default_factory=set)  # ids whose last record is an error

    def add(self, record: Record) -> None:
        """Append a record, on disk before this returns; a later record of an id replaces an error."""
        self.file.add(record.to_dict())
        self.count(record.id, record.error)

    def count(self, id_: str, error: str | None) -> None:
        """Count a record that is in the file."""
        if error:
            self.failed.add(id_)
        else:
            self.done.add(id_)
            self.failed.discard(id_)


@contextmanager
def open_run_file(path: Path, header: RunHeader, same: tuple[str, ...]) -> Iterator[RunFile]:
    """Create the file, or open it to resume, locked so that no second run writes to it.

    A last line cut off by a kill is removed. Raises BadFile if the file is not a run, another process writes to it, or
    it was started with another value of one of the header's ``same`` fields.
    """
    with open_to_append(path) as file:
        run = RunFile(file)
        for number, row in numbered_objects(path):
            if number == 1:
                _check_header(path, row, header, same)
            elif "id" not in row:
                raise BadFile(f"{path}, line {number}: not a record of a run (no id): remove the line.")
            else:
                run.count(row["id"], row.get("error"))
        if file.is_empty:
            file.add({"schema": SCHEMA, "run": dict(header)})
        yield run


def _check_header(
    path: Path, row: Mapping[str, Any], header: Mapping[str, object], same: tuple[str, ...]
) -> None:
    begun = row.get("run")
    if row.get("schema") != SCHEMA or not isinstance(begun, dict):
        raise BadFile(f"{path}, line 1: not the header of a run; choose another --out.")
    begun = header_of(begun)
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
