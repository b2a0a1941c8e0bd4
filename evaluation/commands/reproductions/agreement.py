"""Agreement across models: ``python -m evaluation reproduce agreement RUN RUN…``.

The runs are of different models on the same questions. For every pair, the command prints how often the answers of one
model are right where the other says the same (the same option, or the same in meaning) and where it does not, and how well
that agreement ranks them, beside the signal of their own tokens, with the paired 95 % bootstrap interval over questions.
"""

import argparse

from chains.meaning.embedding import open_embedder
from evaluation.commands.arguments import resamples_needed, run_arguments
from evaluation.reports.tables import aligned, markdown
from evaluation.reproductions.model_agreement import agreement_rows
from evaluation.reproductions.run_files import read_sources, source_rows
from files.errors import BadFile

add_arguments = run_arguments


def run(args: argparse.Namespace) -> int:
    """Print the tables; returns the exit code."""
    sources = read_sources(args.runs)
    if len({source.run.model for source in sources}) < 2:
        raise BadFile("agreement needs the runs of at least two models.")
    rows = agreement_rows(sources, open_embedder("builtin"), resamples_needed(args.intervals))
    if len(rows) == 1:
        raise BadFile("the runs share no graded questions: ask both models the same ones.")
    about = source_rows(sources, args.intervals)
    tables = (
        (markdown(about), markdown(rows, left=3))
        if args.markdown
        else (aligned(about), aligned(rows, left=3))
    )
    print("\n\n".join("\n".join(lines) for lines in tables))
    return 0
