"""UF calibration against baselines (Zhang et al. 2024, arXiv 2404.02655): ``python -m evaluation reproduce uf RUN…``.

RUN was written by `python -m evaluation run` with samples and the signal uf. For every signal, the command prints ECE
over ten equal-width bins, the inverse pair ratio, confidence evenness (to be read together) and AUROC, with 95 %
bootstrap intervals over questions (basic; percentile for AUROC), on the graded answers that have both the signal and uf,
and the ECE of uf on the same answers. The readings uf_rightmost and uf_last of the same chains are added where the run
lacks them.
"""

import argparse

from evaluation.commands.arguments import run_arguments
from evaluation.reports.tables import aligned, markdown
from evaluation.reproductions.run_files import read_sources, source_rows
from evaluation.reproductions.uncertainty_fidelity import calls, signal_rows, with_all_readings

add_arguments = run_arguments


def run(args: argparse.Namespace) -> int:
    """Print the tables; returns the exit code."""
    sources = tuple(map(with_all_readings, read_sources(args.runs)))
    lay_out = markdown if args.markdown else aligned
    print("\n".join(lay_out(source_rows(sources, args.intervals))))
    for source in sources:
        print(
            f"\n{source.title}: {len(source.run.graded):,} graded answers, {calls(source):.1f} calls a question\n"
        )
        print("\n".join(lay_out(signal_rows(source, args.intervals))))
    return 0
