"""Measure a model's own confidence behind each of its markers: ``python -m evaluation mic --model SPEC``.

Every question is answered 1 + k times at temperature 1, with a prompt that asks for words of
doubt. The sentences of an answer, without their markers, are judged against k of the other replies:
conf(s) = mean of 1 (agrees), 0 (contradicts), 0.5 (neither). MIC(m, d) = mean conf(s) over the sentences of domain
d with marker m, with a 95 % bootstrap interval over questions. Reference: Liu & Cohan 2026 (arXiv 2605.28778).

``--answers`` sets how many replies to a question are judged in turn (1 as published, at most k + 1 without drawing
more), so that markers reach their minimum count with few questions. These sentences share their samples, so whole
questions are resampled for the interval.

The same command resumes a measurement that was stopped: samples and verdicts are kept in a file named like OUT that
ends in .work.jsonl. With ``--rejudge`` it judges all of these replies again and asks for no new ones; with the
embedding judge the model is not even opened. Every judged sentence with its conf(s) is written to a file that ends in
.sentences.jsonl, which `python -m evaluation stability` reads.
"""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from langchain_core.language_models import BaseChatModel

from chains import open_chat_model
from chains.calibration.mic_store import file_name, mic_folder
from chains.command_line import positive
from chains.errors import CredenceError
from chains.identity import identity
from evaluation.grading.agreement_judges import EmbeddingJudge, Judge, ModelJudge
from evaluation.metrics.markers.confidence import MIN_COUNT
from evaluation.mic.measurement import Plan, measure
from evaluation.questions.reader import drawn, readable
from evaluation.runs.asking import QUESTIONS
from files.atomic import write_text

SHORT = QUESTIONS / "short.jsonl"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The model, the questions, and how the answers are judged."""
    parser.add_argument("--model", default="builtin", help="model to open, as for the chat")
    parser.add_argument(
        "--questions", type=Path, default=SHORT, help="a file or folder in any layout that `run` reads"
    )
    parser.add_argument(
        "--samples",
        type=positive,
        default=20,
        help="number of replies that each answer is judged against, k (default: 20)",
    )
    parser.add_argument(
        "--answers",
        type=positive,
        default=1,
        help="number of replies to judge for each question (default: 1)",
    )
    parser.add_argument("--skip-bad", action="store_true", help="leave out questions that cannot be asked")
    parser.add_argument(
        "--judge", choices=("model", "embedding"), default="embedding", help="who judges (default: embedding)"
    )
    parser.add_argument(
        "--min-count",
        type=positive,
        default=MIN_COUNT,
        help="fewest sentences for which a marker gets a value (default: 10)",
    )
    parser.add_argument("--draw", type=positive, help="number of questions to draw at random (default: all)")
    parser.add_argument(
        "--free", action="store_true", help="ask multiple-choice questions without their choices"
    )
    parser.add_argument(
        "--concurrency", type=positive, default=2, help="questions to ask in parallel (default: 2)"
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="sample replies with the seeds after this one (default: 0)"
    )
    parser.add_argument("--replies", type=Path, help="use replies sampled by `python -m evaluation replies`")
    parser.add_argument(
        "--rejudge",
        action="store_true",
        help="judge the saved replies of --out again, without asking for new ones",
    )
    parser.add_argument("--out", type=Path, help="file to write (default: where the chat finds it)")


def run(args: argparse.Namespace) -> int:
    """Sample, strip, judge and write the measurement; resumes one that was stopped."""
    if args.rejudge and not args.out:
        raise CredenceError("--rejudge needs --out: the file whose saved replies are judged again")
    questions = drawn(readable(args.questions, args.skip_bad), args.draw, args.seed)
    if args.free:
        questions = tuple(
            question.model_copy(update={"choices": (), "answer": None}) for question in questions
        )
    plan = Plan(args.questions.name, args.samples, args.answers, args.min_count, args.seed, args.concurrency)
    model = None if args.rejudge and args.judge == "embedding" else open_chat_model(args.model)
    try:
        out = args.out or mic_folder() / file_name(identity(_opened(model))["model"], args.judge)
        judge = _judge(args.judge, model)
        record = measure(None if args.rejudge else model, judge, questions, plan, out, replies=args.replies)
    finally:
        getattr(model, "close", lambda: None)()
    write_text(out, json.dumps(record, ensure_ascii=False, indent=1) + "\n")
    print("\n".join(_lines(record)))
    print(f"written to {out}")
    return 0


def _opened(model: BaseChatModel | None) -> BaseChatModel:
    if model is None:
        raise ValueError("no model was opened")
    return model


def _judge(name: str, model: BaseChatModel | None) -> Judge:
    if name == "model":
        return ModelJudge(_opened(model))
    from chains.meaning.embedding import open_embedder

    return EmbeddingJudge(open_embedder())


def _lines(record: Mapping[str, Any]) -> list[str]:
    """The figures as lines of text."""
    lines = [f"{record['model']}: {record['counts']}", f"cost: {record['cost']}"]
    for domain, markers in record["domains"].items():
        lines.append(domain)
        for marker, entry in markers.items():
            figure = (
                f"{entry['mic']:.2f} [{entry['low']:.2f}, {entry['high']:.2f}]"
                if "mic" in entry
                else entry["missing"]
            )
            lines.append(f"  {marker:<24} {figure}, n = {entry['n']}")
    return lines
