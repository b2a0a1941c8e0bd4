"""Write the results of a study as one page: ``python -m study analyse DATA --out report.html``.

DATA is either the design file (its database is read) or an exported trials.csv or trials.jsonl. The report covers
reliance, over- and under-reliance, accuracy gain, people's calibration and discrimination, confidence shift and time,
by condition, with intervals over participants; for annotation studies it gives inter-rater agreement. The page works
offline; the same report is also written as Markdown. Practice trials and people who did not finish are left out.
"""

import argparse
import shlex
from pathlib import Path

from evaluation.metrics.bootstrap import DRAWS, SEED
from evaluation.reports.page import html_page, markdown_page
from files.atomic import write_text
from study.analysis.report import Choice, study_report
from study.design.confidence_scale import WORDS
from study.tables.export import trials_of
from study.tables.tidy_files import BadData

FEWEST_DRAWS = 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The data, the page, and who and what it covers."""
    parser.add_argument("data", type=Path, metavar="DATA")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.html")
    parser.add_argument("--title", help="title of the report (default: the study’s name)")
    parser.add_argument("--everyone", action="store_true", help="include people who did not finish")
    parser.add_argument(
        "--failed-checks",
        type=_count,
        metavar="N",
        help="leave out people who failed more than N attention checks",
    )
    parser.add_argument(
        "--reference", default="", metavar="CONDITION",
        help="condition the others are compared with (default: the one without displays)",
    )  # fmt: skip
    parser.add_argument(
        "--scale", choices=tuple(WORDS),
        help="what the ends of the confidence scale mean (default: what the design states or its labels say)",
    )  # fmt: skip
    parser.add_argument(
        "--intervals", type=_draws, default=DRAWS, metavar="N",
        help=f"bootstrap resamples for the intervals, 0 for none (default: {DRAWS})",
    )  # fmt: skip
    parser.add_argument(
        "--seed", type=int, default=SEED, help=f"random seed of the resamples (default: {SEED})"
    )


def run(args: argparse.Namespace) -> int:
    """Write the report as HTML and Markdown; returns the exit code."""
    if args.out.suffix != ".html":
        raise BadData(
            f"{args.out}: the file name must end in .html; the Markdown version is written next to it."
        )
    rows = trials_of(args.data)
    if not rows:
        raise BadData(f"{args.data} has no trials yet. Run analyse again once people have taken part.")
    choice = Choice(args.everyone, args.failed_checks, args.reference, args.scale)
    try:
        report = study_report(
            rows,
            choice,
            draws=args.intervals,
            seed=args.seed,
            title=args.title or "",
            command=_command(args),
        )
    except ValueError as error:  # an edited file, such as a confidence of 70 or two labels from one rater
        raise BadData(f"{args.data}: {error}.") from None
    markdown = args.out.with_suffix(".md")
    write_text(args.out, html_page(report))
    write_text(markdown, markdown_page(report, args.out.name))
    print(f"{report.lead} Written to {args.out} and {markdown}")
    return 0


def _count(text: str) -> int:
    if (count := int(text)) < 0:
        raise argparse.ArgumentTypeError(f"{text} is less than 0")
    return count


def _draws(text: str) -> int:
    if (count := int(text)) != 0 and count < FEWEST_DRAWS:
        raise argparse.ArgumentTypeError(
            f"{text} is too few: use 0 for no intervals, or at least {FEWEST_DRAWS}"
        )
    return count


def _command(args: argparse.Namespace) -> str:
    """The command without folder names, which mean nothing on other machines."""
    options = ["--out", args.out.name, "--intervals", str(args.intervals), "--seed", str(args.seed)]
    options += ["--reference", args.reference] if args.reference else []
    options += ["--scale", args.scale] if args.scale else []
    options += ["--everyone"] if args.everyone else []
    options += [] if args.failed_checks is None else ["--failed-checks", str(args.failed_checks)]
    return shlex.join(
        ["python", "-m", str(__package__).rpartition(".")[0], "analyse", args.data.name, *options]
    )
