"""Test whether guarantees hold on other kinds of questions: ``python -m evaluation reproduce shift RUN RUN…``.

Each RUN is one data set, answered by the same model. A calibration is fitted on answers of each of them (at most 250,
seeded), then measured on the remaining questions of that set and on every other set. "Out of distribution" is the share
of questions with that warning (embeddings beyond the calibration's 95 % quantile). "AUROC of the distance" is for
telling the other set's questions from held-out questions of the same set. "Combined − best raw" compares
the shown figure with the raw signal that ranks the tested questions best. "Signals shifted" and "calibration off" test
the run as a whole, without labels and with them, at the level of 1 %.
"""

import argparse

from chains.command_line import positive
from chains.errors import CredenceError
from evaluation.commands.arguments import add_kind, run_arguments
from evaluation.metrics.bootstrap import SEED
from evaluation.reports.tables import aligned, markdown
from evaluation.reproductions.run_files import read_sources, source_rows
from evaluation.reproductions.shift import CALIBRATING, shift_rows
from evaluation.reproductions.split_half import pooled


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The runs, and the answers that calibrate."""
    run_arguments(parser)
    add_kind(parser)
    parser.add_argument(
        "--n",
        type=positive,
        default=CALIBRATING,
        help=f"maximum number of answers to calibrate on (default: {CALIBRATING})",
    )
    parser.add_argument("--seed", type=int, default=SEED, help="random seed for choosing them")


def run(args: argparse.Namespace) -> int:
    """Print the tables; returns the exit code."""
    sources = read_sources(args.runs)
    if len(sources) < 2:
        raise CredenceError("A shift needs at least two runs, one for each data set.")
    pooled(sources, args.kind)  # of one model
    lay_out = markdown if args.markdown else aligned
    figures, guarantees = shift_rows(sources, args.n, args.seed, args.intervals, args.kind)
    print(
        "\n\n".join(
            "\n".join(lay_out(rows)) for rows in (source_rows(sources, args.intervals), figures, guarantees)
        )
    )
    return 0
