"""Calibrate a model on labelled questions: ``python -m evaluation calibrate [SOURCE] --model SPEC --name NAME``.

SOURCE is one of:
  - a question file or folder in any layout that `run` reads: the model answers its questions, and the same command
    resumes a run that was stopped;
  - a file of records written by `python -m evaluation run`;
  - the chat's own labels.jsonl (“Was this right?”): the latest label of a question counts, and labels only allow a
    guarantee if every answer from the first to the last was labelled.
Records and labels need no model.

Half of the labelled answers are used to fit the score, the other half to test which guarantees hold. The command prints
reliability before and after, the AUROC of every signal, the guarantee at each accepted risk, and the weights. The
calibration is saved with your own in $CREDENCE_DATA/calibration, where the chat finds it, or to a file with --out.
"""

import argparse
import contextlib
import sys
from collections.abc import Generator
from pathlib import Path

from chains import CredenceError, Settings
from chains.calibration.store import checked_name, save, to_json, write_durably
from chains.command_line import positive
from chains.progress import Progress as Telling
from estimators import choose
from estimators.calibration.record import Calibration
from evaluation.calibration.calibrating import MAX_TOKENS, Progress, calibrating
from evaluation.calibration.report import calibration_lines
from evaluation.calibration.sources import BUNDLED, kind_of_source
from evaluation.commands.arguments import add_asking, asked_as
from evaluation.questions.reader import read_question_set
from evaluation.runs.asking import EVERY, opened


def run(args: argparse.Namespace) -> int:
    """Calibrate, print the result and save it; returns the exit code."""
    name = checked_name(args.name or Path(args.source).stem)
    signals = tuple(name.strip() for name in args.signals.split(",") if name.strip()) or None
    try:
        choose(() if signals in (None, (EVERY,)) else signals or ())
    except ValueError as error:
        raise CredenceError(f"{error}.") from None
    asking = kind_of_source(args.source) == "questions"
    if asking:
        print(f"{args.source}: {read_question_set(args.source).summary}", file=sys.stderr)
        with opened(args.model, args.concurrency) as model:
            work = calibrating(
                args.source, model=model, run=args.run, name=name, draw=args.draw, seed=args.seed,
                concurrency=args.concurrency, signals=signals,
                settings=Settings(max_tokens=args.max_tokens, **asked_as(args)),
            )  # fmt: skip
            calibration = _run_with_progress(work)
    else:
        calibration = _run_with_progress(
            calibrating(args.source, name=name, draw=args.draw, seed=args.seed, signals=signals)
        )
    print("\n".join(calibration_lines(calibration)))
    path = (
        write_durably(args.out, to_json(calibration)) if args.out else save(calibration, replace=args.replace)
    )
    print(f"\nSaved as {path}.")
    return 0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The source, the model, and how the calibration is made and saved."""
    parser.add_argument(
        "source", nargs="?", default=str(BUNDLED), help="default: the project's own questions"
    )
    parser.add_argument(
        "--model", default="builtin", help="model to open, as for the chat; not needed for records or labels"
    )
    parser.add_argument("--name", help="name of the calibration (default: the source's name)")
    parser.add_argument("--out", type=Path, help="save the calibration to this file instead")
    parser.add_argument("--replace", action="store_true", help="overwrite a calibration of the same name")
    parser.add_argument(
        "--run", type=Path, help="file of records, resumed if it exists (default: a work file)"
    )
    parser.add_argument("--draw", type=positive, help="number of questions to draw at random (default: all)")
    parser.add_argument(
        "--seed", type=int, default=0, help="seed of the draw and of the split into halves (default: 0)"
    )
    parser.add_argument(
        "--signals", default="", help='names separated by commas, or "all" (default: those the chat shows)'
    )
    parser.add_argument(
        "--concurrency", type=positive, default=2, help="questions to ask in parallel (default: 2)"
    )
    parser.add_argument(
        "--max-tokens",
        type=positive,
        default=MAX_TOKENS,
        help=f"maximum length of an answer (default: {MAX_TOKENS})",
    )
    add_asking(parser)


def _run_with_progress(work: Generator[Progress, None, Calibration]) -> Calibration:
    """Run to the end and show the progress on stderr."""
    with contextlib.ExitStack() as stack:
        asking: Telling | None = None
        while True:
            try:
                step = next(work)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]
            if step.stage == "fitting":
                stack.close()
                stack.enter_context(Telling("fitting and checking", "answers", None))
            elif asking is None:
                asking = stack.enter_context(Telling("asking", "questions", step.total, done=step.done))
            else:
                asking.advance(step.done - asking.done)
