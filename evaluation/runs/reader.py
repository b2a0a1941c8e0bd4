"""The records of a run, as ``python -m evaluation run`` writes them: one JSON object per line, one question each."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from estimators.markers.mic import ALL
from estimators.serialization import BadRecord
from evaluation.runs.record import SCHEMA, Record, RunHeader, header_of
from files.errors import BadFile
from files.json_lines import numbered_objects
from files.text import first_line, plain_name

_NUMBER = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Run:
    """The records of one file."""

    path: Path
    header: RunHeader  # the first line's description of the run; empty without one
    records: tuple[Record, ...]
    cut: int = 0  # 1 if the last line was cut off and left out

    @property
    def name(self) -> str:
        """The run's name in tables: its file without the suffix."""
        return plain_name(self.path).removesuffix(".jsonl")

    @property
    def model(self) -> str:
        """The model that was run, from the header or the first record; empty if neither names it."""
        named = self.header.get("model")
        if isinstance(named, str) and named:
            return named
        first = next((record.assessment for record in self.records if record.assessment), None)
        return first.evidence.provenance.model if first else ""

    @property
    def failed(self) -> tuple[Record, ...]:
        """The questions that ended in an error."""
        return tuple(record for record in self.records if record.assessment is None)

    @property
    def ungraded(self) -> tuple[Record, ...]:
        """The answers that could not be graded."""
        return tuple(
            record for record in self.records if record.assessment is not None and record.correct is None
        )

    @property
    def graded(self) -> tuple[Record, ...]:
        """The answers that are known to be correct or wrong."""
        return tuple(
            record for record in self.records if record.assessment is not None and record.correct is not None
        )

    @property
    def signals(self) -> tuple[str, ...]:
        """The names of its signals, in the order of its records."""
        return tuple(dict.fromkeys(name for record in self.records for name in record.by_name))

    def missing(self, signal: str) -> Counter[str]:
        """Why graded answers lack a signal: reason → answers, with numbers replaced by … to group the reasons."""
        signals = (record.by_name.get(signal) for record in self.graded)
        reasons = ("it was not requested" if reading is None else reading.missing for reading in signals)
        return Counter(_NUMBER.sub("…", reason) for reason in reasons if reason)

    def within(self, domain: str) -> "Run":
        """Only the questions of one domain; raises BadFile naming the domains if there are none."""
        kept = tuple(record for record in self.records if record.domain == domain)
        if not kept:
            there = ", ".join(sorted({record.domain for record in self.records if record.domain})) or "none"
            raise BadFile(f"{self.path} has no question of the domain {domain!r}; its domains are {there}.")
        return Run(self.path, self.header, kept, self.cut)


def is_records(path: Path) -> bool:
    """Whether a file holds JSON objects, by its first character that is not a space."""
    return first_line(path).lstrip(b"\xef\xbb\xbf \t").startswith(b"{")


def read_run(path: Path) -> Run:
    """Read a run; if a question was asked again after an error, the later record counts.

    A last line that was cut off (the run was killed) is left out and counted. Raises BadFile naming file, line
    and field for any other problem, or if no record is left.
    """
    header = RunHeader()
    records: dict[str, tuple[int, Record]] = {}
    cut: list[int] = []
    for number, row in numbered_objects(path, cut):
        if row.get("schema") != SCHEMA:
            raise BadFile(
                f"{path}, line {number}: schema is {row.get('schema')!r}; this version of Credence reads run records "
                f"with schema {SCHEMA}."
            )
        if "run" in row and "id" not in row:
            header = header_of(row["run"]) if isinstance(row["run"], dict) else RunHeader()
            continue
        record = _record(path, number, row)
        before = records.get(record.id)
        if before and before[1].assessment is not None:
            raise BadFile(f"{path}, line {number}: the id {record.id!r} is already used on line {before[0]}.")
        records[record.id] = number, record
    if not records:
        raise BadFile(f"{path} contains no records: it needs one JSON object per line, as `run` writes them.")
    return Run(path, header, tuple(record for _, record in records.values()), len(cut))


def read_runs(paths: Sequence[Path]) -> tuple[Run, ...]:
    """Read several runs."""
    return tuple(read_run(path) for path in paths)


def _record(path: Path, number: int, row: Mapping[str, Any]) -> Record:
    try:
        record = Record.from_dict(row)
    except BadRecord as error:
        raise BadFile(f"{path}, line {number}: {error}.") from None
    if record.domain == ALL:
        raise BadFile(
            f'{path}, line {number}: a domain cannot be named "{ALL}": that name stands for all domains.'
        )
    if record.assessment is None and not record.error:
        raise BadFile(f"{path}, line {number}: neither an assessment nor an error.")
    return record
