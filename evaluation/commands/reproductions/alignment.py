"""Confidence–probability alignment (Kumar et al. 2024, arXiv 2405.16282): ``python -m evaluation reproduce alignment RUN…``.

RUN was written by `python -m evaluation run` with the signal p_ic and any expressed signals. The command prints
Spearman's ρ of P_IC with every expressed confidence, tie-corrected, with its 95 % percentile bootstrap interval over
questions and the number of answers that have both; answers whose probe could not be read are left out. “Constant”
means that one side is the same for all answers, so there is no ρ. Runs of the same model and data set share a column.
"""

import argparse

from evaluation.commands.arguments import run_arguments
from evaluation.reports.tables import aligned, markdown
from evaluation.reproductions.alignment import alignment_rows
from evaluation.reproductions.run_files import read_sources, source_rows

add_arguments = run_arguments


def run(args: argparse.Namespace) -> int:
    """Print the tables; returns the exit code."""
    sources = read_sources(args.runs)
    lay_out = markdown if args.markdown else aligned
    tables = (source_rows(sources, args.intervals), alignment_rows(sources, args.intervals))
    print("\n\n".join("\n".join(lay_out(rows)) for rows in tables))
    return 0
