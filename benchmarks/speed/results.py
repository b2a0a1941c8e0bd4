"""What a run measured, as JSON (schema `credence.speed/1`)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from benchmarks.engines import Speeds
from benchmarks.speed.measured import Machine, Row
from files.atomic import write_text
from files.errors import BadFile
from files.json_lines import first_fault
from files.text import file_text


@dataclass(frozen=True, slots=True)
class Turns:
    """What turns cost on one engine.

    Parameters
    ----------
    engine : the model and what runs it
    panels : by kind of question, the signals of the default panel
    """

    engine: str
    rows: tuple[Row, ...]
    panels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def row(self, question: str, way: str) -> Row | None:
        """The runs of one way; None if it was not measured."""
        return next((row for row in self.rows if (row.question, row.way) == (question, way)), None)


@dataclass(frozen=True, slots=True)
class Arrival:
    """How one answer arrived: seconds until its first token and until it was complete, and its tokens."""

    first: float
    seconds: float
    tokens: int


@dataclass(frozen=True, slots=True)
class Streaming:
    """Answers in the page and from the engine alone."""

    engine: str
    page: tuple[Arrival, ...]
    engine_alone: tuple[Arrival, ...]

    @property
    def first_ratio(self) -> float:
        """Seconds until the first token: those of the page as a multiple of those of the engine, of medians."""
        page, alone = ([arrival.first for arrival in side] for side in (self.page, self.engine_alone))
        return median(page) / median(alone)

    @property
    def speed_ratio(self) -> float:
        """Tokens per second in the page as a share of those of the engine, of medians."""
        page, alone = (
            [arrival.tokens / arrival.seconds for arrival in side] for side in (self.page, self.engine_alone)
        )
        return median(page) / median(alone)


@dataclass(frozen=True, slots=True)
class Peer:
    """Another package and Credence, the same signals of the same questions with the same model and engine.

    Parameters
    ----------
    name : the package and its version
    engine : the model and what runs it
    signals : what both compute
    theirs, ours : seconds for each question
    left_out : questions whose answer was cut off, so that not everything was asked
    measured : where and when; None in older records, whose parts were measured in one run
    missing : why it was not measured
    """

    name: str
    engine: str
    signals: str
    theirs: tuple[float, ...]
    ours: tuple[float, ...]
    left_out: int = 0
    measured: Machine | None = None
    missing: str = ""

    @property
    def ratio(self) -> float | None:
        """Our questions per second as a multiple of theirs, of medians; None if it was not measured."""
        return median(self.theirs) / median(self.ours) if self.theirs and self.ours else None


@dataclass(frozen=True, slots=True)
class Speed:
    """Everything that `make bench` measured.

    Parameters
    ----------
    seconds : how long it took
    engines : tokens per second of the wheel and of this machine's llama-server
    """

    command: str
    machine: Machine
    repeats: int
    seconds: float
    engines: tuple[Speeds, ...]
    turns: Turns
    streaming: Streaming
    peers: tuple[Peer, ...] = ()
    schema: Literal["credence.speed/1"] = "credence.speed/1"


def save(path: Path, value: Any) -> None:
    """Write one of these records as JSON."""
    write_text(path, TypeAdapter(type(value)).dump_json(value, indent=2).decode() + "\n")


def load_speed(path: Path) -> Speed:
    """The record of a run; raises BadFile, which says what is wrong with the file."""
    try:
        return TypeAdapter(Speed).validate_json(file_text(path))
    except ValidationError as error:
        raise BadFile(f"{path} is no record of a speed benchmark: {first_fault(error)}") from error
