"""A conversation as the page holds it: turns, with what the person said about each."""

import itertools
from dataclasses import dataclass, field
from typing import Any, Literal

from chains.turn import Turn
from estimators.types import Answer, Message, Question

Label = Literal["yes", "no", "unknown"]
_ids = itertools.count(1)


@dataclass(slots=True)
class Entry:
    """One question with its turn, and the person's own label."""

    question: str
    turn: Turn | None = None
    error: str = ""
    label: Label | None = None
    revealed: bool = False  # the person asked to see an answer that the app would withhold
    dropped: tuple[str, ...] = ()  # earlier questions that did not fit into the context
    drawn: tuple[Answer, Any, Any] | None = None  # the answer last drawn, its token rows and its phrases
    id: int = field(default_factory=lambda: next(_ids))

    @property
    def answer(self) -> Answer | None:
        return self.turn.answer if self.turn else None


@dataclass(slots=True)
class Conversation:
    """The turns of one page, oldest first; ``running`` is the turn in flight."""

    entries: list[Entry] = field(default_factory=list)
    selected: int | None = None  # id of the entry whose panel is shown
    running: Any = None  # the live turn, while there is one

    def history(self, before: int | None = None) -> tuple[Message, ...]:
        """The messages of the answered turns, up to the entry of that id."""
        messages: list[Message] = []
        for entry in self.entries:
            if entry.id == before:
                break
            if entry.answer and entry.answer.text and not entry.error:
                messages += [Message("user", entry.question), Message("assistant", entry.answer.text)]
        return tuple(messages)

    def start(self, text: str) -> tuple[Entry, Question]:
        """A new entry at the end, and the question to send."""
        question = Question(text, self.history())
        entry = Entry(text)
        self.entries.append(entry)
        self.selected = entry.id
        return entry, question

    def cut(self, entry_id: int) -> None:
        """Remove an entry and all that follow it."""
        for index, entry in enumerate(self.entries):
            if entry.id == entry_id:
                del self.entries[index:]
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
                    "question": entry.question,
                    "label": entry.label,
                    "error": entry.error or None,
                    "assessment": entry.turn.assessment.to_dict()
                    if entry.turn and entry.turn.assessment
                    else None,
                }
                for entry in (self.entries if entries is None else entries)
            ],
        }
