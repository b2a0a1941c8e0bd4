"""Compare before and after: calibration, ranking, accuracy, histogram, reliability diagrams."""

import argparse
from pathlib import Path

from chains.command_line import positive
from training.commands.arguments import machine_options, quiet
from training.errors import TrainingStopped
from training.results.evaluate import evaluate


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The model before and after, the questions, and the folder."""
    parser.add_argument("--model", default="tiny", help="model that was trained (default: tiny)")
    parser.add_argument(
        "--before", help="adapter of the warmed-up model (default: the model without an adapter)"
    )
    parser.add_argument(
        "--after",
        action="append",
        required=True,
        metavar="ADAPTER",
        help="trained adapter; repeat for several",
    )
    parser.add_argument("--task", type=Path, required=True, help="questions of the training task")
    parser.add_argument(
        "--unseen",
        type=Path,
        action="append",
        default=[],
        help="questions of another kind; repeat for several",
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for replies, figures and report")
    parser.add_argument("--n", type=positive, default=300, help="questions per file (default: 300)")
    parser.add_argument(
        "--fitting",
        type=int,
        default=100,
        help="additional questions for fitting the temperature (default: 100)",
    )
    parser.add_argument("--batch", type=positive, default=16)
    parser.add_argument("--seed", type=int, default=0, help="seed for drawing questions (default: 0)")
    parser.add_argument(
        "--intervals",
        type=int,
        default=1000,
        metavar="N",
        help="bootstrap resamples for the intervals, 0 for none (default: 1000)",
    )
    machine_options(parser)


def run(args: argparse.Namespace) -> int:
    """Print the report; returns the exit code."""
    quiet()
    several = len(args.after) > 1
    adapters = {"before": args.before} | {
        f"after-{place}" if several else "after": adapter for place, adapter in enumerate(args.after, 1)
    }
    files = {path.stem: path for path in (args.task, *args.unseen)}
    if len(files) < 1 + len(args.unseen):
        raise TrainingStopped("Two question files have the same name: give them different ones.")
    print(
        evaluate(
            args.model, adapters, files, args.out, n=args.n, fitting=args.fitting, batch=args.batch,
            seed=args.seed, draws=args.intervals, device=args.device, dtype=args.dtype,
        )
    )  # fmt: skip
    return 0
