"""Ownership bias (arXiv 2606.03437): ``python -m evaluation reproduce ownership RUN…``.

RUN was written by `python -m evaluation run` with signals that ask the same thing in the model's own turn and in the third
person. The command prints, for every such pair and on the graded answers that have both, ECE and Brier score of each
side and own minus third person, with its paired 95 % bootstrap interval over questions. A positive difference means that
the model judges its answer worse when it is marked as its own.
"""

import argparse

from evaluation.commands.arguments import run_arguments
from evaluation.reports.tables import aligned, markdown
from evaluation.reproductions.ownership import PUBLISHED_LINE, ownership_rows
from evaluation.reproductions.run_files import read_sources, source_rows
from files.errors import BadFile

add_arguments = run_arguments


def run(args: argparse.Namespace) -> int:
    """Print the tables; returns the exit code."""
    sources = read_sources(args.runs)
    rows = ownership_rows(sources, args.intervals)
    if len(rows) == 1:
        raise BadFile("no run has a signal in both perspectives, such as p_true_own and p_true_third.")
    if args.markdown:
        tables = markdown(source_rows(sources, args.intervals)), markdown(rows, left=2)
    else:
        tables = aligned(source_rows(sources, args.intervals)), aligned(rows, left=2)
    print("\n\n".join("\n".join(lines) for lines in tables))
    print(f"\n{PUBLISHED_LINE}")
    return 0
