"""Compares two runs on the questions that both have graded, with paired tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from chains.progress import SLOW, tracked
from evaluation.metrics import (
    BY_NAME,
    Difference,
    McNemar,
    Metric,
    mcnemar,
    paired_differences,
)
from evaluation.metrics.bootstrap import DRAWS
from evaluation.metrics.validation import Floats
from evaluation.runs.reader import Run
from evaluation.runs.record import Record
from evaluation.scoring.signal_scores import intervals_by
from files.errors import BadFile

Pairs = Sequence[tuple[Record, Record]]


@dataclass(frozen=True, slots=True)
class Compared:
    """Two runs on the questions that both have graded."""

    first: Run
    second: Run
    n: int
    accuracy: Difference  # its p is McNemar's
    test: McNemar
    signals: Mapping[
        str, tuple[int, Mapping[str, Difference]]
    ]  # name → answers that have it in both, differences
    draws: int
    seed: int

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "first": str(self.first.path),
            "second": str(self.second.path),
            "models": [self.first.model, self.second.model],
            "n": self.n,
            "not_shared": [len(self.first.graded) - self.n, len(self.second.graded) - self.n],
            "differing": {name: list(both) for name, both in differing(self.first, self.second).items()},
            "accuracy": {
                **self.accuracy.to_dict(),
                "only_first": self.test.only_first,
                "only_second": self.test.only_second,
                "test": "McNemar, exact",
            },
            "signals": {
                name: {"n": n, **{metric: difference.to_dict() for metric, difference in differences.items()}}
                for name, (n, differences) in self.signals.items()
            },
            "intervals_by": intervals_by(self.draws, self.seed),
        }


def compared(
    first: Run,
    second: Run,
    names: Sequence[str],
    metrics: Sequence[Metric],
    draws: int = DRAWS,
    seed: int = 0,
) -> Compared:
    """The comparison of two runs in these metrics, for the named signals, or else for all that both have. Raises
    BadFile if they share no graded question, or if one of them lacks a named signal.
    """
    pairs = shared(first, second)
    both = [name for name in first.signals if name in second.signals]
    unknown = [name for name in names if name not in both]
    if unknown:
        raise BadFile(
            f"the runs do not both have the signal {', '.join(unknown)}; both have: {', '.join(both) or 'none'}."
        )
    sides = [[float(bool(pair[side].correct)) for pair in pairs] for side in (0, 1)]
    test = mcnemar(*sides)
    even = [0.5] * len(pairs)  # accuracy needs no confidence
    right = paired_differences(
        (even, sides[0]), (even, sides[1]), [BY_NAME["accuracy"]], draws=draws, seed=seed
    )
    signals = {
        name: _signal(pairs, name, metrics, draws, seed)
        for name in tracked(names or both, "comparing", "signals", after=SLOW)
    }
    return Compared(
        first, second, len(pairs), replace(right["accuracy"], p=test.p), test, signals, draws, seed
    )


def shared(first: Run, second: Run) -> Pairs:
    """The records of the questions that both have graded; raises BadFile without any, or if an id has two questions."""
    seconds = {record.id: record for record in second.graded}
    pairs = [(record, seconds[record.id]) for record in first.graded if record.id in seconds]
    if not pairs:
        raise BadFile(f"{first.path} and {second.path} share no graded question: their ids must match.")
    clashing = [
        mine.id
        for mine, theirs in pairs
        if (mine.question, mine.choices) != (theirs.question, theirs.choices)
    ]
    if clashing:
        raise BadFile(
            f"{first.path} and {second.path}: {len(clashing)} ids belong to different questions, the first of them "
            f"{clashing[0]!r}: the runs used different question files."
        )
    return pairs


def _signal(
    pairs: Pairs, name: str, metrics: Sequence[Metric], draws: int, seed: int
) -> tuple[int, Mapping[str, Difference]]:
    having = [pair for pair in pairs if all(_confidence(record, name) is not None for record in pair)]
    if not having:
        return 0, {}
    sides: list[tuple[Floats, Floats]] = []
    for side in (0, 1):
        confidence = np.array([_confidence(pair[side], name) for pair in having], dtype=np.float64)
        sides.append((confidence, np.array([float(bool(pair[side].correct)) for pair in having])))
    return len(having), paired_differences(sides[0], sides[1], metrics, draws=draws, seed=seed)


def _confidence(record: Record, name: str) -> float | None:
    signal = record.by_name.get(name)
    return None if signal is None else signal.confidence


def differing(first: Run, second: Run) -> dict[str, tuple[Any, Any]]:
    """The header fields in which two runs differ, by their path."""
    mine, theirs = _flat(first.header), _flat(second.header)
    names = [name for name in dict.fromkeys([*mine, *theirs]) if mine.get(name) != theirs.get(name)]
    return {name: (mine.get(name), theirs.get(name)) for name in names}


def _flat(header: Mapping[str, object], path: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in header.items():
        flat |= _flat(value, f"{path}{name}.") if isinstance(value, Mapping) else {f"{path}{name}": value}
    return flat
