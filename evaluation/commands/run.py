"""Ask a model a set of questions and record every answer: ``python -m evaluation run QUESTIONS --model SPEC --out RUN``.

QUESTIONS is a file (JSON lines or list, CSV with commas, semicolons or tabs, Parquet; .gz of each), a folder of such files,
or a data set of the hub as NAME[:CONFIG][@SPLIT]. Its columns are question, choices with answer, or answers, and
optionally id and domain (in a CSV, separate choices and answers by |); or they follow the layout of ARC, CommonsenseQA,
OpenBookQA, MMLU, TriviaQA, NQ-open, SQuAD, TruthfulQA, WinoGrande, SciQ, PopQA, GPQA, HellaSwag, PIQA or BoolQ. The
command prints what it recognized.

Each line of RUN contains the whole assessment: answer, tokens, probes, samples, signals, prompt hashes, model and file
hash, engine, options, seed, versions, seconds and tokens. A run that was stopped, even by kill -9, resumes when the same
command is given again. A question that fails is recorded with its error, and the run continues.

Exit code: 0 all questions have a record, 1 some failed, 2 wrong arguments or input.
"""

import argparse
import contextlib
import sys
from pathlib import Path

from pydantic import ValidationError

from chains import CredenceError, Settings
from chains.command_line import positive
from chains.identity import identity
from chains.progress import tracked
from evaluation.commands.arguments import add_asking, asked_as, signal_names
from evaluation.questions.reader import drawn, readable
from evaluation.runs.asking import QUESTIONS, SAME, opened, record, run_each, run_header
from evaluation.runs.record import RunHeader
from evaluation.runs.writer import open_run_file
from files.json_lines import first_fault


def run(args: argparse.Namespace) -> int:
    """Ask every question that has no record yet; returns the exit code."""
    there = readable(args.questions, args.skip_bad)
    questions = drawn(there, args.draw, args.seed, args.after)
    settings = _settings(args)
    with contextlib.ExitStack() as stack:
        model = stack.enter_context(opened(args.model, args.concurrency, args.engine))
        judge = stack.enter_context(opened(args.judge, args.concurrency)) if args.judge else None
        header = run_header(model, args.questions, there, settings) | RunHeader(
            drawn=args.draw, after=args.after, seed=args.seed,
            judge=identity(judge)["model"] if judge else None, concurrency=args.concurrency,
        )  # fmt: skip
        file = stack.enter_context(open_run_file(args.out, header, SAME))
        rest = [question for question in questions if question.id not in file.done]
        if not args.retry:
            rest = [question for question in rest if question.id not in file.failed]
        if len(rest) < len(questions):
            print(
                f"{len(questions) - len(rest)} of {len(questions)} questions already have a record",
                file=sys.stderr,
            )
        asking = run_each(
            file, rest, lambda question: record(model, question, settings, judge), args.concurrency
        )
        done_before = len(questions) - len(rest)
        for _ in tracked(asking, "asking", "questions", total=len(questions), done=done_before):
            pass
        asked = {question.id for question in questions}
        failed, done = file.failed & asked, file.done & asked
    print(f"{len(done)} of {len(questions)} questions have their record in {args.out}")
    if failed:
        print(
            f"{len(failed)} failed; the file contains their errors. `--retry` asks them again.",
            file=sys.stderr,
        )
    return 0 if len(done) == len(questions) else 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The questions, the model, and how they are asked."""
    parser.add_argument(
        "questions", nargs="?", default=str(QUESTIONS), help="questions to ask (default: the project's own)"
    )
    parser.add_argument("--model", default="builtin", help="model to open, as for the chat")
    parser.add_argument(
        "--engine",
        choices=("transformers",),
        help="what opens a .gguf file or an embedded model instead of llama.cpp",
    )
    parser.add_argument(
        "--out", type=Path, required=True, help="file of records (.jsonl), resumed if it exists"
    )
    parser.add_argument(
        "--signals", default="", help='names separated by commas, or "all" (default: as in the chat)'
    )
    parser.add_argument(
        "--samples", type=int, default=0, help="additional answers to each question, 0 to 25 (default: 0)"
    )
    parser.add_argument("--draw", type=positive, help="number of questions to draw at random (default: all)")
    parser.add_argument(
        "--after",
        type=positive,
        default=0,
        metavar="N",
        help="skip the first N questions of the draw",
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="seed of the draw and of the samples (default: 0)"
    )
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
    add_asking(parser)
    parser.add_argument("--judge", help="model that grades short answers that contain no accepted answer")
    parser.add_argument("--skip-bad", action="store_true", help="leave out questions that cannot be asked")
    parser.add_argument("--retry", action="store_true", help="ask failed questions again")


def _settings(args: argparse.Namespace) -> Settings:
    """The settings of every question; raises CredenceError for a wrong value or an unknown name."""
    try:
        return Settings(
            signals=signal_names(args.signals) or None, samples=args.samples, seed=args.seed, temperature=args.temperature,
            max_tokens=args.max_tokens, max_calls=args.max_calls, **asked_as(args),
        )  # fmt: skip
    except ValidationError as error:
        raise CredenceError(f"{first_fault(error)}.") from None
