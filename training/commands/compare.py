"""Compare runs: settings that differ, figures on held-out answers."""

import argparse
from pathlib import Path

from training.results.compare import compare


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The runs."""
    parser.add_argument("--minutes", type=float, help="ignore everything after this training time")
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="the --out folder of a run")


def run(args: argparse.Namespace) -> int:
    """Print the comparison; returns the exit code."""
    print(compare(args.runs, args.minutes))
    return 0
