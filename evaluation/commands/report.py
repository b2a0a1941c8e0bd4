"""Write one or several runs as one HTML page and as Markdown: ``python -m evaluation report RUN… --out report.html``.

RUN was written by `python -m evaluation run`. The page needs no network and no script. It shows all signals and metrics
with 95 % intervals, reliability diagrams, risk–coverage curves, alignment, markers, cost, and the most overconfident
answers. Each run has its own section; with several runs, another section compares them. No model is opened.
"""

import argparse
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from evaluation.commands.arguments import interval_options
from evaluation.metrics import Estimate
from evaluation.reports.page import html_page, markdown_page
from evaluation.reports.parts import Part, Report, Section, Table
from evaluation.reports.tables import ABSENT, cell, two_lines
from evaluation.run_report.run_section import ScoredRun, label, run_section, score_whole
from evaluation.runs.reader import Run, read_runs
from evaluation.scoring.signal_scores import check_graded, check_signals
from files.atomic import write_text
from files.errors import BadFile

# Compared across runs. A constant confidence has the first three at 0, so they are always shown together.
ACROSS = {
    "ece": "ECE ↓",
    "ipr": "IPR ↓",
    "confidence_evenness": "Evenness ↑",
    "auroc": "AUROC ↑",
    "rho": "ρ ↑",
}


def run(args: argparse.Namespace) -> int:
    """Write the page and its Markdown version; returns the exit code."""
    if args.out.suffix != ".html":
        raise BadFile(f"{args.out}: the name must end in .html; the Markdown goes into the same folder.")
    runs = [part for run in read_runs(args.runs) for part in _parts(run, args.by_domain)]
    for run in runs:
        check_graded(run)
        if args.signal or args.overconfident_by:
            check_signals(run, [*args.signal, *filter(None, [args.overconfident_by])])
    titles = [_title(run, args.by_domain) for run in runs]
    scored = []
    for run, title in zip(runs, titles, strict=True):
        print(
            f"{title}: {len(args.signal or run.signals)} signals of {len(run.graded):,} answers …",
            file=sys.stderr,
        )
        scored.append(score_whole(run, args.intervals, args.seed, args.signal))
    sections = [
        run_section(scored_run, title, args.overconfident_by)
        for scored_run, title in zip(scored, titles, strict=True)
    ]
    if len(scored) > 1:
        sections.insert(0, side_by_side(scored, titles))
    command = shlex.join(
        ["python", "-m", str(__package__).rpartition(".")[0], "report", *map(str, _named(args))]
    )
    report = Report(args.title or _heading(runs), _lead(runs), sections, (f"Made by {command}",))
    markdown = args.out.with_suffix(".md")
    write_text(args.out, html_page(report))
    write_text(markdown, markdown_page(report, args.out.name))
    print(f"written to {args.out} and {markdown}")
    return 0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The runs, the page, and what it shows."""
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.html")
    parser.add_argument("--title", help="title of the page (default: the models)")
    parser.add_argument("--by-domain", action="store_true", help="a section for each domain of a run")
    parser.add_argument(
        "--signal", action="append", default=[], metavar="NAME", help="show only this signal; may be repeated"
    )
    parser.add_argument(
        "--overconfident-by", default="", metavar="NAME",
        help="signal that ranks the overconfident answers (default: p_ic, else the first)",
    )  # fmt: skip
    interval_options(parser)


def _named(args: argparse.Namespace) -> list[str]:
    """The command without folders, which mean nothing on another machine."""
    options = ["--out", args.out.name, "--intervals", args.intervals, "--seed", args.seed]
    options += ["--by-domain"] if args.by_domain else []
    options += [text for name in args.signal for text in ("--signal", name)]
    options += ["--overconfident-by", args.overconfident_by] if args.overconfident_by else []
    return [*(path.name for path in args.runs), *map(str, options)]


def _parts(run: Run, by_domain: bool) -> list[Run]:
    domains = sorted({record.domain for record in run.records if record.domain})
    return [run.within(domain) for domain in domains] if by_domain and domains else [run]


def _title(run: Run, by_domain: bool) -> str:
    domains = {record.domain for record in run.records if record.domain}
    return f"{run.name}, {domains.pop()}" if by_domain and len(domains) == 1 else run.name


def _heading(runs: Sequence[Run]) -> str:
    models = list(dict.fromkeys(run.model or run.name for run in runs))
    return f"Confidence and accuracy: {', '.join(models[:3])}{' and others' if len(models) > 3 else ''}"


def _lead(runs: Sequence[Run]) -> str:
    graded = sum(len(run.graded) for run in runs)
    right = sum(bool(record.correct) for run in runs for record in run.graded)
    what = "run" if len(runs) == 1 else "runs"
    return f"{len(runs)} {what}, {graded:,} graded answers, {right:,} of them correct."


def side_by_side(scored: Sequence[ScoredRun], titles: Sequence[str]) -> Section:
    """The figures of every signal, compared across runs."""
    rows = [["run", "model", "graded", "accuracy"]]
    rows += [
        [title, scored_run.run.model, f"{len(scored_run.run.graded):,}", cell(scored_run.accuracy)]
        for title, scored_run in zip(titles, scored, strict=True)
    ]
    parts: list[Part] = [Table("Runs", rows, left=2)]
    names = list(dict.fromkeys(signal.name for run in scored for signal in run.signals))
    counts = [{signal.name: f"{signal.n:,}" for signal in run.signals} for run in scored]
    body = [[label(name), *(some.get(name, ABSENT) for some in counts)] for name in names]
    parts.append(Table("Graded answers with the signal", [["signal", *titles], *body], folded=True))
    for metric, title in ACROSS.items():
        body = [[label(name), *(two_lines(_figure(run, name, metric)) for run in scored)] for name in names]
        there = [row for row in body if set(row[1:]) != {ABSENT}]
        if there:
            parts.append(Table(title, [["signal", *titles], *there]))
    return Section("Side by side", parts)


def _figure(run: ScoredRun, name: str, metric: str) -> Estimate | None:
    if metric == "rho":
        return next((alignment.rho for alignment in run.alignment if alignment.expressed == name), None)
    return next((signal.figures.get(metric) for signal in run.signals if signal.name == name), None)
