"""Check saved answers: how sure can one be of each, and do the confidences agree with what is right?

FILE is a CSV or JSON lines with a question and an answer in each row (and optionally whether it is correct, or the
accepted answers); responses of OpenAI's API or of vLLM, also as the output of a batch; sample logs of
lm-evaluation-harness (--log_samples); or a log of Inspect. Log-probabilities in the file are read. With --model, a
model is asked about each answer instead.

Exit codes: 0 every limit holds (or none was set); 1 a limit does not hold; 2 the file or the arguments are wrong; 3 a
limit cannot be checked, because the figure is missing.
"""

import argparse
import json
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chains.progress import SLOW, tracked
from cli.models import model_options, opened
from cli.terminal import visible
from estimators.percent import percent
from evaluation.saved_answers.checking import Checked, Summary, check_saved, check_with_model, summarize
from evaluation.saved_answers.reader import SavedAnswers, read_saved_answers

HOLDS, FAILS, UNKNOWN = 0, 1, 3
SHOWN = 20  # answers that are listed without --all


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit that was set, and whether it holds; None: that cannot be known."""

    name: str
    holds: bool | None
    text: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The file, the model that judges, the limits, and what is printed."""
    parser.add_argument("file", type=Path, metavar="FILE")
    model_options(parser, default=None)
    parser.add_argument(
        "--fail-below",
        type=_share,
        metavar="X",
        help="fail if the confidence of any answer is below X (0 to 1)",
    )
    parser.add_argument(
        "--max-ece",
        type=_share,
        metavar="X",
        help="fail if the expected calibration error is above X (0 to 1)",
    )
    parser.add_argument(
        "--all", action="store_true", help=f"list every answer, not only the {SHOWN} least sure"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    """Print the answers with their confidence, the figures and the limits."""
    saved = read_saved_answers(args.file)
    with opened(args) if args.model else nullcontext() as model:
        answers = check_with_model(model, saved.answers) if model else map(check_saved, saved.answers)
        checked = list(tracked(answers, "checking", "answers", total=len(saved.answers), after=SLOW))
    figures = summarize(checked)
    limits = limits_of(checked, figures, args.fail_below, args.max_ece)
    if args.json:
        print(
            json.dumps(
                as_json(saved, checked, figures, limits), ensure_ascii=False, indent=1, allow_nan=False
            )
        )
    else:
        print("\n".join(as_lines(args.file, saved, checked, figures, limits, args.all)))
    return exit_code(limits)


def limits_of(
    checked: Sequence[Checked], figures: Summary, fail_below: float | None, max_ece: float | None
) -> list[Limit]:
    """The limits that were set. One that cannot be checked does not hold by default: it is unknown."""
    limits = []
    if fail_below is not None:
        low = [
            answer for answer in checked if answer.confidence is not None and answer.confidence < fail_below
        ]
        unknown = len(checked) - figures.with_confidence
        text = f"{len(low)} of {len(checked)} answers are below {percent(fail_below)}"
        if unknown:
            text += f", and {unknown} have no confidence"
        limits.append(Limit("fail_below", False if low else None if unknown else True, text))
    if max_ece is not None:
        value = figures.ece.value
        text = (
            f"ECE {value:.3f}, limit {max_ece:.3f}" if value is not None else f"no ECE: {figures.ece.missing}"
        )
        limits.append(Limit("max_ece", None if value is None else value <= max_ece, text))
    return limits


def exit_code(limits: Sequence[Limit]) -> int:
    """1 if a limit does not hold, else 3 if one cannot be checked, else 0.

    >>> exit_code([Limit("a", True, ""), Limit("b", None, "")])
    3
    """
    if any(limit.holds is False for limit in limits):
        return FAILS
    return UNKNOWN if any(limit.holds is None for limit in limits) else HOLDS


def as_json(
    saved: SavedAnswers, checked: Sequence[Checked], figures: Summary, limits: Sequence[Limit]
) -> dict[str, Any]:
    """What `--json` prints."""
    named = {"mean_confidence": figures.mean, "accuracy": figures.accuracy, "ece": figures.ece}
    return {
        "layout": saved.layout,
        "n": figures.n,
        "with_confidence": figures.with_confidence,
        "graded": figures.graded,
        **{name: {"value": figure.value, "missing": figure.missing} for name, figure in named.items()},
        "limits": [{"name": limit.name, "holds": limit.holds, "text": limit.text} for limit in limits],
        "answers": [
            {
                "id": answer.saved.id,
                "question": answer.saved.question,
                "answer": answer.saved.answer.text,
                "confidence": answer.confidence,
                "missing": answer.missing,
                "method": answer.method,
                "correct": answer.saved.correct,
            }
            for answer in checked
        ],
    }


def as_lines(
    path: Path,
    saved: SavedAnswers,
    checked: Sequence[Checked],
    figures: Summary,
    limits: Sequence[Limit],
    every: bool,
) -> list[str]:
    """What is printed for people: the least sure answers first, then the figures and the limits."""
    ordered = sorted(checked, key=lambda answer: -1.0 if answer.confidence is None else answer.confidence)
    shown = ordered if every else ordered[:SHOWN]
    lines = [f"{path}: {figures.n:,} answers ({saved.layout})", ""]
    lines += [_line(answer) for answer in shown]
    if len(shown) < len(ordered):
        lines.append(f"… and {len(ordered) - len(shown):,} surer ones (--all lists them)")
    lines.append("")
    for name, figure, text in (
        ("mean confidence", figures.mean, percent),
        ("accuracy", figures.accuracy, percent),
        ("ECE", figures.ece, "{:.3f}".format),
    ):
        value = text(figure.value) if figure.value is not None else f"– ({figure.missing})"
        lines.append(f"{name:<16} {value}")
    words = {True: "holds", False: "FAILS", None: "UNKNOWN"}
    return [
        *lines,
        *(f"{words[limit.holds]}: --{limit.name.replace('_', '-')}: {limit.text}" for limit in limits),
    ]


def _line(answer: Checked) -> str:
    value = percent(answer.confidence) if answer.confidence is not None else "–"
    grade = {True: "right", False: "wrong", None: ""}[answer.saved.correct]
    text = " ".join(visible(answer.saved.answer.text).split())
    note = f" ({visible(answer.missing)})" if answer.missing else ""
    return f"{value:>6}  {grade:<5}  {answer.saved.id:<8}  {text[:80]}{'…' if len(text) > 80 else ''}{note}"


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 1") from None
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not from 0 to 1")
    return value
