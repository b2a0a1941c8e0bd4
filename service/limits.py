"""What a request may ask for at most, and how often; how many are served at the same time says the model's line."""

import math
import time
from collections.abc import Callable

BODY = 2_000_000  # bytes of a request of a program
UPLOAD = 50_000_000  # bytes of a file
PAGE_BODY = UPLOAD + 1_000_000  # bytes of a request of the page: a file with its form, or a conversation
LARGE = 500_000  # bytes of a request that takes more than a moment to read
OPEN = 300  # requests of one visitor at the same time; a page has three
CHARACTERS = 100_000  # of a question, an answer or a message
CHOICES = 26  # options of a question, one letter each
ITEMS = 200  # questions of a batch
MESSAGES = 500  # of a conversation


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
