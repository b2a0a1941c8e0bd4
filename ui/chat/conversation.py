"""A conversation as the page keeps it: its turns, each with its versions and the person's label."""

import secrets
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from chains.pipeline.turn import Turn
from chains.settings import Settings
from conversations.changes import Change
from estimators.calibration.record import Kind
from estimators.types import Answer, Message, Question

Label = Literal["yes", "no", "unknown"]


@dataclass(slots=True, eq=False)  # identity, not equality: two turns may ask the same question
class Entry:
    """One question with its turn, and the person's own label."""

    question: str
    turn: Turn | None = None
    error: str = ""
    paused: bool = False  # the engine waits some seconds before a restart; a button restarts it now
    waiting: str = ""  # how far the model is that it waits for, or its place in line
    trouble: str = ""  # why the engine stopped before this turn; shown until its answer comes
    label: Label | None = None
    revealed: bool = False  # the person chose to see a withheld answer
    dropped: tuple[str, ...] = ()  # earlier questions that did not fit into the context
    rows: Any = None  # of the answer, as last drawn
    origin: str = ""  # of a later version: how it differs from the one it was made from
    family: list["Entry"] = field(default_factory=list, repr=False)  # all versions, oldest first
    later: list["Entry"] = field(default_factory=list, repr=False)  # what follows it, while another is shown
    recorded: bool = False  # it came with Credence and keeps the decision of that time
    number: int | None = None  # its number among the answers that a calibration could use
    key: str = field(default_factory=lambda: secrets.token_hex(8))  # stays when it is stored and opened again

    @property
    def branches(self) -> list["Entry"]:
        """All versions of this turn, itself among them."""
        return self.family or [self]

    @property
    def answer(self) -> Answer | None:
        return self.turn.answer if self.turn else None


def every(entries: Iterable[Entry]) -> Iterator[Entry]:
    """These turns with all their versions, and what follows those."""
    for entry in entries:
        for version in entry.branches:
            yield version
            yield from every(version.later)


class Guard:
    """A lock for what one thread at a time may do with a conversation; a copy of the conversation has its own."""

    def __init__(self) -> None:
        self.lock = threading.Lock()

    def __deepcopy__(self, memo: Any) -> "Guard":
        return Guard()


@dataclass(slots=True)
class Kept:
    """Which conversation this is, what of it is stored, and what still has to be."""

    id: str = ""  # empty before the first question
    title: str = ""
    rows: int = 0  # changes stored, as far as this page knows; more were made in another tab
    turns: dict[str, Any] = field(default_factory=dict)  # by key: what was noted of a turn
    order: Mapping[str, Any] = field(default_factory=dict)  # the turns shown, as noted
    settings: Mapping[str, Any] = field(default_factory=dict)  # as noted
    pending: list[Change] = field(default_factory=list)
    drafted: str = ""  # key of the turn of which a draft is stored
    next_draft: float = 0.0  # seconds, monotonic
    gone: bool = False  # deleted in another tab
    notice: str = ""  # why it is not stored; empty if it is
    news: str = ""  # what another tab did; said until the next action
    search: str = ""
    saving: Guard = field(default_factory=Guard, compare=False)


class Claim:
    """Stands for a turn that is about to start, so that a second message sent at the same moment starts none."""

    def stop(self) -> None:
        """Nothing runs yet."""


@dataclass(slots=True)
class Conversation:
    """The turns of one page, oldest first, each represented by the version shown; ``running`` is the turn in progress.

    A version has its own later turns: they are in ``entries`` while it is shown, and in its ``later`` while it is not.
    """

    entries: list[Entry] = field(default_factory=list)
    selected: str | None = None  # key of the entry whose panel is shown
    running: Any = None  # the live turn, or the claim of one; None if there is neither
    risk: float | None = None  # the accepted share of wrong answers; None: not chosen yet
    settings: Settings | None = None  # the settings used most recently
    presets: Any = None  # the presets that the visitor's browser keeps, on a shared page
    visitor: str = ""  # the name that the person is signed in with; empty if there is none
    hosted: str = ""  # the model that the visitor asks with an account of their own; empty: that of the page
    kept: Kept = field(default_factory=Kept)
    claiming: Guard = field(default_factory=Guard, compare=False)

    def claim(self) -> Claim | None:
        """Take the conversation for one turn; None while another has it."""
        with self.claiming.lock:
            if self.running:
                return None
            self.running = claim = Claim()
        return claim

    def give_up(self, claim: Claim) -> None:
        """End a claim that no turn came of."""
        if self.running is claim:
            self.running = None

    @property
    def kind(self) -> Kind | None:
        """The kind of the question whose panel is shown; None before the first question."""
        entry = self.find(self.selected)
        return entry.turn.kind if entry and entry.turn else None

    def asked_before(self, entry: Entry) -> tuple[str, ...]:
        """The questions before that entry."""
        return tuple(earlier.question for earlier in self.entries[: self.entries.index(entry)])

    def history(self, before: Entry | None = None) -> tuple[Message, ...]:
        """The messages of the answered turns before that entry."""
        messages: list[Message] = []
        for entry in self.entries:
            if entry is before:
                break
            if entry.answer and entry.answer.text and not entry.error:
                messages += [Message("user", entry.question), Message("assistant", entry.answer.text)]
        return tuple(messages)

    def start(self, text: str) -> tuple[Entry, Question]:
        """A new entry at the end, and the question to send."""
        question = Question(text, self.history())
        entry = Entry(text)
        self.entries.append(entry)
        self.selected = entry.key
        return entry, question

    def version(self, entry: Entry, origin: str, text: str | None = None) -> tuple[Entry, Question]:
        """A further version of an entry, shown in its place without later turns, and the question to send."""
        new = Entry(entry.question if text is None else text, dropped=entry.dropped, origin=origin)
        question = Question(new.question, self.history(entry))
        family = [*entry.branches, new]
        for member in family:
            member.family = family
        self.show(new)
        return new, question

    def take(self, compared: Sequence[Entry], chosen: Entry, titles: Sequence[str]) -> None:
        """Add a turn whose versions are the answers of a comparison; ``titles``: what each of them was asked of."""
        family = [entry for entry in compared if entry is chosen or (entry.answer and not entry.error)]
        for entry, title in zip(compared, titles, strict=True):
            if entry in family and len(family) > 1:
                entry.family, entry.origin = family, title
        self.entries.append(chosen)
        self.selected = chosen.key

    def show(self, version: Entry) -> None:
        """Show this version of its entry, with the turns that follow it."""
        for place, entry in enumerate(self.entries):
            if version in entry.branches and version is not entry:
                entry.later = self.entries[place + 1 :]
                self.entries = [*self.entries[:place], version, *version.later]
                version.later = []
        self.selected = version.key

    def bring(self, key: str) -> Entry | None:
        """Show the turn with this key, which may follow a version that is not shown; returns None if there is none."""
        path = _path(self.entries, key)
        for version in path:
            self.show(version)
        return path[-1] if path else None

    def cut(self, entry: Entry) -> None:
        """Remove an entry and all later ones."""
        del self.entries[self.entries.index(entry) :]
        self.selected = self.entries[-1].key if self.entries else None

    def find(self, key: str | None) -> Entry | None:
        """The shown entry with this key, or None."""
        return next((entry for entry in self.entries if entry.key == key), None)


def _path(entries: Iterable[Entry], key: str) -> list[Entry]:
    """The versions to show, in order, until the one with this key is in sight; empty if there is none."""
    for entry in entries:
        for version in entry.branches:
            if version.key == key:
                return [version]
            if below := _path(version.later, key):
                return [version, *below]
    return []
