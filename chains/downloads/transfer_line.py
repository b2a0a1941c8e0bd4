"""How far a download has got: one line that changes in a terminal, a line every few seconds elsewhere."""

import shutil
import sys
import time
from collections import deque
from collections.abc import Callable
from typing import Self, TextIO

from chains.opening import Step, megabytes, report
from chains.progress import duration

EVERY = 5.0  # seconds between two lines where there is no terminal
WINDOW = 10.0  # seconds over which the speed is measured


class TransferLine:
    """Shows megabytes, speed and time left on stderr; use it as a context manager and call show() often."""

    def __init__(
        self,
        what: str,
        total: int,
        *,
        kept: int = 0,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start a line for ``total`` bytes; ``kept`` of them were there before and do not count for the speed."""
        self._what, self._total, self._kept = what, total, kept
        self._stream, self._clock = stream or sys.stderr, clock
        self._terminal = self._stream.isatty()
        self._began = self._shown_at = clock()
        self._seen: deque[tuple[float, int]] = deque([(self._began, 0)])
        self._write(
            f"{what}: {megabytes(total - kept)} MB" + (f", {megabytes(kept)} MB kept" if kept else "")
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if error[0] is None:
            took = duration(self._clock() - self._began)
            self._write(f"{self._what}: {megabytes(self._total - self._kept)} MB in {took}")
        if self._terminal:
            self._stream.write("\n")
            self._stream.flush()

    def show(self, received: int) -> None:
        """Take the bytes received so far, and show them if it is time."""
        now = self._clock()
        self._seen.append((now, received))
        while len(self._seen) > 2 and self._seen[0][0] < now - WINDOW:
            self._seen.popleft()
        step = Step(self._what, self._kept + received, self._total, self._speed())
        report(step)
        if self._terminal or now - self._shown_at >= EVERY:
            self._shown_at = now
            self._write(f"{self._what}: {step.count} ({step.done / step.total:.0%}), {step.pace}")

    def _speed(self) -> float:
        """Bytes per second over the last seconds."""
        (since, before), (now, received) = self._seen[0], self._seen[-1]
        return max(0.0, (received - before) / (now - since)) if now > since else 0.0

    def _write(self, text: str) -> None:
        if self._terminal:
            width = shutil.get_terminal_size().columns - 1
            self._stream.write(f"\r\x1b[K{text[:width]}")
        else:
            self._stream.write(f"{text}\n")
        self._stream.flush()
