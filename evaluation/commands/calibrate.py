"""Calibrate a model on labelled questions: ``python -m evaluation calibrate [SOURCE] --model SPEC --name NAME``.

SOURCE is one of:
  - a question file or folder in any layout that `run` reads: the model answers its questions, and the same command
    resumes a run that was stopped;
  - a file of records written by `python -m evaluation run`;
  - the chat's own labels.jsonl (“Was this right?”): the latest label of a question counts, and labels only allow a
    guarantee if every answer from the first to the last was labelled.
Records and labels need no model.

Half of the labelled answers fit the score; the other half tests which guarantees hold. The command prints reliability
before and after, the AUROC of every signal, the guarantee at each accepted risk, and the weights. The calibration is
saved with your own in $CREDENCE_DATA/calibration, where the chat finds it, or to a file with --out.
"""

import argparse
import contextlib
import dataclasses
import random
import sys
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from langchain_core.language_models import BaseChatModel

from chains import CredenceError, Settings
from chains.calibration.store import NONE, checked_name, save, to_json, write_durably
from chains.identity import identity
from chains.progress import Progress as Telling
from estimators import ESTIMATORS, choose
from estimators.calibration.calibrators import FEWEST, SEED, CannotCalibrate
from estimators.calibration.record import Calibration
from estimators.types import Provenance
from evaluation.calibration.fit import Embed, fit_calibration
from evaluation.calibration.report import calibration_lines
from evaluation.calibration.work import prompts_sha256, work_file
from evaluation.commands.arguments import add_asking, asked_as, command_parser, positive
from evaluation.commands.run import EVERY, QUESTIONS, SAME, opened, record, run_each, run_header
from evaluation.jsonl_file import BadFile
from evaluation.questions.reader import drawn, read_question_set
from evaluation.runs.labelled_answers import (
    LabelledAnswers,
    is_labels,
    is_run,
    labelled_answers,
    read_labelled,
)
from evaluation.runs.reader import read_run
from evaluation.runs.writer import open_run_file

BUNDLED = QUESTIONS  # the project's own questions
RECOMMENDED = 250  # labelled questions
MAX_TOKENS = 200  # of an answer


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a calibration has got."""

    stage: Literal["asking", "fitting"]
    done: int
    total: int
    seconds_left: float | None = None  # None: not known yet


@dataclass(frozen=True, slots=True)
class SourceKind:
    """What a source holds, after checking all of it."""

    kind: Literal["questions", "run", "labels"]
    n: int  # questions, or usable labelled answers
    choice: int  # of those, with options
    free: int
    needed: int = FEWEST  # of one kind, at least
    told: str = ""  # of questions: what was recognised, "ARC layout, 1,172 questions"


def main(arguments: Sequence[str] | None = None) -> int:
    """Calibrate, print the result and save it; returns the exit code."""
    args = _parser().parse_args(arguments)
    name = checked_name(args.name or Path(args.source).stem)
    signals = tuple(name.strip() for name in args.signals.split(",") if name.strip()) or None
    try:
        choose(() if signals in (None, (EVERY,)) else signals or ())
    except ValueError as error:
        raise CredenceError(f"{error}.") from None
    asking = _kind(args.source) == "questions"
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


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("calibrate", __doc__)
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
    return parser


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


def calibrating(
    source: str | Path, *, model: BaseChatModel | None = None, run: Path | None = None, name: str = "",
    draw: int | None = None, seed: int = 0, concurrency: int = 1, signals: Sequence[str] | None = None,
    settings: Settings | None = None,
) -> Generator[Progress, None, Calibration]:  # fmt: skip
    """Calibrate step by step; the last value (``StopIteration.value``) is the calibration.

    ``model`` answers the questions, and the records are kept in ``run`` (None: ``work_file``): after it was closed or
    killed, the same call resumes. From records and labels only answers of ``model`` count, if it is given.
    ``signals``: which may be used, ("all",) for all; None: those the chat shows. Raises CredenceError with a message
    for people.
    """
    kind = _kind(source)
    who = _who(model) if model is not None else None
    allowed = _wanted(signals)
    if kind == "questions":
        if model is None:
            raise CredenceError(f"{source} holds questions: name the model to ask.")
        asked = (settings or Settings(max_tokens=MAX_TOKENS)).model_copy(
            update={"calibration": NONE, "signals": allowed if allowed is not None else None}
        )
        path = run or work_file(model, source, draw, seed)
        ids = yield from _asking(model, source, path, asked, draw, seed, concurrency)
        records = [record for record in read_run(path).records if record.id in ids]
        answers = labelled_answers(Path(source), records, model=who, signals=allowed)
    else:
        answers = read_labelled(Path(source), model=who, signals=allowed or _all_of(signals))
        if draw is not None:
            answers = _drawn(answers, draw, seed)
    yield Progress("fitting", len(answers.answers), len(answers.answers), 0.0)
    try:
        return fit_calibration(answers, name or Path(source).stem, seed=seed or SEED, embed=_embedder())
    except CannotCalibrate as error:
        raise CredenceError(f"{source} cannot calibrate a model: {error}.") from None


def _asking(
    model: BaseChatModel, source: str | Path, path: Path, settings: Settings, draw: int | None, seed: int,
    concurrency: int,
) -> Generator[Progress, None, set[str]]:  # fmt: skip
    """Ask the questions that have no record yet; returns the ids of all questions."""
    there = read_question_set(source).questions
    answerable = [question for question in there if question.answer is not None or question.answers]
    if len(answerable) < FEWEST:
        raise BadFile(
            f"{source} holds {len(answerable)} questions with a right answer: at least {FEWEST} are needed, "
            f"and {RECOMMENDED} are better. If a test set withholds its answers, use its validation set."
        )
    questions = drawn(answerable, None if draw is None else min(draw, len(answerable)), seed)
    if len(questions) < FEWEST:
        raise CredenceError(f"{len(questions)} questions are too few: draw at least {FEWEST}.")
    header = run_header(
        model, source, there, settings, drawn=draw, seed=seed, source=str(source), wanted=len(questions),
        prompts=prompts_sha256(), concurrency=concurrency,
    )  # fmt: skip
    with open_run_file(path, header, (*SAME, "prompts")) as run:
        rest = [question for question in questions if question.id not in run.done]
        done, start = len(questions) - len(rest), time.monotonic()
        yield Progress("asking", done, len(questions))
        for count, _ in enumerate(
            run_each(run, rest, lambda question: record(model, question, settings), concurrency), 1
        ):
            left = (time.monotonic() - start) / count * (len(rest) - count)
            yield Progress("asking", done + count, len(questions), left)
    return {question.id for question in questions}


def source_kind(source: str | Path, model: BaseChatModel | None = None) -> SourceKind:
    """What a source holds; raises BadFile naming the file, the line and the problem."""
    kind = _kind(source)
    if kind == "questions":
        question_set = read_question_set(source)
        questions = [
            question for question in question_set.questions if question.answer is not None or question.answers
        ]
        choice = sum(bool(question.choices) for question in questions)
        return SourceKind(kind, len(questions), choice, len(questions) - choice, told=question_set.summary)
    answers = read_labelled(Path(source), model=_who(model) if model is not None else None)
    return SourceKind(kind, len(answers.answers), len(answers.of("choice")), len(answers.of("free")))


def label_counts(path: Path, model: BaseChatModel) -> SourceKind:
    """How many of the user's own labels this model can use; none if there is no file yet."""
    return source_kind(path, model) if path.is_file() else SourceKind("labels", 0, 0, 0)


def _kind(source: str | Path) -> Literal["questions", "run", "labels"]:
    path = Path(source)
    return "labels" if is_labels(path) else "run" if is_run(path) else "questions"


def _who(model: BaseChatModel) -> Provenance:
    who = identity(model)
    return Provenance(who["model"], who["engine"], who["model_sha256"])


def _wanted(signals: Sequence[str] | None) -> tuple[str, ...] | None:
    return _all_of(signals) or (None if signals is None else tuple(signals))


def _all_of(signals: Sequence[str] | None) -> tuple[str, ...] | None:
    return (
        tuple(estimator.name for estimator in ESTIMATORS)
        if signals is not None and tuple(signals) == (EVERY,)
        else None
    )


def _drawn(answers: LabelledAnswers, draw: int, seed: int) -> LabelledAnswers:
    order = list(answers.answers)
    random.Random(seed).shuffle(order)
    return dataclasses.replace(answers, answers=tuple(order[:draw]))


def _embedder() -> tuple[str, Embed] | str:
    """The shipped sentence embedder, or why there is none."""
    from chains.meaning.embedding import open_embedder

    try:
        return "builtin", open_embedder().embed
    except CredenceError as error:
        return str(error).rstrip(".")
