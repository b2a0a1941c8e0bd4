"""Two runs on the questions they share, with paired tests: ``python -m evaluation compare A B``.

A and B were written by `python -m evaluation run` with two models, prompts or settings. The comparison covers the
questions with the same id and text that both have graded: accuracy by McNemar's exact test, and every signal that both
have by a paired bootstrap over questions. Differences are A − B. p values are not corrected for multiple tests. No
model is opened.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from chains.progress import SLOW, tracked
from evaluation.commands.arguments import command_parser, interval_options
from evaluation.commands.score import resamples_needed
from evaluation.jsonl_file import BadFile
from evaluation.metrics import (
    BY_NAME,
    METRICS,
    Difference,
    McNemar,
    Metric,
    mcnemar,
    paired_differences,
)
from evaluation.metrics.bootstrap import DRAWS
from evaluation.metrics.validation import Floats
from evaluation.run_report.terminal import MAIN, difference_lines, footnote
from evaluation.runs.reader import Record, Run, read_run
from evaluation.scoring.signal_scores import TITLES, intervals_by

Pairs = Sequence[tuple[Record, Record]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the comparison; with ``--json`` as one object."""
    args = _parser().parse_args(arguments)
    first, second = read_run(args.first), read_run(args.second)
    comparison = compared(
        first,
        second,
        args.signal,
        resamples_needed(args.intervals),
        args.seed,
        full=args.json or args.signal,
    )
    if args.json:
        print(json.dumps(comparison.to_dict(), ensure_ascii=False, indent=1, allow_nan=False))
    else:
        print("\n".join([*lines(comparison), *footnote(comparison.draws, comparison.seed, paired=True)]))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("compare", __doc__)
    parser.add_argument("first", type=Path, metavar="A")
    parser.add_argument("second", type=Path, metavar="B")
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object with every metric of every signal"
    )
    parser.add_argument(
        "--signal", action="append", default=[], metavar="NAME", help="show only this signal, in full"
    )
    interval_options(parser)
    return parser


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
    first: Run, second: Run, names: Sequence[str] = (), draws: int = DRAWS, seed: int = 0, *, full: bool = True
) -> Compared:  # fmt: skip
    """The comparison of two runs; with ``full`` every metric that resampling allows, else the main ones.

    Raises BadFile if they share no graded question, or do not both have a signal that is named.
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
    metrics = [m for m in METRICS if m.resampled] if full else [BY_NAME[name] for name in MAIN]
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


def _flat(header: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in header.items():
        flat |= _flat(value, f"{path}{name}.") if isinstance(value, Mapping) else {f"{path}{name}": value}
    return flat


def lines(comparison: Compared) -> list[str]:
    """The comparison as lines of text."""
    first, second = comparison.first, comparison.second
    names = (first.name, second.name) if first.name != second.name else ("A", "B")
    text_lines = [
        f"{comparison.n:,} shared questions: A = {first.path} ({first.model}), B = {second.path} ({second.model})"
    ]
    rest = [len(run.graded) - comparison.n for run in (first, second)]
    text_lines += (
        [f"  left out, graded in one run only: {rest[0]:,} of A, {rest[1]:,} of B"] if any(rest) else []
    )
    text_lines += [f"  {name}: {a} · {b}" for name, (a, b) in differing(first, second).items()]
    text_lines += ["", "Accuracy", *difference_lines({"accuracy": comparison.accuracy}, *names)]
    text_lines.append(
        f"  only A right {comparison.test.only_first:,}, only B right {comparison.test.only_second:,}; "
        "p by McNemar's exact test"
    )
    for name, (n, differences) in comparison.signals.items():
        text_lines += ["", f"{TITLES.get(name, name)} ({name}), n = {n:,}"]
        text_lines += (
            difference_lines(differences, *names)
            if n
            else ["  no shared answer has this signal in both runs"]
        )
    return text_lines
