"""Calibrates a model step by step: asks the questions that have no record yet, then fits."""

import dataclasses
import random
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from langchain_core.language_models import BaseChatModel

from chains import CredenceError, Settings
from chains.calibration.store import NONE
from estimators import ESTIMATORS
from estimators.calibration.calibrators import FEWEST, SEED, CannotCalibrate
from estimators.calibration.out_of_distribution import Neighbourhood, neighbourhood
from estimators.calibration.record import Calibration
from evaluation.calibration.fit import fit_calibration
from evaluation.calibration.sources import kind_of_source, model_provenance
from evaluation.calibration.work import prompts_sha256, work_file
from evaluation.questions.reader import drawn, read_question_set
from evaluation.runs.asking import EVERY, SAME, record, run_each, run_header
from evaluation.runs.labelled_answers import LabelledAnswers, labelled_answers, read_labelled
from evaluation.runs.reader import read_run
from evaluation.runs.record import RunHeader
from evaluation.runs.writer import open_run_file
from files.errors import BadFile

RECOMMENDED = 250  # labelled questions
MAX_TOKENS = 200  # of an answer


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a calibration has got."""

    stage: Literal["asking", "fitting"]
    done: int
    total: int
    seconds_left: float | None = None  # None: not known yet


def calibrating(
    source: str | Path, *, model: BaseChatModel | None = None, run: Path | None = None, name: str = "",
    draw: int | None = None, seed: int = 0, concurrency: int = 1, signals: Sequence[str] | None = None,
    settings: Settings | None = None,
) -> Generator[Progress, None, Calibration]:  # fmt: skip
    """Calibrate step by step; the last value (``StopIteration.value``) is the calibration.

    ``model`` answers the questions, and the records are kept in ``run`` (None: ``work_file``): after it was closed or
    killed, the same call resumes. From records and labels only answers of ``model`` count, if it is given.
    ``signals``: which may be used, ("all",) for all; None: those of the default panel, which is chosen among the usual
    ones. Raises CredenceError with a message for people.
    """
    kind = kind_of_source(source)
    who = model_provenance(model) if model is not None else None
    allowed = _wanted(signals)
    if kind == "questions":
        if model is None:
            raise CredenceError(f"{source} contains questions: name the model to ask.")
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
        return fit_calibration(
            answers,
            name or Path(source).stem,
            seed=seed or SEED,
            neighbours=_neighbours,
            choose_rows=signals is None,
        )
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
            f"{source} has {len(answerable)} questions with a right answer, but at least {FEWEST} are needed, "
            f"and {RECOMMENDED} are better. If a test set withholds its answers, use its validation set."
        )
    questions = drawn(answerable, None if draw is None else min(draw, len(answerable)), seed)
    if len(questions) < FEWEST:
        raise CredenceError(f"{len(questions)} questions are too few: draw at least {FEWEST}.")
    header = run_header(model, source, there, settings) | RunHeader(
        drawn=draw, seed=seed, source=str(source), wanted=len(questions), prompts=prompts_sha256(),
        concurrency=concurrency,
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


def _neighbours(questions: Sequence[str]) -> Neighbourhood:
    """The questions as the shipped model embeds them, or why it does not."""
    from chains.meaning.embedding import open_embedder

    try:
        return neighbourhood(open_embedder().embed(questions), "builtin")
    except CredenceError as error:
        return Neighbourhood(missing=str(error).rstrip("."))
