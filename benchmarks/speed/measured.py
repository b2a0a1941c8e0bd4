"""Repeated measurements, and how they are written: the median with the smallest and largest value."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median


@dataclass(frozen=True, slots=True)
class Run:
    """One measured turn, or one part of it.

    Parameters
    ----------
    seconds : wall time
    calls : calls of the model
    evaluated : prompt tokens that the engine read; those from its prefix cache are not among them
    cached : prompt tokens from the prefix cache
    decoded : tokens that the model wrote
    samples : samples that a consistency check drew

    A count that the engine does not report is None.
    """

    seconds: float
    calls: int
    evaluated: int | None
    cached: int | None
    decoded: int | None
    samples: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """The runs of one way to ask about one kind of question."""

    question: str
    way: str
    runs: tuple[Run, ...]

    def median(self, name: str) -> float | None:
        """The median of one of a run's fields; None if a run does not have it."""
        values = [getattr(run, name) for run in self.runs]
        return None if not values or None in values else median(values)


@dataclass(frozen=True, slots=True)
class Machine:
    """Where and when something was measured."""

    processor: str
    processors: int
    system: str
    date: str
    loads: tuple[float, float]  # of the last minute, at the start and at the end

    def __str__(self) -> str:
        before, after = self.loads
        return (
            f"{self.processor}, {self.processors} processors, {self.system}, {self.date}; "
            f"load {before:.1f} before and {after:.1f} after"
        )


def this_machine(load_before: float) -> Machine:
    """This machine, now."""
    return Machine(
        _processor(), os.cpu_count() or 1, platform.system(), f"{datetime.now(UTC):%Y-%m-%d}",
        (load_before, load()),
    )  # fmt: skip


def load() -> float:
    """Processes that ran or waited for a processor, averaged over the last minute."""
    return round(os.getloadavg()[0], 2)


def _processor() -> str:
    with Path("/proc/cpuinfo").open(encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()


def spread(values: Sequence[float], form: str = ".2f") -> str:
    """Median, smallest and largest value.

    >>> spread([0.5, 0.25, 1.0])
    '0.50 (0.25–1.00)'
    """
    return f"{median(values):{form}} ({min(values):{form}}–{max(values):{form}})"


def ratio(numerator: Row, denominator: Row, name: str = "seconds") -> float | None:
    """The ratio of two medians; None if one is missing or the denominator is 0."""
    above, below = numerator.median(name), denominator.median(name)
    return None if above is None or not below else above / below
