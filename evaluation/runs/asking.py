"""Asks a model the questions of a run and makes the record of each."""

import contextlib
import json
import logging
import os
import platform
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from langchain_core.language_models import BaseChatModel

from chains import CredenceError, Settings, assess, open_chat_model
from chains.engines.embedded import is_embedded
from chains.identity import identity
from chains.pipeline.batched_calls import batches
from chains.pipeline.model_calls import Meter, ask_whole, sampling
from estimators.parsing.label_probs import opening_word
from estimators.types import Message
from evaluation.grading.grader import Judge
from evaluation.questions.reader import AskedQuestion, digest, graded_answer
from evaluation.runs.record import Record, RunHeader
from evaluation.runs.writer import RunFile
from files.resumable import keep_each
from prompts import load

QUESTIONS = Path(__file__).parents[1] / "questions" / "data"  # the project's own; a folder: all of its files
OWN = "Credence's own questions"
SAME = (
    "model",
    "model_sha256",
    "engine",
    "questions_sha256",
    "settings",
)  # if one differs, it is another run
_UNCHANGING = {"calibration", "rule", "risk", "cost", "at_once", "score_with"}  # of what is asked
EVERY = "all"  # instead of the names of signals
STOP_AFTER = 10  # failures in a row: the engine or the server is gone

_log = logging.getLogger(__name__)


@contextlib.contextmanager
def opened(spec: str, concurrency: int, engine: str | None = None) -> Iterator[BaseChatModel]:
    """A model, closed at the end; the embedded engine gets as many slots as questions are asked in parallel."""
    embedded = engine is None and (is_embedded(spec) or spec.lower().endswith(".gguf"))
    model = open_chat_model(spec, engine=engine, **({"n_parallel": concurrency} if embedded else {}))
    try:
        yield model
    finally:
        getattr(model, "close", lambda: None)()


def run_header(
    model: BaseChatModel, named: str | Path, questions: Sequence[AskedQuestion], settings: Settings
) -> RunHeader:
    """The description of a run that every run has."""
    who = identity(model)
    return {
        "model": who["model"],
        "engine": who["engine"],
        "model_sha256": who["model_sha256"],
        "questions": OWN if Path(named).resolve() == QUESTIONS.resolve() else Path(named).name,
        "questions_sha256": digest(questions),
        "settings": json.loads(json.dumps(settings.recorded(without=_UNCHANGING))),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "date": datetime.now(UTC).date().isoformat(),
    }


def run_each(
    run: RunFile, rest: Sequence[AskedQuestion], ask: Callable[[AskedQuestion], Record], concurrency: int
) -> Iterator[Record]:  # fmt: skip
    """Ask the questions in parallel, append each record as it comes, and yield it.

    At most ``concurrency`` questions are ahead of the records that were taken. When closed, it waits for the questions
    in progress and keeps their records. Raises CredenceError after too many failures in a row.
    """
    in_a_row = 0
    with contextlib.closing(
        keep_each(rest, lambda question: (ask(question),), run.add, concurrency)
    ) as asking:
        for asked in asking:
            in_a_row = in_a_row + 1 if asked.error else 0
            if in_a_row >= STOP_AFTER:
                raise CredenceError(
                    f"{in_a_row} questions failed in a row, the last one with: {asked.error} "
                    "The records so far are kept: fix the cause and repeat the command with --retry."
                )
            yield asked


def record(
    model: BaseChatModel, asked: AskedQuestion, settings: Settings, judge: BaseChatModel | None = None
) -> Record:
    """The record of one question: its assessment and grade, or the error."""
    start = time.monotonic()
    if settings.at_once is None and not batches(model, settings):  # questions are asked in parallel instead
        settings = settings.model_copy(update={"at_once": 1})
    unasked = Record(
        asked.id, asked.domain, asked.question, asked.choices or None, asked.answer, asked.answers or None
    )  # fmt: skip
    try:
        assessment = assess(model, asked.question, choices=asked.choices or None, settings=settings)
        text = assessment.evidence.answer.text
        graded = graded_answer(asked, text, _judge(judge, asked, text))
        answered = replace(
            unasked,
            correct=graded.correct,
            graded_by=graded.by,
            ungraded=graded.reason,
            assessment=assessment,
        )
    except CredenceError as error:
        answered = replace(unasked, error=str(error))
    except Exception as error:  # a provider's own class of error; the rest of the run goes on
        _log.exception("question %s failed", asked.id)
        answered = replace(unasked, error=f"{type(error).__name__}: {error}")
    return replace(answered, seconds=round(time.monotonic() - start, 3))


def _judge(model: BaseChatModel | None, asked: AskedQuestion, text: str) -> Judge | None:
    """A judge that asks the model whether the text means an accepted answer."""
    if model is None:
        return None

    def verdict() -> bool | None:
        accepted = " / ".join(asked.answers)
        prompt = load("same_answer").fill(question=asked.question, accepted=accepted, answer=text)
        options = sampling(model, Settings(temperature=0.0, max_tokens=6))
        reply = ask_whole(model, (Message("user", prompt),), options, Meter())
        return {"yes": True, "no": False}.get(opening_word(reply.text))

    return verdict
