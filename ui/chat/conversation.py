"""A conversation as the page holds it: turns, with what the person said about each."""

import itertools
from dataclasses import dataclass, field
from typing import Any, Literal

from chains.pipeline.turn import Turn
from estimators.types import Answer, Message, Question

Label = Literal["yes", "no", "unknown"]
_ids = itertools.count(1)


@dataclass(slots=True, eq=False)  # each is itself: two turns may ask the same
class Entry:
    """One question with its turn, and the person's own label."""

    question: str
    turn: Turn | None = None
    error: str = ""
    paused: bool = False  # the engine is not tried again for some seconds; a button tries at once
    trouble: str = ""  # why the engine stopped before this turn; shown until its answer comes
    label: Label | None = None
    revealed: bool = False  # the person asked to see an answer that the app would withhold
    dropped: tuple[str, ...] = ()  # earlier questions that did not fit into the context
    drawn: tuple[Answer, Any, Any] | None = None  # the answer last drawn, its token rows and its phrases
    origin: str = ""  # of a branch: which token stands in place of which
    family: list["Entry"] = field(
        default_factory=list, repr=False, compare=False
    )  # all branches, oldest first
    followed: bool = False  # the branch that the later turns were asked after
    number: int | None = None  # among the answers of its model that a calibration could use
    id: int = field(default_factory=lambda: next(_ids))

    @property
    def branches(self) -> list["Entry"]:
        """All branches of this turn, itself among them."""
        return self.family or [self]

    @property
    def answer(self) -> Answer | None:
        return self.turn.answer if self.turn else None


@dataclass(slots=True)
class Conversation:
    """The turns of one page, oldest first, each as the branch that is shown; ``running`` is the turn in flight."""

    entries: list[Entry] = field(default_factory=list)
    selected: int | None = None  # id of the entry whose panel is shown
    running: Any = None  # the live turn, while there is one
    risk: float | None = None  # the share of wrong answers that the person accepts; None: not chosen yet
    settings: Any = None  # those of the page when it was last asked or decided something

    def history(self, before: int | None = None) -> tuple[Message, ...]:
        """The messages of the answered turns, up to the entry of that id."""
        messages: list[Message] = []
        for entry in self.entries:
            if entry.id == before:
                break
            known = next((branch for branch in entry.branches if branch.followed), entry)
            if known.answer and known.answer.text and not known.error:
                messages += [Message("user", known.question), Message("assistant", known.answer.text)]
        return tuple(messages)

    def start(self, text: str) -> tuple[Entry, Question]:
        """A new entry at the end, and the question to send."""
        if self.entries and not any(branch.followed for branch in self.entries[-1].branches):
            self.entries[-1].followed = True
        question = Question(text, self.history())
        entry = Entry(text)
        self.entries.append(entry)
        self.selected = entry.id
        return entry, question

    def branch(self, entry: Entry, origin: str) -> Entry:
        """A new branch of an entry, shown in its place; the old ones stay."""
        new = Entry(entry.question, dropped=entry.dropped, origin=origin)
        family = [*entry.branches, new]
        for one in family:
            one.family = family
        self.show(new)
        return new

    def show(self, branch: Entry) -> None:
        """Show one branch of an entry in the place of the others."""
        self.entries = [branch if branch in entry.branches else entry for entry in self.entries]
        self.selected = branch.id

    def cut(self, entry_id: int) -> None:
        """Remove an entry and all that follow it."""
        for index, entry in enumerate(self.entries):
            if entry.id == entry_id:
                del self.entries[index:]
                for branch in self.entries[-1].branches if self.entries else ():
                    branch.followed = False
                break
        self.selected = self.entries[-1].id if self.entries else None

    def find(self, entry_id: int | None) -> Entry | None:
        """The entry of that id, or None."""
        return next((entry for entry in self.entries if entry.id == entry_id), None)

    def to_dict(self, entries: list[Entry] | None = None) -> dict[str, Any]:
        """The whole conversation with all its evidence, JSON-ready."""
        return {
            "schema": "credence.conversation/1",
            "turns": [
                {
                    **_record(entry),
                    "branches": [_record(branch) for branch in entry.branches if branch is not entry],
                }
                for entry in (self.entries if entries is None else entries)
            ],
        }


def _record(entry: Entry) -> dict[str, Any]:
    return {
        "question": entry.question,
        "label": entry.label,
        "error": entry.error or None,
        "assessment": entry.turn.assessment.to_dict() if entry.turn and entry.turn.assessment else None,
    }
