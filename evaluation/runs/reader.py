"""The records of a run, as ``python -m evaluation run`` writes them: one JSON object per line, one question each."""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool, ValidationError

from estimators.markers.mic import ALL
from estimators.serialization import SCHEMA as ASSESSMENT
from estimators.types import FidelityChain, MarkerMatch, Provenance, Question, Signal
from evaluation.jsonl_file import BadFile
from evaluation.runs.writer import today

SCHEMA = 1
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Reply(_Part):
    """A model's text, with the fields that reports need."""

    text: str
    tokens: tuple[Any, ...] = ()  # only counted
    finish: str = "stop"


class SentMessage(_Part):
    """A message that was sent."""

    content: str


class SentProbe(_Part):
    """A probe that was sent about the answer."""

    messages: tuple[SentMessage, ...] = ()
    reply: Reply


class JudgedClaim(_Part):
    """A sentence of a long answer, with its probes."""

    probes: Mapping[str, SentProbe] = Field(default_factory=dict)


class Gathered(_Part):
    """The evidence of an assessment, with the fields that reports need."""

    answer: Reply
    question: Question = Question("")
    options: tuple[str, ...] = ()
    probes: Mapping[str, SentProbe] = Field(default_factory=dict)
    samples: tuple[Reply, ...] = ()
    groups: tuple[tuple[int, ...], ...] = ()
    chains: tuple[FidelityChain, ...] = ()
    claims: tuple[JudgedClaim, ...] = ()
    provenance: Provenance


class Assessed(_Part):
    """An assessment, with the fields that reports need."""

    schema_name: str = Field(alias="schema", pattern=f"^{ASSESSMENT}$")
    evidence: Gathered
    signals: tuple[Signal, ...]
    markers: tuple[MarkerMatch, ...] = ()


class Record(BaseModel):
    """One question of a run."""

    # Not frozen: `by_name` is kept.
    id: str = Field(min_length=1)
    domain: str = ""
    question: str = ""
    choices: tuple[str, ...] | None = None
    answer: int | None = None  # index of the right choice
    answers: tuple[str, ...] | None = None  # right short answers
    correct: StrictBool | None = None
    ungraded: str = ""  # why `correct` is None
    error: str = ""  # why there is no assessment
    assessment: Assessed | None = None
    seconds: float | None = None

    @cached_property
    def by_name(self) -> dict[str, Signal]:
        """Its signals by name."""
        return {signal.name: signal for signal in self.assessment.signals} if self.assessment else {}

    @property
    def right(self) -> str:
        """The right answer in words."""
        if self.choices is not None and self.answer is not None and 0 <= self.answer < len(self.choices):
            return f"{chr(ord('A') + self.answer)}. {self.choices[self.answer]}"
        return (self.answers or ("",))[0]

    @property
    def said(self) -> str:
        """The model's answer."""
        return self.assessment.evidence.answer.text.strip() if self.assessment else ""


@dataclass(frozen=True, slots=True)
class Run:
    """The records of one file."""

    path: Path
    header: Mapping[str, Any]  # the first line's description of the run; empty without one
    records: tuple[Record, ...]
    cut: int = 0  # 1 if the last line was cut off and left out

    @property
    def name(self) -> str:
        """The run's name in tables: its file without the suffix."""
        return self.path.name.removesuffix(".jsonl")

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
            raise BadFile(f"{self.path} has no question of the domain {domain!r}; its domains: {there}.")
        return Run(self.path, self.header, kept, self.cut)


def read_run(path: Path) -> Run:
    """Read a run; if a question was asked again after an error, the later record counts.

    A last line that was cut off (the run was killed) is left out and counted. Raises BadFile naming file, line
    and field for any other problem, or if no record is left.
    """
    header: Mapping[str, Any] = {}
    records: dict[str, tuple[int, Record]] = {}
    cut = 0
    for number, line, whole in _lines(path):
        try:
            row = json.loads(line)
        except ValueError as error:
            if not whole:
                cut = 1
                break
            raise BadFile(f"{path}, line {number}: not JSON ({error}).") from None
        if not isinstance(row, dict):
            raise BadFile(f"{path}, line {number}: not a JSON object.")
        if row.get("schema") != SCHEMA:
            raise BadFile(
                f"{path}, line {number}: schema is {row.get('schema')!r}; this version of Credence reads run records "
                f"with schema {SCHEMA}."
            )
        if "run" in row and "id" not in row:
            header = today(row["run"]) if isinstance(row["run"], dict) else {}
            continue
        record = _record(path, number, row)
        before = records.get(record.id)
        if before and before[1].assessment is not None:
            raise BadFile(f"{path}, line {number}: the id {record.id!r} is already used on line {before[0]}.")
        records[record.id] = number, record
    if not records:
        raise BadFile(f"{path} holds no record: it needs one JSON object per line, as `run` writes them.")
    return Run(path, header, tuple(record for _, record in records.values()), cut)


def read_runs(paths: Sequence[Path]) -> tuple[Run, ...]:
    """Read several runs."""
    return tuple(read_run(path) for path in paths)


def _lines(path: Path) -> list[tuple[int, bytes, bool]]:
    """Number and bytes of every line that is not blank, and whether it has a line break."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise BadFile(f"There is no file {path}: check the path.") from None
    except OSError as error:
        raise BadFile(f"{path} cannot be read ({error.strerror}): check it.") from None
    lines = data.split(b"\n")
    return [(number, line, number < len(lines)) for number, line in enumerate(lines, 1) if line.strip()]


def _record(path: Path, number: int, row: Mapping[str, Any]) -> Record:
    try:
        record = Record.model_validate(row)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the record"
        raise BadFile(f"{path}, line {number}: {place}: {first['msg'].lower()}.") from None
    if record.domain == ALL:
        raise BadFile(f'{path}, line {number}: a domain cannot be named "{ALL}": that is all of them.')
    if record.assessment is None and not record.error:
        raise BadFile(f"{path}, line {number}: neither an assessment nor an error.")
    return record
