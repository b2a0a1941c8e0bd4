"""What the columns of a comparison ask: which model, at which temperature, with which system message."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chains.settings import Settings

FEWEST, MOST = 2, 3
LONGEST = 500  # characters of a spec
SYSTEM = 20_000  # characters of a system message
WARMER = 1.0  # temperature of the second column of one model


@dataclass(frozen=True, slots=True)
class Column:
    """One column: ``spec`` of the model as ``open_chat_model`` takes it, empty for the one in use."""

    spec: str = ""
    temperature: float = 0.0
    system: str = ""

    def settings(self, settings: Settings) -> Settings:
        """The settings of the page, as this column asks."""
        changes = {"temperature": self.temperature, "system": self.system, "samples": 0}
        return settings.model_copy(update=changes)


def usual_columns(settings: Settings, others: Sequence[str]) -> tuple[Column, ...]:
    """The columns before a person changes them: the model in use beside another, or beside itself at another temperature."""
    first = Column("", settings.temperature, settings.system)
    if others:
        return first, Column(others[0], settings.temperature, settings.system)
    warmer = WARMER if settings.temperature < WARMER else 0.0
    return first, Column("", warmer, settings.system)


def read_columns(sent: Any, allowed: Sequence[str] | None) -> tuple[Column, ...]:
    """The columns that a page sends; ``allowed``: the specs besides the one in use, None for any.

    Raises ValueError for anything but two or three valid columns.
    """
    if not isinstance(sent, list) or not FEWEST <= len(sent) <= MOST:
        raise ValueError(f"a comparison has {FEWEST} or {MOST} columns")
    return tuple(_column(one, allowed) for one in sent)


def _column(sent: Any, allowed: Sequence[str] | None) -> Column:
    if not isinstance(sent, Mapping):
        raise ValueError("a column is not described")
    spec = str(sent.get("spec") or "").strip()[:LONGEST]
    if spec and allowed is not None and spec not in allowed:
        raise ValueError("this model is not offered here")
    temperature = sent.get("temperature")
    if not isinstance(temperature, int | float) or not 0 <= temperature <= 2:
        raise ValueError("a temperature is a number from 0 to 2")
    return Column(spec, float(temperature), str(sent.get("system") or "").strip()[:SYSTEM])


def titles(columns: Sequence[Column], names: Sequence[str]) -> tuple[str, ...]:
    """What each column is called: its model, and its settings where another column has the same model.

    >>> titles((Column(), Column(temperature=1.0)), ("tiny", "tiny"))
    ('tiny, temperature 0', 'tiny, temperature 1')
    """
    return tuple(
        ", ".join([name, *_differences(column, [other for other, own in zip(columns, names, strict=True) if own == name])])
        for column, name in zip(columns, names, strict=True)
    )  # fmt: skip


def _differences(column: Column, same: Sequence[Column]) -> list[str]:
    """How a column differs from the others of its model."""
    words = []
    if len({other.temperature for other in same}) > 1:
        words.append(f"temperature {column.temperature:g}")
    if len({other.system for other in same}) > 1:
        words.append("its own system message" if column.system else "no system message")
    return words
