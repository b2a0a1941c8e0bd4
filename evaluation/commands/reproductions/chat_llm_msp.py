"""Plaut, Nguyen & Trinh (2024), arXiv 2402.13213, from their raw results: ``python -m evaluation reproduce msp FOLDER``.

FOLDER contains a gzipped CSV for each of seven chat models (dataset, prompt, index, correct, parsed, msp, max_logit).
The command computes with this project's metrics: accuracy and AUROC of the maximum softmax probability and the maximum
logit, calibration error, abstention scores with the published rule for the threshold (once with the authors' own choice of
the labelled questions, and once over many other choices), and the paper's main finding. Figures
are means over five data sets and two prompts; intervals are 95 % bootstrap intervals over the questions of each data set.
"""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from chains.command_line import at_least
from chains.progress import SLOW, tracked
from estimators.calibration.risk_control import BALANCED, CONSERVATIVE, LABELLED
from evaluation.metrics.bootstrap import SEED
from evaluation.reports.tables import aligned, markdown
from evaluation.reproductions.chat_llm_msp import (
    abstention_rows,
    authors_rows,
    far_lines,
    finding_lines,
    ranking_rows,
)
from evaluation.reproductions.msp_authors import SCALES, ScoreName, Withholding, withholding
from evaluation.reproductions.msp_figures import DRAWS, RESAMPLES, main_finding, reproduced
from evaluation.reproductions.msp_results import read_results

PENALTIES = {"balanced": BALANCED, "conservative": CONSERVATIVE}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The folder, and the resamples."""
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


def run(args: argparse.Namespace) -> int:
    """Print our figures next to the published ones; returns the exit code."""
    results = read_results(args.folder)
    models = {
        name: reproduced(cells, args.draws, args.intervals, args.seed)
        for name, cells in tracked(list(results.items()), "measuring", "models", after=SLOW)
    }
    authors: dict[ScoreName, dict[str, dict[str, Withholding]]] = {
        score: {name: withholding(results, score, penalty) for name, penalty in PENALTIES.items()}
        for score in SCALES
    }
    finding = main_finding(models)
    if args.json:
        plain = {
            "models": {name: figures.to_dict() for name, figures in models.items()},
            "main_finding": finding,
            "authors_choice": {
                score: {
                    penalty: {name: asdict(figures) for name, figures in by_model.items()}
                    for penalty, by_model in by_penalty.items()
                }
                for score, by_penalty in authors.items()
            },
        }
        print(json.dumps(plain, indent=1, allow_nan=False))
        return 0
    lay_out = markdown if args.markdown else aligned
    tables = (
        ranking_rows(models),
        *(authors_rows(models, by_penalty, score) for score, by_penalty in authors.items()),
        abstention_rows(models, "balanced"),
        abstention_rows(models, "conservative"),
    )
    table_lines = [line for rows in tables for line in (*lay_out(rows), "")]
    print("\n\n".join(["\n".join(table_lines).rstrip(), *far_lines(models), *finding_lines(finding)]))
    return 0
