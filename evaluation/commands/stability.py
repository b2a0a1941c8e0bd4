"""Measure how stable a model's markers are across data sets: ``python -m evaluation stability FILE…``.

FILE is either the ….sentences.jsonl that `python -m evaluation mic` wrote (conf(s) of every judged sentence, and
whether its answer was correct) or a run of `python -m evaluation run`. Give any number of both, all of one model. The
command prints MIC and accuracy by marker and data set, and the seven stability metrics on MIC, on accuracy as defined,
and on accuracy as the authors' released code computes it. --published adds what stands beside published figures: the
metrics with one column for each form, the published rows by model, the metrics on MIC as the authors' code computes
them (four ways to average the error; with and without <no_hedge>), and figure 1 of the MIC paper. Accuracies come from
the runs if there are any, otherwise from the answers of the sentences. A data set is a domain, or a file with --by-file.

The markers' values come from half of the questions of a data set; errors are measured on the other half. A checksum of
the question's id and the seed decides which half it is in. Each metric is the mean over --halves splits, with the
lowest and the highest in brackets.
References: Liu & Cohan 2026 (arXiv 2605.28778), Liu et al. 2025 (arXiv 2505.24778).
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from chains.command_line import positive
from estimators.markers.mic import MarkerConfidence
from evaluation.metrics import Estimate, Item, cmfg_published
from evaluation.metrics.markers.confidence import MIN_COUNT
from evaluation.metrics.markers.stability import Form
from evaluation.metrics.markers.stability_published import PUBLISHED
from evaluation.mic.sentences import graded_items
from evaluation.reports.tables import ABSENT, aligned, cell, markdown, number
from evaluation.reproductions.markers import authors_rows, figure_rows, published_rows, source_rows
from evaluation.reproductions.markers import metric_rows as comparison_rows
from evaluation.scoring.marker_scores import HALVES, data_sets, marker_items, norm_cell
from evaluation.scoring.stability import (
    TITLES,
    Measured,
    answer_accuracy,
    measured,
    plain,
    read_files,
    sentence_cmfg,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The files, and what is computed and printed."""
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one JSON object")
    form.add_argument("--markdown", action="store_true", help="print Markdown tables")
    parser.add_argument(
        "--published",
        action="store_true",
        help="also print the tables beside published figures (Liu et al. 2025, Liu & Cohan 2026)",
    )
    parser.add_argument(
        "--by-file", action="store_true", help="treat each file as a data set and ignore its domains"
    )
    parser.add_argument(
        "--min-count", type=int, default=MIN_COUNT, metavar="N",
        help=f"sentences in the training half that a marker needs per data set (default: {MIN_COUNT})",
    )  # fmt: skip
    parser.add_argument(
        "--halves",
        type=positive,
        default=HALVES,
        metavar="N",
        help=f"number of splits into halves (default: {HALVES})",
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="seed of the first split; the others use the next ones"
    )


def run(args: argparse.Namespace) -> int:
    """Print the tables; returns the exit code."""
    sentences, records = read_files(args.files, args.by_file)
    figures = data_sets(records)
    accuracy = {**answer_accuracy(sentences), **figures.accuracy}
    faithful = sentence_cmfg(sentences) or figures.cmfg
    faithful_published = sentence_cmfg(sentences, cmfg_published) or figures.cmfg_published
    graded = marker_items(records, "accuracy") or graded_items(sentences)
    seeds = range(args.seed, args.seed + args.halves)
    items: Mapping[Form, list[Item]] = {
        "mic": [
            Item(sentence.marker, sentence.domain, sentence.confidence, sentence.question)
            for sentence in sentences
        ],
        "accuracy": graded,
        "accuracy_published": graded,
    }
    forms = [
        measured(form, items[form], args.min_count, seeds, accuracy, faithful, figures.numeric)
        for form in TITLES
    ]
    if args.json:
        result: dict[str, Any] = {
            "accuracies": accuracy,
            "cmfg": faithful,
            "cmfg_published": faithful_published,
        }
        if args.published:
            result["published"] = PUBLISHED
        print(
            json.dumps(
                {**result, **{measured_form.form: plain(measured_form) for measured_form in forms}},
                ensure_ascii=False,
                indent=1,
                allow_nan=False,
            )
        )
        return 0
    lay_out = markdown if args.markdown else aligned
    tables = [source_rows(args.files)] if args.by_file else []
    tables.append(data_set_rows(accuracy, faithful, faithful_published))
    tables += [
        marker_rows(measured_form)
        for measured_form in forms
        if len(measured_form.markers) > 1 and measured_form.form != "accuracy_published"
    ]
    laid_out = [lay_out(rows) for rows in tables if len(rows) > 1]
    laid_out.append(lay_out(metric_rows(forms), left=3))
    if args.published:
        by_form = {measured_form.form: measured_form for measured_form in forms}
        metrics = {form: by_form[form].metrics for form in TITLES}
        laid_out += [
            lay_out(comparison_rows(metrics)),
            lay_out(published_rows(metrics["accuracy_published"])),
        ]
        if items["mic"]:
            rows = authors_rows(items["mic"], seeds, args.min_count, accuracy, faithful_published)
            laid_out += [lay_out(rows), lay_out(figure_rows(by_form["mic"].markers))]
    print("\n\n".join("\n".join(lines) for lines in laid_out))
    return 0


def data_set_rows(*figures: Mapping[str, float]) -> list[list[str]]:
    """Accuracy and the two variants of cMFG of the data sets."""
    rows = [["data set", "accuracy", "cMFG", "cMFG, authors' code"]]
    for name in sorted(set().union(*figures)):
        rows.append([name, *(number(some[name]) if name in some else ABSENT for some in figures)])
    return rows


def marker_rows(measured: Measured) -> list[list[str]]:
    """Markers × data sets: the value with its interval and count, the most frequent marker first.

    Markers without a value anywhere share the last row.
    """
    names = list(measured.markers)
    rows = [[TITLES[measured.form], "human norm", *names]]
    rare = 0
    for marker in measured.markers[names[0]]:  # "all" comes first
        cells = [measured.markers[name].get(marker) for name in names]
        if all(cell is None or cell.mic is None for cell in cells):
            rare += 1
            continue
        rows.append([marker, norm_cell(marker), *map(_entry, cells)])
    if rare:
        rows.append([f"{rare:,} others, each too rare", *[""] * (1 + len(names))])
    return rows


def _entry(entry: MarkerConfidence | None) -> str:
    if entry is None:
        return ABSENT
    shown = ABSENT if entry.mic is None else cell(Estimate(entry.mic, low=entry.low, high=entry.high), 2)
    return f"{shown} ({entry.n:,})"


def metric_rows(forms: Sequence[Measured]) -> list[list[str]]:
    """The seven metrics of each form, with the reason where one is missing."""
    rows = [["metric", "form", "value, or why it is missing"]]
    for form in forms:
        rows += [
            [name, TITLES[form.form], cell(value, absent=value.missing)]
            for name, value in form.metrics.items()
        ]
    return rows
