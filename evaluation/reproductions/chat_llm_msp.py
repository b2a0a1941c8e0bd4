"""Plaut, Nguyen & Trinh (2024), arXiv 2402.13213, from their raw results: ``python -m evaluation reproduce msp FOLDER``.

FOLDER holds a gzipped CSV for each of seven chat models (dataset, prompt, index, correct, parsed, msp, max_logit).
The command computes with this project's metrics: accuracy and AUROC of the maximum softmax probability and the maximum
logit, calibration error, abstention scores with the published rule for the threshold, and the paper's main finding. Figures
are means over five data sets and two prompts; intervals are 95 % bootstrap intervals over the questions of each data set.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from chains.progress import SLOW, tracked
from estimators.calibration.risk_control import LABELLED
from evaluation.commands.arguments import at_least, command_parser
from evaluation.metrics.bootstrap import SEED
from evaluation.reports.tables import aligned, markdown, number, p_value
from evaluation.reproductions.msp_figures import (
    DRAWS,
    RESAMPLES,
    Abstaining,
    Reproduced,
    main_finding,
    reproduced,
)
from evaluation.reproductions.msp_results import PUBLISHED, read_results


def main(arguments: Sequence[str] | None = None) -> int:
    """Print our figures next to the published ones; returns the exit code."""
    args = _parser().parse_args(arguments)
    models = {
        name: reproduced(cells, args.draws, args.intervals, args.seed)
        for name, cells in tracked(list(read_results(args.folder).items()), "measuring", "models", after=SLOW)
    }
    finding = main_finding(models)
    if args.json:
        plain = {
            "models": {name: figures.to_dict() for name, figures in models.items()},
            "main_finding": finding,
        }
        print(json.dumps(plain, indent=1, allow_nan=False))
        return 0
    lay_out = markdown if args.markdown else aligned
    tables = (
        ranking_rows(models),
        abstention_rows(models, "balanced"),
        abstention_rows(models, "conservative"),
    )
    table_lines = [line for rows in tables for line in (*lay_out(rows), "")]
    print("\n\n".join(["\n".join(table_lines).rstrip(), *far_lines(models), *finding_lines(finding)]))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("reproduce msp", __doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one JSON object")
    form.add_argument("--markdown", action="store_true", help="print Markdown tables")
    parser.add_argument(
        "--draws",
        type=at_least(20),
        default=DRAWS,
        help=f"number of draws of {LABELLED} questions (default: {DRAWS})",
    )
    parser.add_argument(
        "--intervals",
        type=at_least(100),
        default=RESAMPLES,
        metavar="N",
        help=f"bootstrap resamples (default: {RESAMPLES})",
    )
    parser.add_argument("--seed", type=int, default=SEED)
    return parser


def ranking_rows(models: Mapping[str, Reproduced]) -> list[list[str]]:
    """Accuracy, AUROC and calibration error next to the published figures."""
    rows = [["model", "n", "accuracy", "published", "AUROC MSP", "published", "AUROC max logit", "published",
             "calibration error"]]  # fmt: skip
    for name, figures in models.items():
        was = PUBLISHED[name]
        rows.append([was.title, f"{figures.n:,}",
                     _percent(figures, "accuracy"), f"{was.accuracy:.1f}",
                     _percent(figures, "auroc_msp"), f"{was.auroc_msp:.1f}",
                     _percent(figures, "auroc_logit"), "–" if was.auroc_logit is None else f"{was.auroc_logit:.1f}",
                     number(figures.calibration_error)])  # fmt: skip
    return rows


def _percent(figures: Reproduced, name: str) -> str:
    value = getattr(figures, name)
    if value is None:
        return "–"
    if name not in figures.intervals:
        return f"{value:.1f}"
    low, high = figures.intervals[name]
    return f"{value:.1f} [{low:.1f}, {high:.1f}]"


def abstention_rows(models: Mapping[str, Reproduced], score: str) -> list[list[str]]:
    """The balanced or the conservative score next to the published one; a mean more than 3 points away has a dagger."""
    rows = [["model", f"{score}, never abstaining", "published", "abstaining", "single choices", "published"]]
    for name, figures in models.items():
        was = PUBLISHED[name]
        both = getattr(was, score), getattr(was, f"{score}_abstaining")
        rows.append([was.title, *_scores(getattr(figures, score), *both)])
    return rows


def _scores(ours: Abstaining, never: float, published: float) -> list[str]:
    far = " †" if ours.differs(published) else ""
    values = (ours.never, never, ours.mean, published)
    shown, base, mean, was, low, high = (number(value, 1) for value in (*values, *ours.range))
    return [shown, base, mean + far, f"{low} to {high}", was]


def far_lines(models: Mapping[str, Reproduced]) -> list[str]:
    """Notes on means more than 3 points away."""
    lines = []
    for name, figures in models.items():
        for score in ("balanced", "conservative"):
            ours, published = getattr(figures, score), getattr(PUBLISHED[name], f"{score}_abstaining")
            if ours.differs(published):
                lines.append(
                    f"† {PUBLISHED[name].title}, {score}: {ours.beyond(published):.1%} of {ours.single.size:,} single "
                    f"choices lie at {number(published, 1)} or beyond it."
                )
    return lines


def finding_lines(finding: Mapping[str, Mapping[str, float]]) -> list[str]:
    """The main finding as lines of text."""
    published = {"auroc": "r = 0.96, p < 0.001", "calibration_error": "r = 0.41, p = 0.36"}
    titles = {"auroc": "AUROC", "calibration_error": "calibration error"}
    return [
        f"Across models, accuracy correlates with {titles[name]} at r = {correlation['r']:.2f}, "
        f"p {_sign(correlation['p'])} "
        f"(published: {published[name]})."
        for name, correlation in finding.items()
    ]


def _sign(p: float) -> str:
    text = p_value(p)
    return text if text.startswith("<") else f"= {text}"
