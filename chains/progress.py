"""Progress of long commands: a bar in a terminal, plain lines if the output goes to a file or a pipe."""

import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sized
from typing import Any, Self, TextIO, TypeVar

Item = TypeVar("Item")
MINUTE = 60.0  # seconds between two plain lines at most
LOOK = 5.0  # seconds between two checks of the clock while no step finishes
SLOW = 10.0  # seconds; work that is usually quick shows progress only after this time


class Progress:
    """Counts the steps of a long task and reports progress on stderr; use it as a context manager.

    In a terminal it shows a bar. Elsewhere it writes a line at the start, after each tenth of the work and every
    minute, with the count and the time left. All methods may be called from several threads.
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
        """Start; shows nothing if the work is already done.

        Parameters
        ----------
        what : name of the task in the lines, such as "asking"
        unit : the things that are counted, in the plural
        total : how many there are; None if unknown: then only the time is reported, never as a bar
        done : how many an earlier run has done; they count, but not towards the estimate of the time left
        after : seconds during which nothing is shown
        """
        self._what, self._unit, self.total, self.done = what, unit, total, done
        self._after, self._stream, self._clock = after, stream or sys.stderr, clock
        self._lock = threading.RLock()
        self._before, self._began = done, clock()
        self._reported_at, self._reported_tenth, self._reported_done = self._began, self._tenth, -1
        self._over = threading.Event()
        self._bar: Any = None
        if total is not None and done >= total:
            self._over.set()
        elif self._stream.isatty():
            self._bar = self._open_bar()
        else:
            if not after:
                self._report()
            threading.Thread(target=self._every_minute, name="progress", daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def advance(self, steps: int = 1) -> None:
        """Count further steps as done."""
        with self._lock:
            self.done += steps
            if self._bar is not None:
                self._bar.update(steps)
            elif self.total is not None and self._tenth > self._reported_tenth:
                self._report()

    def look(self) -> None:
        """Write a line if the last one is a minute old; called every few seconds, even while no step finishes."""
        with self._lock:
            if self._bar is None and self._clock() - self._reported_at >= MINUTE:
                self._report()

    def say(self, line: str) -> None:
        """Write any other line, above the bar if there is one."""
        with self._lock:
            if self._bar is not None:
                self._bar.write(line, file=self._stream)
            else:
                print(line, file=self._stream, flush=True)

    def close(self) -> None:
        """Stop, whether or not all is done; reports the final count if no line has yet."""
        with self._lock:
            ended, shown = self._over.is_set(), self._reported_done not in (-1, self.done)
            self._over.set()
            if self._bar is not None:
                self._bar.close()
            elif not ended and shown:
                self._report()

    @property
    def _tenth(self) -> int:
        return 10 * self.done // self.total if self.total else 0

    def _report(self) -> None:
        """Write one line, unless it is too early."""
        now = self._clock()
        if now - self._began < self._after:
            return
        self._reported_at, self._reported_tenth, self._reported_done = now, self._tenth, self.done
        self.say(f"{self._what}: {self._state(now - self._began)}")

    def _state(self, seconds: float) -> str:
        if self.total is None:
            return f"{duration(seconds)} so far" if seconds >= 1 else "started"
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
    """Yield the items and report progress; the ``total`` of a list is its length plus ``done``."""
    if total is None and isinstance(items, Sized):
        total = len(items) + done
    with Progress(what, unit, total, done=done, after=after) as progress:
        for item in items:
            yield item
            progress.advance()


def duration(seconds: float) -> str:
    """A duration as people write it.

    >>> duration(0.4), duration(40), duration(600), duration(3700)
    ('0 s', '40 s', '10 min', '1 h 02 min')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min"
