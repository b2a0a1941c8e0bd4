"""How far the opening of a model has got; whoever opens one can listen to its steps."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from chains.progress import duration

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Step:
    """What is being done for a model now; a download also has its size in bytes and its speed in bytes per second."""

    what: str  # in lower case: "downloading x.gguf"
    done: int = 0
    total: int = 0  # 0: nothing is counted
    speed: float = 0.0

    @property
    def count(self) -> str:
        """How much is there; empty if nothing is counted.

        >>> Step("downloading x", 430_000_000, 1_093_000_000).count
        '430 of 1,093 MB'
        """
        return f"{megabytes(self.done)} of {megabytes(self.total)} MB" if self.total else ""

    @property
    def pace(self) -> str:
        """How fast it comes, and how long it takes.

        >>> Step("downloading x", 430_000_000, 1_093_000_000, 30_000_000).pace
        '30.0 MB/s, about 22 s left'
        """
        left = f", about {duration((self.total - self.done) / self.speed)} left" if self.speed > 0 else ""
        return f"{self.speed / MEGABYTE:.1f} MB/s{left}"


Listener = Callable[[Step], None]
_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Tell ``listener`` every step of what this thread opens meanwhile; what it raises ends the opening."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def report(step: Step) -> None:
    """Tell whoever listens that this is being done."""
    if (listener := _listener.get()) is not None:
        listener(step)


def megabytes(count: int) -> str:
    """A number of bytes in megabytes.

    >>> megabytes(1_093_400_000)
    '1,093'
    """
    return f"{count / MEGABYTE:,.0f}"
