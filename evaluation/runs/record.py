"""What a run holds: on its first line a description of the run, then one record per question.

The same declarations write a run, read it, compute its signals again, and feed calibrations and reports.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache, cached_property
from typing import Annotated, Any, TypedDict, cast

from pydantic import Field, StrictBool, TypeAdapter, ValidationError

from estimators.asking import with_asking
from estimators.serialization import SCHEMA as ASSESSMENT
from estimators.serialization import BadRecord
from estimators.types import Assessment, Signal

SCHEMA = 1  # of a line


class RunHeader(TypedDict, total=False):
    """The JSON object that describes a run, in the order in which it is written; older runs lack some of the fields."""

    model: str
    engine: str
    model_sha256: str | None
    questions: str  # name of their file
    questions_sha256: str
    settings: Mapping[str, Any]
    machine: str
    date: str  # ISO 8601
    drawn: int | None  # questions drawn; None: all
    after: int  # the first questions of the draw that were skipped
    seed: int
    judge: str | None  # the model that grades short answers
    source: str  # of a calibration: its questions as they were named
    wanted: int  # of a calibration: the number of its questions
    prompts: str  # of a calibration: one hash over all prompts
    concurrency: int
    reread: str  # the date on which the signals were computed again


def header_of(row: Mapping[str, Any]) -> RunHeader:
    """The description of a run as written, with its settings under today's names."""
    settings = row.get("settings")
    return cast(
        RunHeader, {**row, "settings": with_asking(settings)} if isinstance(settings, dict) else {**row}
    )


@dataclass(frozen=True)  # without slots: `by_name` is kept
class Record:
    """One question of a run, with its answer and grade."""

    id: Annotated[str, Field(min_length=1)]
    domain: str = ""
    question: str = ""
    choices: tuple[str, ...] | None = None
    answer: int | None = None  # index of the right choice
    answers: tuple[str, ...] | None = None  # right short answers
    correct: StrictBool | None = None
    graded_by: str = ""
    ungraded: str = ""  # why `correct` is None
    error: str = ""  # why there is no assessment
    assessment: Assessment | None = None
    seconds: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """The record as JSON-ready data with its schema version."""
        row = {"schema": SCHEMA, **{field.name: getattr(self, field.name) for field in fields(self)}}
        return row | {"assessment": self.assessment.to_dict() if self.assessment else None}

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> "Record":
        """Read a record back, whatever its schema version; other fields are ignored.

        Raises BadRecord naming the invalid field.
        """
        data = row.get("assessment")
        assessment = _assessment(data) if isinstance(data, Mapping) else data
        try:
            return _adapter().validate_python({**row, "assessment": assessment})
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"])) or "the record"
            raise BadRecord(f"{place}: {first['msg'].lower()}") from error

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


def _assessment(data: Mapping[str, Any]) -> Assessment:
    try:
        return Assessment.from_dict(data)
    except BadRecord as error:
        place = "" if data.get("schema") == ASSESSMENT else "schema: "
        raise BadRecord(f"assessment.{place}{str(error).rstrip('.')}") from error


@cache
def _adapter() -> TypeAdapter[Record]:
    return TypeAdapter(Record)
