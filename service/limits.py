"""What a request may ask for at most, how often, and how many requests the model serves at the same time."""

import asyncio
import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from service.faults import Fault

BODY = 2_000_000  # bytes of a request of a program
UPLOAD = 50_000_000  # bytes of a file
PAGE_BODY = UPLOAD + 1_000_000  # bytes of a request of the page: a file with its form, or a conversation
CHARACTERS = 100_000  # of a question, an answer or a message
CHOICES = 26  # options of a question, one letter each
ITEMS = 200  # questions of a batch
MESSAGES = 500  # of a conversation


@dataclass(frozen=True, slots=True)
class Load:
    """How many requests the model serves now, and how many wait."""

    running: int
    waiting: int


class Queue:
    """Lets a few requests use the model at the same time; some more wait, all others are turned away."""

    def __init__(self, at_once: int = 2, waiting: int = 32) -> None:
        self._at_once, self._most_waiting = at_once, waiting
        self._slots = asyncio.Semaphore(at_once)
        self._waiting = self._running = 0

    @property
    def load(self) -> Load:
        """The requests of this moment."""
        return Load(self._running, self._waiting)

    def check_room(self) -> None:
        """Raise Fault (429) if too many requests wait already."""
        if self._slots.locked() and self._waiting >= self._most_waiting:
            raise Fault(
                f"The model is busy, and {self._waiting} requests wait already. Try again in some seconds.",
                429,
                code="busy",
            )

    async def enter(self) -> None:
        """Take a slot, or wait for one; raises Fault as ``check_room`` does. Each one needs a ``leave``."""
        self.check_room()
        self._waiting += 1
        try:
            await self._slots.acquire()
        finally:
            self._waiting -= 1
        self._running += 1

    def leave(self) -> None:
        """Give the slot back."""
        self._running -= 1
        self._slots.release()


class Rate:
    """How often each visitor may call: ``a_minute`` times at once, and after that as often in a minute.

    >>> clock = iter([0.0, 0.0, 0.0, 30.0])
    >>> rate = Rate(2, clock=lambda: next(clock))
    >>> [rate.wait("ann") for _ in range(4)]
    [0, 0, 30, 0]
    """

    MOST_VISITORS = 10_000  # whose calls are remembered

    def __init__(self, a_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._a_minute, self._clock = a_minute, clock
        self._left: dict[str, tuple[float, float]] = {}  # calls left, and when; the latest visitor last

    def wait(self, visitor: str) -> int:
        """Count a call; returns 0, or the seconds until the next one is allowed."""
        now = self._clock()
        left, since = self._left.pop(visitor, (float(self._a_minute), now))
        left = min(float(self._a_minute), left + (now - since) * self._a_minute / 60)
        allowed = left >= 1
        self._left[visitor] = (left - allowed, now)
        if len(self._left) > self.MOST_VISITORS:
            del self._left[next(iter(self._left))]
        return 0 if allowed else math.ceil((1 - left) * 60 / self._a_minute)
