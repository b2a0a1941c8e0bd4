"""A conversation as the page keeps it: its turns, each with the person's label."""

import itertools
import secrets
from dataclasses import dataclass, field
from typing import Any, Literal

from chains.pipeline.turn import Turn
from estimators.calibration.record import Kind
from estimators.types import Answer, Message, Question
from ui.chat.kept_state import Kept

Label = Literal["yes", "no", "unknown"]
_ids = itertools.count(1)


@dataclass(slots=True, eq=False)  # identity, not equality: two turns may ask the same question
class Entry:
    """One question with its turn, and the person's own label."""

    question: str
    turn: Turn | None = None
    error: str = ""
    paused: bool = False  # the engine waits some seconds before a restart; a button restarts it now
    trouble: str = ""  # why the engine stopped before this turn; shown until its answer comes
    label: Label | None = None
    revealed: bool = False  # the person chose to see a withheld answer
    dropped: tuple[str, ...] = ()  # earlier questions that did not fit into the context
    rows: Any = None  # of the answer, as last drawn
    origin: str = ""  # of a branch: which token replaced which
    family: list["Entry"] = field(
        default_factory=list, repr=False, compare=False
    )  # all branches, oldest first
    followed: bool = False  # later turns continue from this branch
    recorded: bool = False  # it came with Credence and keeps the decision of that time
    number: int | None = None  # its number among the answers that a calibration could use
    id: int = field(default_factory=lambda: next(_ids))
    key: str = field(default_factory=lambda: secrets.token_hex(8))  # stays when it is stored and opened again

    @property
    def branches(self) -> list["Entry"]:
        """All branches of this turn, itself among them."""
        return self.family or [self]

    @property
    def answer(self) -> Answer | None:
        return self.turn.answer if self.turn else None


@dataclass(slots=True)
class Conversation:
    """The turns of one page, oldest first, each represented by the branch shown; ``running`` is the turn in progress."""

    entries: list[Entry] = field(default_factory=list)
    selected: int | None = None  # id of the entry whose panel is shown
    running: Any = None  # the live turn, if any
    risk: float | None = None  # the accepted share of wrong answers; None: not chosen yet
    settings: Any = None  # the settings used most recently
    kept: Kept = field(default_factory=Kept)

    @property
    def kind(self) -> Kind | None:
        """The kind of the question whose panel is shown; None before the first question."""
        entry = self.find(self.selected)
        return entry.turn.kind if entry and entry.turn else None

    def asked_before(self, entry: Entry) -> tuple[str, ...]:
        """The questions before that entry."""
        return tuple(earlier.question for earlier in self.entries[: self.entries.index(entry)])

    def history(self, before: int | None = None) -> tuple[Message, ...]:
        """The messages of the answered turns before that entry."""
        messages: list[Message] = []
        for entry in self.entries:
            if entry.id == before:
                break
            followed = next((branch for branch in entry.branches if branch.followed), entry)
            if followed.answer and followed.answer.text and not followed.error:
                messages += [Message("user", followed.question), Message("assistant", followed.answer.text)]
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
        """Add a branch to an entry and show it; the other branches are kept."""
        new = Entry(entry.question, dropped=entry.dropped, origin=origin)
        family = [*entry.branches, new]
        for member in family:
            member.family = family
        self.show(new)
        return new

    def show(self, branch: Entry) -> None:
        """Show this branch of its entry."""
        self.entries = [branch if branch in entry.branches else entry for entry in self.entries]
        self.selected = branch.id

    def cut(self, entry_id: int) -> None:
        """Remove an entry and all later ones."""
        for index, entry in enumerate(self.entries):
            if entry.id == entry_id:
                del self.entries[index:]
                for branch in self.entries[-1].branches if self.entries else ():
                    branch.followed = False
                break
        self.selected = self.entries[-1].id if self.entries else None

    def find(self, entry_id: int | None) -> Entry | None:
        """The entry with this id, or None."""
        return next((entry for entry in self.entries if entry.id == entry_id), None)
