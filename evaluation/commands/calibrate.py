"""Calibrate a model on labelled questions: ``python -m evaluation calibrate [SOURCE] --model SPEC --name NAME``.

SOURCE is a question file or folder in any layout that `run` reads (its questions are asked; a stopped run resumes with the
same command), a file of records that `python -m evaluation run` wrote, or the chat's own labels.jsonl (“Was this right?”;
the latest label of a question counts; nothing is guaranteed from labels unless every answer from the first to the last was
labelled). With records or labels no model is opened.

One half of the labelled answers fits the score, the other half tests what can be guaranteed. Printed are reliability
before and after, every signal's AUROC, the guarantee at each accepted risk, and the weights. The calibration is saved
among your own (in $CREDENCE_DATA/calibration), where the chat finds it, or with --out into a file.
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
from evaluation.commands.arguments import command_parser, positive
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
    """How far a calibration is."""

    stage: Literal["asking", "fitting"]
    done: int
    total: int
    seconds_left: float | None = None  # None: not known yet


@dataclass(frozen=True, slots=True)
class SourceKind:
    """What a source holds, checked whole."""

    kind: Literal["questions", "run", "labels"]
    n: int  # questions, or usable labelled answers
    choice: int  # of those, with options
    free: int
    needed: int = FEWEST  # of one kind, at least
    told: str = ""  # of questions: what was recognised, "ARC layout, 1,172 questions"


def main(arguments: Sequence[str] | None = None) -> int:
    """Calibrate, print what came out, save it; returns the exit code."""
    args = _parser().parse_args(arguments)
    name = checked_name(args.name or Path(args.source).stem)
    signals = tuple(name.strip() for name in args.signals.split(",") if name.strip()) or None
    try:
        choose(() if signals in (None, (EVERY,)) else signals or ())
    except ValueError as error:
        raise CredenceError(f"{error}.") from None
    asking = _kind(args.source) == "questions"
    if asking:
        print(f"{args.source}: {read_question_set(args.source).told}", file=sys.stderr)
        with opened(args.model, args.concurrency) as model:
            work = calibrating(
                args.source, model=model, run=args.run, name=name, draw=args.draw, seed=args.seed,
                concurrency=args.concurrency, signals=signals,
                settings=Settings(max_tokens=args.max_tokens, hedge=not args.no_hedge),
            )  # fmt: skip
            calibration = _told(work)
    else:
        calibration = _told(
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
        "--model", default="builtin", help="what to open, as for the chat; not for records or labels"
    )
    parser.add_argument("--name", help="of the calibration (the source's)")
    parser.add_argument("--out", type=Path, help="a file to save it in instead")
    parser.add_argument("--replace", action="store_true", help="an old one of this name")
    parser.add_argument("--run", type=Path, help="the file of records, kept and gone on with (one is made)")
    parser.add_argument("--draw", type=positive, help="so many questions, drawn with the seed; default: all")
    parser.add_argument("--seed", type=int, default=0, help="of the draw and of the halves (0)")
    parser.add_argument("--signals", default="", help='names, or "all"; default: those that the chat shows')
    parser.add_argument(
        "--concurrency", type=positive, default=2, help="questions that are asked at once (2)"
    )
    parser.add_argument(
        "--max-tokens", type=positive, default=MAX_TOKENS, help=f"of an answer ({MAX_TOKENS})"
    )
    parser.add_argument("--no-hedge", action="store_true", help="do not ask for words of doubt")
    return parser


def _told(work: Generator[Progress, None, Calibration]) -> Calibration:
    """Run to the end, telling on stderr how far it is."""
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

    Questions are asked of ``model`` and their records kept in ``run`` (None: ``work_file``): closed at any time, or
    killed, the same call goes on where it was. Of records and labels those of ``model`` count, where one is given.
    ``signals``: which may be used, ("all",) for all; None: those that the chat shows. Raises CredenceError with a
    sentence.
    """
    kind = _kind(source)
    who = _who(model) if model is not None else None
    allowed = _wanted(signals)
    if kind == "questions":
        if model is None:
            raise CredenceError(f"{source} holds questions: name the model that is to be asked.")
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
    """Ask what has no record yet; gives the ids of all the questions."""
    there = read_question_set(source).questions
    answerable = [question for question in there if question.answer is not None or question.answers]
    if len(answerable) < FEWEST:
        raise BadFile(
            f"{source} holds {len(answerable)} questions with a right answer: at least {FEWEST} are needed, "
            f"and {RECOMMENDED} are better. Where a test set holds its answers back, take its validation set."
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
    """What a source holds, read whole; raises BadFile naming file, line and fault."""
    kind = _kind(source)
    if kind == "questions":
        question_set = read_question_set(source)
        questions = [
            question for question in question_set.questions if question.answer is not None or question.answers
        ]
        choice = sum(bool(question.choices) for question in questions)
        return SourceKind(kind, len(questions), choice, len(questions) - choice, told=question_set.told)
    answers = read_labelled(Path(source), model=_who(model) if model is not None else None)
    return SourceKind(kind, len(answers.answers), len(answers.of("choice")), len(answers.of("free")))


def label_counts(path: Path, model: BaseChatModel) -> SourceKind:
    """How many of the person's own labels can be used for this model; none where there is no file yet."""
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
