"""How far a long command is: a bar in a terminal, plain lines wherever the output goes to a file or a pipe."""

import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sized
from typing import Any, Self, TextIO, TypeVar

Item = TypeVar("Item")
MINUTE = 60.0  # seconds after which a plain line is written at the latest
LOOK = 5.0  # seconds between two looks at the clock while no step ends
SLOW = 10.0  # seconds; what is usually quick shows its progress only when it takes longer


class Progress:
    """Counts the steps of a long work and tells how far it is on stderr; use it as a context manager.

    In a terminal it is a bar. Elsewhere it writes a line at the start, at each tenth of the work and every minute,
    with the count and the time left. Every method may be called from several threads.
    """

    def __init__(
        self,
        what: str,
        unit: str,
        total: int | None,
        *,
        done: int = 0,
        after: float = 0.0,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin; nothing is shown of a work that is done already.

        Parameters
        ----------
        what : the work as it is named in the lines, such as "asking"
        unit : what is counted, in the plural
        total : how many there are; None where it cannot be counted: then only the time is told, and never as a bar
        done : how many an earlier run has done; they count, but not for the time left
        after : seconds during which nothing is shown
        """
        self._what, self._unit, self.total, self.done = what, unit, total, done
        self._after, self._stream, self._clock = after, stream or sys.stderr, clock
        self._lock = threading.RLock()
        self._before, self._began = done, clock()
        self._told_at, self._told_tenth, self._told_done = self._began, self._tenth, -1
        self._over = threading.Event()
        self._bar: Any = None
        if total is not None and done >= total:
            self._over.set()
        elif self._stream.isatty():
            self._bar = self._open_bar()
        else:
            if not after:
                self._tell()
            threading.Thread(target=self._every_minute, name="progress", daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def advance(self, steps: int = 1) -> None:
        """Some more steps are done."""
        with self._lock:
            self.done += steps
            if self._bar is not None:
                self._bar.update(steps)
            elif self.total is not None and self._tenth > self._told_tenth:
                self._tell()

    def look(self) -> None:
        """Write a line if the last one is a minute old; called every few seconds, also while no step ends."""
        with self._lock:
            if self._bar is None and self._clock() - self._told_at >= MINUTE:
                self._tell()

    def say(self, line: str) -> None:
        """Write a line of another kind, above the bar where there is one."""
        with self._lock:
            if self._bar is not None:
                self._bar.write(line, file=self._stream)
            else:
                print(line, file=self._stream, flush=True)

    def close(self) -> None:
        """The end, whether all was done or not; says how far it came where no line has said it."""
        with self._lock:
            ended, shown = self._over.is_set(), self._told_done not in (-1, self.done)
            self._over.set()
            if self._bar is not None:
                self._bar.close()
            elif not ended and shown:
                self._tell()

    @property
    def _tenth(self) -> int:
        return 10 * self.done // self.total if self.total else 0

    def _tell(self) -> None:
        """Write one line, unless it is too early for any."""
        now = self._clock()
        if now - self._began < self._after:
            return
        self._told_at, self._told_tenth, self._told_done = now, self._tenth, self.done
        self.say(f"{self._what}: {self._how_far(now - self._began)}")

    def _how_far(self, seconds: float) -> str:
        if self.total is None:
            return f"{duration(seconds)} so far" if seconds >= 1 else "begun"
        count = f"{self.done:,} of {self.total:,} {self._unit} ({self.done / self.total:.0%})"
        if self.done >= self.total:
            return f"{count}, took {duration(seconds)}"
        if self.done == self._before:
            return count if seconds < 1 else f"{count}, {duration(seconds)} so far"
        left = seconds / (self.done - self._before) * (self.total - self.done)
        return f"{count}, about {duration(left)} left"

    def _every_minute(self) -> None:
        while not self._over.wait(LOOK) and not self._stream.closed:
            self.look()

    def _open_bar(self) -> Any:
        if self.total is None:
            return None
        from tqdm import tqdm

        return tqdm(
            desc=self._what, unit=f" {self._unit}", total=self.total, initial=self.done, delay=self._after,
            file=self._stream,
        )  # fmt: skip


def tracked(
    items: Iterable[Item],
    what: str,
    unit: str,
    *,
    total: int | None = None,
    done: int = 0,
    after: float = 0.0,
) -> Iterator[Item]:
    """The items as they are, with their progress told; ``total`` of a list is its length and ``done``."""
    if total is None and isinstance(items, Sized):
        total = len(items) + done
    with Progress(what, unit, total, done=done, after=after) as progress:
        for item in items:
            yield item
            progress.advance()


def duration(seconds: float) -> str:
    """A time for people.

    >>> duration(0.4), duration(40), duration(600), duration(3700)
    ('0 s', '40 s', '10 min', '1 h 02 min')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min"
