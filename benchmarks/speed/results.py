"""What a run measured, as JSON (schema `credence.speed/1`)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from benchmarks.speed.measured import Row
from files.atomic import write_text


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


def save(path: Path, value: Any) -> None:
    """Write a dataclass as JSON."""
    write_text(path, TypeAdapter(type(value)).dump_json(value, indent=2).decode() + "\n")
