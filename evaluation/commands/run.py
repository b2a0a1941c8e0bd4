"""Ask a model a set of questions and record every answer: ``python -m evaluation run QUESTIONS --model SPEC --out RUN``.

QUESTIONS is a file (JSON lines or list, CSV with commas, semicolons or tabs, Parquet; .gz of each), a folder of such files,
or a data set of the hub as NAME[:CONFIG][@SPLIT]. Its columns are question, choices with answer, or answers, and
optionally id and domain (in a CSV, separate choices and answers by |); or they follow the layout of ARC, CommonsenseQA,
OpenBookQA, MMLU, TriviaQA, NQ-open, SQuAD, TruthfulQA, WinoGrande, SciQ, PopQA, GPQA, HellaSwag, PIQA or BoolQ. The
command prints what it recognised.

Each line of RUN holds the whole assessment: answer, tokens, probes, samples, signals, prompt hashes, model and file
hash, engine, options, seed, versions, seconds and tokens. A run that was stopped, even by kill -9, resumes when the same
command is given again. A question that fails is recorded with its error, and the run continues.

Exit code: 0 all questions have a record, 1 some failed, 2 wrong arguments or input.
"""

import argparse
import contextlib
import json
import logging
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from langchain_core.language_models import BaseChatModel
from pydantic import ValidationError

from chains import CredenceError, Settings, assess, open_chat_model
from chains.engines.embedded import is_embedded
from chains.identity import identity
from chains.pipeline.model_calls import Meter, ask_whole, sampling
from chains.progress import tracked
from estimators import ESTIMATORS, choose
from estimators.parsing.label_probs import opening_word
from estimators.types import Message
from evaluation.commands.arguments import command_parser, positive
from evaluation.grading.grader import Judge
from evaluation.jsonl_file import first_fault
from evaluation.questions.reader import AskedQuestion, digest, drawn, graded_answer, readable
from evaluation.runs.writer import SCHEMA, RunFile, open_run_file
from prompts import load

QUESTIONS = Path(__file__).parents[1] / "questions" / "data"  # a folder: all of its files
SAME = (
    "model",
    "model_sha256",
    "engine",
    "questions_sha256",
    "settings",
)  # if one of them differs, it is another run
STOP_AFTER = 10  # failures in a row: the engine or the server is gone
EVERY = "all"

_log = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask every question that has no record yet; returns the exit code."""
    args = _parser().parse_args(arguments)
    there = readable(args.questions, args.skip_bad)
    questions = drawn(there, args.draw, args.seed, args.after)
    settings = _settings(args)
    with contextlib.ExitStack() as stack:
        model = stack.enter_context(opened(args.model, args.concurrency))
        judge = stack.enter_context(opened(args.judge, args.concurrency)) if args.judge else None
        header = run_header(
            model, args.questions, there, settings, drawn=args.draw, after=args.after, seed=args.seed,
            judge=identity(judge)["model"] if judge else None, concurrency=args.concurrency,
        )  # fmt: skip
        run = stack.enter_context(open_run_file(args.out, header, SAME))
        rest = [question for question in questions if question.id not in run.done]
        if not args.retry:
            rest = [question for question in rest if question.id not in run.failed]
        if len(rest) < len(questions):
            print(
                f"{len(questions) - len(rest)} of {len(questions)} questions already have a record",
                file=sys.stderr,
            )
        asking = run_each(
            run, rest, lambda question: record(model, question, settings, judge), args.concurrency
        )
        done_before = len(questions) - len(rest)
        for _ in tracked(asking, "asking", "questions", total=len(questions), done=done_before):
            pass
        asked = {question.id for question in questions}
        failed, done = run.failed & asked, run.done & asked
    print(f"{len(done)} of {len(questions)} questions have their record in {args.out}")
    if failed:
        print(
            f"{len(failed)} failed; the file holds their errors. `--retry` asks them again.",
            file=sys.stderr,
        )
    return 0 if len(done) == len(questions) else 1


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("run", __doc__)
    parser.add_argument(
        "questions", nargs="?", default=str(QUESTIONS), help="questions to ask (default: the project's own)"
    )
    parser.add_argument("--model", default="builtin", help="model to open, as for the chat")
    parser.add_argument(
        "--out", type=Path, required=True, help="file of records (.jsonl), resumed if it exists"
    )
    parser.add_argument(
        "--signals", default="", help='names separated by commas, or "all" (default: as in the chat)'
    )
    parser.add_argument(
        "--samples", type=int, default=0, help="further answers to each question, 0 to 25 (default: 0)"
    )
    parser.add_argument("--draw", type=positive, help="number of questions to draw at random (default: all)")
    parser.add_argument(
        "--after",
        type=positive,
        default=0,
        metavar="N",
        help="skip the first N questions of the draw",
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--concurrency", type=positive, default=2, help="questions to ask in parallel (default: 2)"
    )
    parser.add_argument(
        "--temperature", type=float, default=0.0, help="temperature of the answer (default: 0)"
    )
    parser.add_argument(
        "--max-tokens", type=int, default=200, help="maximum length of the answer (default: 200)"
    )
    parser.add_argument(
        "--max-calls",
        type=int,
        default=200,
        help="maximum calls for the samples and chains of a question (default: 200)",
    )
    parser.add_argument(
        "--no-hedge", action="store_true", help="do not ask the model to put its doubt into words"
    )
    parser.add_argument("--judge", help="model that grades short answers without an accepted answer in them")
    parser.add_argument("--skip-bad", action="store_true", help="leave out questions that cannot be asked")
    parser.add_argument("--retry", action="store_true", help="ask questions again that failed before")
    return parser


def _settings(args: argparse.Namespace) -> Settings:
    """The settings of every question; raises CredenceError for a wrong value or an unknown name."""
    names = tuple(name.strip() for name in args.signals.split(",") if name.strip())
    if names == (EVERY,):
        names = tuple(estimator.name for estimator in ESTIMATORS)
    try:
        choose(names)
        return Settings(
            signals=names or None, samples=args.samples, seed=args.seed, temperature=args.temperature,
            max_tokens=args.max_tokens, max_calls=args.max_calls, hedge=not args.no_hedge,
        )  # fmt: skip
    except ValidationError as error:
        raise CredenceError(f"{first_fault(error)}.") from None
    except ValueError as error:
        raise CredenceError(f"{error}.") from None


@contextlib.contextmanager
def opened(spec: str, concurrency: int) -> Iterator[BaseChatModel]:
    """A model, closed at the end; the embedded engine gets as many slots as questions are asked in parallel."""
    embedded = is_embedded(spec) or spec.lower().endswith(".gguf")
    model = open_chat_model(spec, **({"n_parallel": concurrency} if embedded else {}))
    try:
        yield model
    finally:
        getattr(model, "close", lambda: None)()


def run_header(
    model: BaseChatModel,
    named: str | Path,
    questions: Sequence[AskedQuestion],
    settings: Settings,
    **more: Any,
) -> dict[str, Any]:
    """The fields that describe the whole run; ``more`` are further ones."""
    return {
        **identity(model),
        "questions": Path(named).name,
        "questions_sha256": digest(questions),
        # The calibration in use and its threshold do not change what is asked.
        "settings": json.loads(settings.model_dump_json(exclude={"calibration", "rule", "risk", "cost"})),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "date": datetime.now(UTC).date().isoformat(),
        **more,
    }


def run_each(
    run: RunFile, rest: Sequence[AskedQuestion], ask: Callable[[AskedQuestion], dict[str, Any]], concurrency: int
) -> Iterator[dict[str, Any]]:  # fmt: skip
    """Ask the questions in parallel, append each record as it comes, and yield it.

    At most ``concurrency`` questions are ahead of the records that were taken. When closed, it waits for the questions
    in progress and keeps their records. Raises CredenceError after too many failures in a row.
    """
    in_a_row = 0
    waiting = iter(rest)
    pool = ThreadPoolExecutor(concurrency)
    asked = {pool.submit(ask, question) for question in islice(waiting, concurrency)}
    try:
        while asked:
            done, _ = wait(asked, return_when=FIRST_COMPLETED)
            for future in done:
                row = future.result()
                run.add(row)
                asked.remove(future)
                asked |= {pool.submit(ask, question) for question in islice(waiting, 1)}
                in_a_row = in_a_row + 1 if row["error"] else 0
                if in_a_row >= STOP_AFTER:
                    raise CredenceError(
                        f"{in_a_row} questions failed in a row, the last one with: {row['error']} "
                        "The records so far are kept: fix the cause and repeat the command with --retry."
                    )
                yield row
    except (GeneratorExit, KeyboardInterrupt):
        for future in asked:
            run.add(future.result())
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def record(
    model: BaseChatModel, asked: AskedQuestion, settings: Settings, judge: BaseChatModel | None = None
) -> dict[str, Any]:
    """The record of one question: its assessment and grade, or the error."""
    start = time.monotonic()
    row: dict[str, Any] = {
        "schema": SCHEMA, "id": asked.id, "domain": asked.domain, "question": asked.question,
        "choices": list(asked.choices) or None, "answer": asked.answer, "answers": list(asked.answers) or None,
        "correct": None, "graded_by": "", "ungraded": "", "error": "", "assessment": None,
    }  # fmt: skip
    try:
        assessment = assess(model, asked.question, choices=asked.choices or None, settings=settings)
        text = assessment.evidence.answer.text
        graded = graded_answer(asked, text, _judge(judge, asked, text))
        row |= {"correct": graded.correct, "graded_by": graded.by, "ungraded": graded.reason}
        row["assessment"] = assessment.to_dict()
    except CredenceError as error:
        row["error"] = str(error)
    except Exception as error:  # a provider's own class of error; the rest of the run goes on
        _log.exception("question %s failed", asked.id)
        row["error"] = f"{type(error).__name__}: {error}"
    row["seconds"] = round(time.monotonic() - start, 3)
    return row


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
