"""Compute all metrics of a run, or of any CSV with confidence and correct: ``python -m evaluation score FILE``.

FILE was written by `python -m evaluation run`, or is a CSV whose header names a column `confidence` (from 0 to 1; with
--percent from 0 to 100, with --decimal-comma as 0,85) and a column `correct` (1 or 0, true or false, yes or no). Other
columns are ignored; empty fields are left out and counted. No model is opened. Intervals are 95 % bootstrap intervals
over questions: percentile in general; basic for calibration errors, IPR and evenness; exact for the accuracy if all
answers are correct or all are wrong.
"""

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from chains.errors import CredenceError
from evaluation.commands.arguments import interval_options, resamples_needed
from evaluation.metrics import BY_NAME, METRICS, paired_differences
from evaluation.metrics.markers.stability import FORMS
from evaluation.metrics.validation import Floats
from evaluation.run_report.terminal import (
    MAIN,
    alignment_table,
    difference_lines,
    footnote,
    full_table,
    left_out,
    main_table,
    marker_lines,
    without,
)
from evaluation.runs.csv_answers import read_answers
from evaluation.runs.reader import Run, is_records, read_run
from evaluation.runs.written_numbers import Scale
from evaluation.scoring.marker_scores import run_cmfg, run_cmfg_published, run_stability
from evaluation.scoring.signal_scores import (
    alignments,
    check_graded,
    check_signals,
    intervals_by,
    plain_figures,
    score_run,
    scored,
    with_signal,
)
from files.errors import BadFile

SLOW = 50_000  # answers from which on intervals take minutes
Result = tuple[dict[str, Any], list[str]]


def run(args: argparse.Namespace) -> int:
    """Print the figures; with ``--json`` as one object."""
    if is_records(args.file):
        if args.percent or args.decimal_comma:
            raise CredenceError(
                "--percent and --decimal-comma only apply to a CSV: records contain shares from 0 to 1."
            )
        records = read_run(args.file)
        result, lines = _score_records(records.within(args.domain) if args.domain else records, args)
    else:
        result, lines = _score_csv(args)
    if args.json:
        print(json.dumps(result, ensure_ascii=False, indent=1, allow_nan=False))
    else:
        print("\n".join([*lines, *footnote(args.intervals, args.seed, paired=bool(args.paired))]))
    return 0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The file, how it is read, and which figures are shown."""
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object with the names of the metrics as keys"
    )
    interval_options(parser)
    parser.add_argument(
        "--paired",
        nargs=2,
        metavar="NAME",
        help="compare two signals (in a CSV: columns) on the same answers",
    )
    parser.add_argument(
        "--signal",
        action="append",
        default=[],
        metavar="NAME",
        help="records: show only this signal, in full",
    )
    parser.add_argument("--domain", metavar="NAME", help="records: only the questions of this domain")
    parser.add_argument(
        "--confidence", default="confidence", metavar="COLUMN", help="CSV: the column of confidences"
    )
    parser.add_argument("--correct", default="correct", metavar="COLUMN", help="CSV: the column of outcomes")
    parser.add_argument(
        "--percent",
        action="store_true",
        help="CSV: confidences are percentages, such as 85 or 85 %%, not shares",
    )
    parser.add_argument(
        "--decimal-comma", action="store_true", help="CSV: numbers have a decimal comma, such as 0,85"
    )


def _score_csv(args: argparse.Namespace) -> Result:
    columns = tuple(args.paired) if args.paired else (args.confidence,)
    answers = read_answers(args.file, columns, args.correct, Scale(args.percent, args.decimal_comma))
    if args.paired:
        first, second = (answers.confidence[name] for name in columns)
        there = ~(np.isnan(first) | np.isnan(second))
        return _paired(args, first[there], second[there], answers.correct[there])
    confidence = answers.confidence[args.confidence]
    there = ~np.isnan(confidence)
    if not there.any():
        raise BadFile(f"{args.file}: {args.confidence} is empty in every graded row: nothing can be scored.")
    counts = {"without_confidence": int((~there).sum()), "ungraded": answers.ungraded}
    _warn(int(there.sum()), args.intervals)
    signal = scored(
        args.confidence, confidence[there], answers.correct[there], Counter(), args.intervals, args.seed
    )
    how = intervals_by(args.intervals, args.seed)
    result = {"file": str(args.file), **signal.to_dict(), "left_out": counts, "intervals_by": how}
    head = f"{args.file}: {signal.n:,} answers, {int(signal.correct.sum()):,} correct"
    return result, [head, *left_out(counts), "", *full_table(signal)]


def _score_records(run: Run, args: argparse.Namespace) -> Result:
    check_graded(run)
    if args.paired:
        return _paired(args, *_both(run, *args.paired))
    _warn(len(run.graded), args.intervals)
    metrics = METRICS if args.json or args.signal else [BY_NAME[name] for name in MAIN]
    signals = score_run(run, args.intervals, args.seed, args.signal, metrics)
    right = sum(bool(record.correct) for record in run.graded)
    counts = {"failed": len(run.failed), "ungraded": len(run.ungraded), "cut_lines": run.cut}
    result: dict[str, Any] = {
        "file": str(run.path),
        "model": run.model,
        "questions": len(run.records),
        "n": len(run.graded),
        "accuracy": right / len(run.graded),
        "left_out": counts,
        "signals": {signal.name: signal.to_dict() for signal in signals},
        "intervals_by": intervals_by(args.intervals, args.seed),
    }
    who = run.model or "model not recorded"
    lines = [f"{run.path}: {who}, {len(run.graded):,} graded answers, {right:,} correct", *left_out(counts)]
    if args.signal:
        for signal in signals:
            lines += [
                "",
                f"{signal.title} ({signal.name}), n = {signal.n:,}",
                *without(signal),
                "",
                *full_table(signal),
            ]
        return result, lines
    pairs = alignments(run, args.intervals, args.seed)
    cmfg = {
        "cmfg": run_cmfg(run, args.intervals, args.seed),
        "cmfg_equal_mass": run_cmfg(run, args.intervals, args.seed, by="mass"),
        "cmfg_published": run_cmfg_published(run, args.intervals, args.seed),
    }
    stability = {str(form): run_stability(run, form) for form in FORMS}
    result["alignment"] = [pair.to_dict() for pair in pairs]
    forms = {form: plain_figures(metrics) for form, metrics in stability.items()}
    result["markers"] = {**plain_figures(cmfg), "stability": forms}
    lines += ["", *main_table(signals), *(["", *alignment_table(pairs)] if pairs else [])]
    lines += ["", *marker_lines(cmfg, stability)]
    return result, [*lines, "", "Every metric of one signal: --signal NAME. Everything: --json."]


def _both(run: Run, first_name: str, second_name: str) -> tuple[Floats, Floats, Floats]:
    """The confidences of two signals and the correctness of the graded answers that have both."""
    check_signals(run, (first_name, second_name))
    seconds = {record.id: confidence for record, confidence in with_signal(run.graded, second_name)}
    rows = [
        (confidence, seconds[record.id], float(bool(record.correct)))
        for record, confidence in with_signal(run.graded, first_name)
        if record.id in seconds
    ]
    first, second, correct = np.array(rows, dtype=np.float64).reshape(-1, 3).T
    return first, second, correct


def _paired(args: argparse.Namespace, first: Floats, second: Floats, correct: Floats) -> Result:
    first_name, second_name = args.paired
    if not correct.size:
        raise BadFile(f"{args.file}: no graded answer has both {first_name} and {second_name}.")
    differences = paired_differences(
        (first, correct),
        (second, correct),
        OF_CONFIDENCE,
        draws=resamples_needed(args.intervals),
        seed=args.seed,
    )
    result = {"file": str(args.file), "paired": [first_name, second_name], "n": int(correct.size)}
    metrics = {name: difference.to_dict() for name, difference in differences.items()}
    head = f"{args.file}: {first_name} against {second_name} on the same {correct.size:,} answers"
    return {**result, "metrics": metrics}, [head, "", *difference_lines(differences, first_name, second_name)]


# The metrics in which two signals on the same answers can differ; the others depend on the answers alone.
OF_CONFIDENCE = tuple(
    metric
    for metric in METRICS
    if metric.resampled and not metric.points and metric.name not in ("accuracy", "brier_uncertainty")
)


def _warn(n: int, resamples: int) -> None:
    if resamples and n >= SLOW:
        print(f"{n:,} answers: the intervals take a while; --intervals 0 leaves them out.", file=sys.stderr)
