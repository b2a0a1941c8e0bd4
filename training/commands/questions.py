"""Write a file of arithmetic questions from a seed."""

import argparse
from pathlib import Path

from chains.command_line import positive
from files.json_lines import write_objects
from training.data.arithmetic import arithmetic_questions
from training.errors import TrainingStopped


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The file, and how many questions of which difficulty."""
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--n", type=positive, default=2000, help="number of questions (default: 2000)")
    parser.add_argument(
        "--digits", type=positive, default=4, help="maximum digits per number; fewer are easier (default: 4)"
    )
    parser.add_argument("--seed", type=int, default=0)


def run(args: argparse.Namespace) -> int:
    """Write the questions; returns the exit code."""
    try:
        write_objects(args.out, arithmetic_questions(args.n, args.seed, args.digits))
    except ValueError as error:
        raise TrainingStopped(f"{error}: ask for fewer, or raise --digits.") from None
    print(f"Wrote {args.n} questions to {args.out}.")
    return 0
