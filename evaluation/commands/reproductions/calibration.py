"""Measure how well a calibration works on held-out questions: ``python -m evaluation reproduce calibration RUN…``.

RUN was written by `python -m evaluation run` for one model. In each of five splits, answers
drawn from all runs are used to calibrate (half to fit, half to test the guarantees). The rest measure the result: the error
of the shown confidence, AUROC of the combined score and of every single signal (inverted if it falls with correctness
on the calibrating answers), the balanced score, and the guarantees. Intervals: 95 % bootstrap over questions, the same
resample in all splits, with the fits fixed; basic for ECE, otherwise percentile.
"""

import argparse

from chains.command_line import positive
from evaluation.commands.arguments import add_kind, run_arguments
from evaluation.reports.tables import aligned, markdown
from evaluation.reproductions.calibration import (
    CALIBRATING,
    SPLITS,
    guarantee_rows,
    main_rows,
    signal_rows,
    weight_rows,
)
from evaluation.reproductions.run_files import read_sources, source_rows
from evaluation.reproductions.split_half import pooled, splits


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The runs, and how they are split."""
    run_arguments(parser)
    add_kind(parser)
    parser.add_argument(
        "--n", type=positive, default=CALIBRATING, help=f"calibrating answers (default: {CALIBRATING})"
    )
    parser.add_argument(
        "--splits", type=positive, default=SPLITS, help=f"number of splits (default: {SPLITS})"
    )


def run(args: argparse.Namespace) -> int:
    """Print the tables; returns the exit code."""
    sources = read_sources(args.runs)
    pool = pooled(sources, args.kind)
    all_splits = splits(pool, args.n, args.splits)
    lay_out = markdown if args.markdown else aligned
    tables = (
        source_rows(sources, args.intervals),
        main_rows(pool, all_splits, args.intervals),
        signal_rows(pool, all_splits, args.intervals),
        guarantee_rows(all_splits),
        weight_rows(all_splits),
    )
    print("\n\n".join("\n".join(lay_out(rows)) for rows in tables))
    return 0
