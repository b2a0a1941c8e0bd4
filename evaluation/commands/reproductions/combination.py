"""Compare the combined score with the best single signal: ``python -m evaluation reproduce combination RUN…``.

Each RUN was written by `python -m evaluation run`. For every run, kind of question and number of labelled answers,
twenty seeded splits calibrate on that many answers (half to fit, half to test) and measure the result on all others. The
rival is the single signal with the highest AUROC on the same labelled answers, after the same last calibration step.
“Best in hindsight” is the signal with the highest AUROC on the held-out answers themselves. Intervals: 95 %
percentile bootstrap of the difference over questions, the same resample in all splits, with the fits fixed.
"""

import argparse

from chains.command_line import positive
from evaluation.commands.arguments import run_arguments
from evaluation.reports.tables import aligned, markdown
from evaluation.reproductions.combination import LABELS, SPLITS, combination_rows
from evaluation.reproductions.run_files import read_sources, source_rows


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The runs, the numbers of labelled answers, and the splits."""
    run_arguments(parser)
    parser.add_argument(
        "--n",
        type=positive,
        nargs="+",
        default=list(LABELS),
        help="labelled answers (default: 50 100 250 500)",
    )
    parser.add_argument(
        "--splits", type=positive, default=SPLITS, help=f"number of splits (default: {SPLITS})"
    )


def run(args: argparse.Namespace) -> int:
    """Print the tables; returns the exit code."""
    sources = read_sources(args.runs)
    lay_out = markdown if args.markdown else aligned
    tables = (
        source_rows(sources, args.intervals),
        combination_rows(sources, args.n, args.splits, args.intervals),
    )
    print("\n\n".join("\n".join(lay_out(rows)) for rows in tables))
    return 0
