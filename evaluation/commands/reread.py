"""Read the replies of a run again with this version, without a model: ``python -m evaluation reread RUN --out FILE``.

RUN was written by `python -m evaluation run` and contains every reply with its tokens. Every signal is recomputed from
them; questions and answers stay as they are, and so do grades without --grade. Calibrated confidences are left out,
because they depend on the old signals. The advice is based on the raw signals. --signals adds signals that RUN does not
have: those that need no further call get a value, the others the reason why they have none.
"""

import argparse
from pathlib import Path

from evaluation.commands.arguments import signal_names
from evaluation.runs.recompute import Differences, recomputed_rows
from files.errors import BadFile
from files.json_lines import write_objects


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The run and the new file."""
    parser.add_argument("run", type=Path, metavar="RUN")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE")
    parser.add_argument(
        "--signals",
        default="",
        metavar="NAMES",
        help='signals to add, separated by commas, or "all" (default: none)',
    )
    parser.add_argument(
        "--grade", action="store_true", help="grade the answers again, except those that a judge graded"
    )


def run(args: argparse.Namespace) -> int:
    """Write the run with its new signals and report which of them changed; returns the exit code."""
    if args.out.exists():
        raise BadFile(f"{args.out} already exists: choose another --out.")
    differences = Differences()
    write_objects(args.out, recomputed_rows(args.run, differences, signal_names(args.signals), args.grade))
    for name, count in differences.changed.most_common():
        print(f"{name}: {count:,} answers changed")
    for name, count in differences.added.items():
        print(f"{name}: added to {count:,} answers")
    if args.grade:
        print(f"grades: {len(differences.grades):,} answers changed")
    print(f"{'No signal changed; ' if not differences.changed else ''}written to {args.out}")
    return 0
