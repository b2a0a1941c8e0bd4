"""Benchmark of all signals on runs: ``python -m evaluation reproduce signals RUN…``.

Each RUN was written by `python -m evaluation run` (``--signals all --samples 10`` for every signal). For every run, kind
of question and signal the command prints how many answers have it; AUROC, AUPRC (errors positive) and AURC of the raw
confidence; the ECE of the cross-fitted calibrated confidence; the difference of the AUROC from that of the letter (MSP) or
of the sequence probability on the same answers; and the cost beyond the answer. ``--plot`` draws AUROC against cost.

``--split half`` applies the rule of the default panel to one random half of the answers and measures its choice on the
other half.
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from chains.errors import CredenceError
from evaluation.commands.arguments import run_arguments
from evaluation.reports.area_cost import FORMATS, draw_area_cost
from evaluation.reports.tables import aligned, markdown
from evaluation.reproductions.run_files import read_sources, source_rows
from evaluation.reproductions.signals.benchmark import Cell, Measured, benchmark, cells
from evaluation.reproductions.signals.panel_choice import SPLIT_NOTE, panel_rows
from evaluation.reproductions.signals.rows import NOTE, benchmark_rows, plotted_run
from files.atomic import replacement
from files.errors import BadFile

Layout = Callable[[Sequence[Sequence[str]]], list[str]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The runs, the plot, and the split."""
    run_arguments(parser)
    parser.add_argument(
        "--plot", type=Path, metavar="FILE", help="draw AUROC against cost into this .png, .svg or .pdf file"
    )
    parser.add_argument(
        "--split", choices=("half",), help="choose the default panel on one half, measure it on the other"
    )


def run(args: argparse.Namespace) -> int:
    """Print the tables and draw the plot; returns the exit code."""
    if args.plot is not None and args.plot.suffix not in FORMATS:
        raise CredenceError(f"--plot {args.plot}: name a {', '.join(FORMATS[:-1])} or {FORMATS[-1]} file.")
    sources = read_sources(args.runs)
    found = list(cells(sources))
    if not found:
        raise BadFile("the runs contain no graded answer.")
    lay_out: Layout = markdown if args.markdown else aligned
    print("\n".join(lay_out(source_rows(sources, args.intervals))))
    measured = [(cell, benchmark(cell, args.intervals)) for cell in found]
    for cell, signals in measured:
        _print(cell.title, benchmark_rows(cell, signals), lay_out, args.markdown)
    print(f"\n{NOTE}")
    if args.split:
        for cell in found:
            _print(f"Default panel: {cell.title}", panel_rows(cell, args.intervals), lay_out, args.markdown)
        print(f"\n{SPLIT_NOTE}")
    if args.plot is not None:
        _draw(measured, args.plot)
    return 0


def _print(title: str, rows: Sequence[Sequence[str]], lay_out: Layout, as_markdown: bool) -> None:
    heading = f"### {title}" if as_markdown else title
    print(f"\n{heading}\n")
    print("\n".join(lay_out(rows)))


def _draw(measured: Sequence[tuple[Cell, Sequence[Measured]]], path: Path) -> None:
    runs = [plotted for cell, signals in measured if (plotted := plotted_run(cell, signals)).points]
    if not runs:
        raise CredenceError("no signal has both an AUROC and a known cost, so there is nothing to draw.")
    with replacement(path) as draft:
        draw_area_cost(runs, draft, path.suffix[1:])
    print(f"\nwritten: {path}")
