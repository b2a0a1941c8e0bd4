"""What a request may ask for at most, and how many requests the model serves at the same time."""

import asyncio
from dataclasses import dataclass

from service.faults import Fault

BODY = 2_000_000  # bytes of a request
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
