"""Early stopping against all samples: ``python -m evaluation reproduce early-stopping RUN…``.

RUN was written by `python -m evaluation run --samples 10` with self_consistency, semantic_entropy and uf. Each question's
samples are replayed in their order until the rule of a consistency check stops
(`chains.pipeline.early_stopping`). The command prints AUROC and ECE of each signal with and without stopping, the paired
difference with its 95 % bootstrap interval over questions, and the samples and calls. UF is replayed for questions with
options only: the chains of free questions depend on which answers had been sampled.
"""

import argparse

from evaluation.commands.arguments import run_arguments
from evaluation.reports.tables import aligned, markdown
from evaluation.reproductions.early_stopping import cost_rows, early_rows
from evaluation.reproductions.run_files import read_sources, source_rows

add_arguments = run_arguments


def run(args: argparse.Namespace) -> int:
    """Print the tables; returns the exit code."""
    sources = read_sources(args.runs)
    lay_out = markdown if args.markdown else aligned
    tables = source_rows(sources, args.intervals), early_rows(sources, args.intervals), cost_rows(sources)
    print("\n\n".join("\n".join(lay_out(rows)) for rows in tables))
    return 0
