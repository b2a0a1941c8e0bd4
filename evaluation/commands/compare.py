"""Compare two runs on the questions they share, with paired tests: ``python -m evaluation compare A B``.

A and B were written by `python -m evaluation run` with two models, prompts or settings. The comparison covers the
questions with the same id and text that both have graded: accuracy by McNemar's exact test, and every signal that both
have by a paired bootstrap over questions. Differences are A − B. p values are not corrected for multiple tests. No
model is opened.
"""

import argparse
import json
from pathlib import Path

from evaluation.commands.arguments import interval_options, resamples_needed
from evaluation.metrics import BY_NAME, METRICS
from evaluation.run_report.terminal import MAIN, difference_lines, footnote
from evaluation.runs.reader import read_run
from evaluation.scoring.comparison import Compared, compared, differing
from evaluation.scoring.signal_scores import TITLES


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The two runs, and what is shown of them."""
    parser.add_argument("first", type=Path, metavar="A")
    parser.add_argument("second", type=Path, metavar="B")
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object with every metric of every signal"
    )
    parser.add_argument(
        "--signal", action="append", default=[], metavar="NAME", help="show only this signal, in full"
    )
    interval_options(parser)


def run(args: argparse.Namespace) -> int:
    """Print the comparison; with ``--json`` as one object."""
    first, second = read_run(args.first), read_run(args.second)
    whole = args.json or args.signal
    metrics = (
        [metric for metric in METRICS if metric.resampled] if whole else [BY_NAME[name] for name in MAIN]
    )
    comparison = compared(first, second, args.signal, metrics, resamples_needed(args.intervals), args.seed)
    if args.json:
        print(json.dumps(comparison.to_dict(), ensure_ascii=False, indent=1, allow_nan=False))
    else:
        print("\n".join([*lines(comparison), *footnote(comparison.draws, comparison.seed, paired=True)]))
    return 0


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
