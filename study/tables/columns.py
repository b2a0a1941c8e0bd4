"""The columns of a table: name, meaning, unit and values, declared with the fields of its row."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

Kind = Literal["text", "whole", "number", "share", "yes/no", "time", "json"]
KINDS: Mapping[str, str] = {
    "text": "text",
    "whole": "whole number",
    "number": "number",
    "share": "number from 0 to 1",
    "yes/no": "1 = yes, 0 = no (JSONL: true, false)",
    "time": "UTC, ISO 8601 with milliseconds",
    "json": "a JSON object",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: name, meaning, unit and values."""

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    values: str = ""  # possible values, if the kind does not define them
    later: bool = False  # added after the first version: missing in older files
    stored: str = ""  # its name in the events, if one of them has it

    def row(self, table: str) -> dict[str, Any]:
        """The column as a row of the codebook."""
        return {
            "table": table,
            "column": self.name,
            "meaning": self.meaning,
            "unit": self.unit,
            "values": self.values or KINDS[self.kind],
            "missing": "empty (JSONL: null)",
        }


STATUSES = "active · completed · declined · screened-out · left · timed-out · withdrawn"


def column(
    kind: Kind, meaning: str, unit: str = "", *, values: str = "", later: bool = False, stored: str = "",
    default: Any = None,
) -> Any:  # fmt: skip
    """A field of a row that is a column of its table."""
    declared = Column("", kind, meaning, unit, values, later, stored)
    return field(default=default, metadata={"column": declared})


def columns_of(row: type) -> tuple[Column, ...]:
    """The columns that a row class declares, in order."""
    return tuple(replace(part.metadata["column"], name=part.name) for part in fields(row))
