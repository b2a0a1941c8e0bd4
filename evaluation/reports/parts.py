"""The parts of a report, independent of its format: sections of facts, tables, plots and answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class Table:
    """A table; a line break in a cell separates a figure from its interval."""

    kind: ClassVar[str] = "table"
    title: str
    rows: Sequence[Sequence[str]]  # the head first
    notes: tuple[str, ...] = ()
    folded: bool = False  # collapsed on the page
    left: int = 1  # columns flush left


@dataclass(frozen=True, slots=True)
class Plot:
    """One plot with its caption."""

    title: str
    caption: str
    svg: Markup


@dataclass(frozen=True, slots=True)
class Plots:
    """Plots of one kind; a table holds the same figures."""

    kind: ClassVar[str] = "plots"
    title: str  # "" right below the section's title
    drawn: Sequence[Plot]
    notes: tuple[str, ...] = ()
    absent: str = ""  # shown if there are none
    wide: bool = False  # at most three side by side


@dataclass(frozen=True, slots=True)
class ShownAnswer:
    """One answer to read."""

    id: str
    confidence: str
    question: str
    choices: tuple[str, ...]
    said: str
    right: str
    signals: str  # the other signals' confidences


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers to read."""

    kind: ClassVar[str] = "answers"
    title: str
    shown: Sequence[ShownAnswer]
    notes: tuple[str, ...] = ()


Part = Table | Plots | Answers


@dataclass(frozen=True, slots=True)
class Section:
    """One section of a report: a run, a comparison of runs, a group of a study's measures."""

    title: str
    parts: Sequence[Part]
    facts: Sequence[tuple[str, str]] = ()
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """The whole report."""

    title: str
    lead: str
    sections: Sequence[Section]
    foot: tuple[str, ...]
