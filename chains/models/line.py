"""The line before a model: whose call it takes next.

Answers and follow-up questions have places of their own, so no answer waits for another person's follow-up questions.
An engine with one place takes the answers first. The follow-up questions of one turn come before those of a later one, so
its figures are complete early and the engine still knows its prompt; after each ``ROUND`` of them a turn steps back behind
the others.
"""

import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count

from langchain_core.language_models import BaseChatModel

from chains.errors import Busy, CallCancelled

MOST = 50  # turns that a model has at the same time; further ones are turned away
ELSEWHERE = (
    64  # calls at the same time of a model that does not say how many it takes: a server has its own line
)
ROUND = (
    10  # follow-up questions: the default panel has at most as many, a consistency check has several rounds
)
LOOK = 0.25  # seconds between two looks of whoever waits
BUSY = "The model is busy: {count} questions are being answered or wait already. Try again in a minute."
Told = Callable[
    [str], bool
]  # gets the place in line, empty if it is one's turn; False: nobody waits any more


@dataclass(frozen=True, slots=True)
class Load:
    """How many turns a model works on now, and how many wait for their answer to begin."""

    running: int
    waiting: int


@dataclass(frozen=True, slots=True, order=True)
class _Ticket:
    """A call that waits; the smallest is the next."""

    later: bool  # a follow-up question
    round: int
    turn: int  # 0 for an answer
    number: int


class _Places:
    """A number of places, and the calls that wait for one."""

    def __init__(self, free: int) -> None:
        self.free = free
        self.waiting: list[_Ticket] = []  # a heap


class Line:
    """The turns of one model, and the calls that they make; all methods may be called from several threads.

    Parameters
    ----------
    places : calls that the model takes at the same time, half of them answers
    most : turns at the same time
    """

    def __init__(self, places: int, most: int = MOST) -> None:
        self._changed = threading.Condition()
        self._most, self._turns, self._numbers = most, 0, count(1)
        self._answers = _Places(max(1, places // 2))
        self._asked = self._answers if places == 1 else _Places(places - places // 2)

    @property
    def load(self) -> Load:
        """The turns of this moment."""
        with self._changed:
            waiting = sum(not ticket.later for ticket in self._answers.waiting)
            return Load(self._turns - waiting, waiting)

    def check_room(self) -> None:
        """Raise Busy if no further turn has room."""
        if self._turns >= self._most:
            raise Busy(BUSY.format(count=self._turns))

    def join(self) -> None:
        """Take the room of a turn, until ``leave``; raises Busy."""
        with self._changed:
            self.check_room()
            self._turns += 1

    def leave(self) -> None:
        """Give the room of a turn back."""
        with self._changed:
            self._turns -= 1

    @contextmanager
    def member(self, told: Told) -> Iterator[None]:
        """The calls that this thread, and those that copy its context, make in the block wait in this line."""
        token = _MEMBER.set(_Member(self, told, next(self._numbers)))
        try:
            yield
        finally:
            _MEMBER.reset(token)

    @contextmanager
    def joined(self, told: Told) -> Iterator[None]:
        """A turn whose calls wait in this line; raises Busy at once if it has no room."""
        self.join()
        try:
            with self.member(told):
                yield
        finally:
            self.leave()

    @contextmanager
    def place(self, told: Told, turn: int = 0, made: int = 0) -> Iterator[None]:
        """A place for an answer, or for a follow-up question of a turn that has made some already.

        ``told`` gets the place in line several times a second, and ends the wait. Raises CallCancelled if the wait is ended.
        """
        places = self._asked if turn else self._answers
        mine = _Ticket(turn > 0, made // ROUND, turn, next(self._numbers))
        with self._changed:
            heappush(places.waiting, mine)
        try:
            while place := self._taken(places, mine):
                if not told(place_in_words(place)):
                    raise CallCancelled
                with self._changed:
                    self._changed.wait_for(lambda: places.free and places.waiting[0] == mine, LOOK)
        except BaseException:
            with self._changed:
                places.waiting = sorted(other for other in places.waiting if other != mine)
                self._changed.notify_all()
            raise
        try:
            told("")
            yield
        finally:
            with self._changed:
                places.free += 1
                self._changed.notify_all()

    def _taken(self, places: _Places, mine: _Ticket) -> int:
        """0 if a place was free and was taken, else how many calls are before this one, itself included."""
        with self._changed:
            if places.free and places.waiting[0] == mine:
                heappop(places.waiting)
                places.free -= 1
                return 0
            return sum(other <= mine for other in places.waiting)


def place_in_words(place: int) -> str:
    """A place in a line.

    >>> [place_in_words(place) for place in (1, 2, 3, 4, 11, 21)]
    ['next in line', '2nd in line', '3rd in line', '4th in line', '11th in line', '21st in line']
    """
    if place == 1:
        return "next in line"
    ending = "th" if place % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    return f"{place}{ending} in line"


@dataclass(slots=True, eq=False)
class _Member:
    """A turn in a line."""

    line: Line
    told: Told
    number: int
    made: int = 0  # follow-up questions


_MEMBER: ContextVar[_Member | None] = ContextVar("line", default=None)
_LINES: dict[int, Line] = {}
_MAKING = threading.Lock()


def line_of(model: BaseChatModel) -> Line:
    """The one line of a model; ``model.places`` says how many calls it takes at the same time."""
    with _MAKING:
        if (line := _LINES.get(id(model))) is None:
            line = _LINES[id(model)] = Line(int(getattr(model, "places", ELSEWHERE)))
            weakref.finalize(model, _LINES.pop, id(model), None)
        return line


def in_line(
    *, answering: bool, cancelled: threading.Event | None = None, questions: int = 1
) -> AbstractContextManager[None]:
    """A place for one call of the turn that this thread works on; outside a line nobody waits.

    Only the place of an answer is told. ``cancelled`` ends the wait, too. A batch of ``questions`` is one call.
    """
    if (member := _MEMBER.get()) is None:
        return nullcontext()
    told = member.told

    def heard(place: str) -> bool:
        return told(place if answering else "") and not (cancelled is not None and cancelled.is_set())

    if answering:
        return member.line.place(heard)
    made, member.made = member.made, member.made + questions
    return member.line.place(heard, member.number, made)
