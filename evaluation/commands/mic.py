"""Measure a model's own confidence behind each of its markers: ``python -m evaluation mic --model SPEC``.

Every question is answered 1 + k times at temperature 1, with the chat's own prompt that asks for honest words of
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
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from langchain_core.language_models import BaseChatModel

from chains import open_chat_model
from chains.calibration.mic_store import SCHEMA, file_name, mic_folder
from chains.identity import identity
from evaluation.commands.arguments import command_parser, positive
from evaluation.grading.agreement_judges import EmbeddingJudge, Judge, ModelJudge
from evaluation.metrics.markers.confidence import MIN_COUNT, SEED, Item, marker_confidence
from evaluation.mic.sentences import Sentence, write_sentences
from evaluation.mic.work import (
    MAX_TOKENS,
    Judging,
    Work,
    judge_all,
    open_work,
    planned,
    sample,
    saved_work,
    take_replies,
)
from evaluation.questions.reader import AskedQuestion, digest, drawn, graded_answer, readable
from files.atomic import write_text
from files.errors import BadFile
from prompts import load

QUESTIONS = Path(__file__).parents[1] / "questions" / "data" / "short.jsonl"
TEMPERATURE = 1.0
ASKING = ("hedged", "options_hedged")  # the prompts that ask a question


def main(arguments: Sequence[str] | None = None) -> int:
    """Sample, strip, judge and write the measurement; resumes one that was stopped."""
    parser = _parser()
    args = parser.parse_args(arguments)
    if args.rejudge and not args.out:
        parser.error("--rejudge needs --out: the file whose saved replies are judged again")
    questions = drawn(readable(args.questions, args.skip_bad), args.draw, args.seed)
    if args.free:
        questions = tuple(
            question.model_copy(update={"choices": (), "answer": None}) for question in questions
        )
    model = None if args.rejudge and args.judge == "embedding" else open_chat_model(args.model)
    try:
        out = args.out or mic_folder() / file_name(identity(_opened(model))["model"], args.judge)
        record = measure(model, _judge(args.judge, model), questions, args, out)
    finally:
        getattr(model, "close", lambda: None)()
    write_text(out, json.dumps(record, ensure_ascii=False, indent=1) + "\n")
    print("\n".join(_lines(record)))
    print(f"written to {out}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("mic", __doc__)
    parser.add_argument("--model", default="builtin", help="model to open, as for the chat")
    parser.add_argument(
        "--questions", type=Path, default=QUESTIONS, help="a file or folder in any layout that `run` reads"
    )
    parser.add_argument(
        "--samples",
        type=positive,
        default=20,
        help="k, the replies each answer is judged against (default: 20)",
    )
    parser.add_argument(
        "--answers", type=positive, default=1, help="replies to a question that are judged (default: 1)"
    )
    parser.add_argument("--skip-bad", action="store_true", help="leave out questions that cannot be asked")
    parser.add_argument("--judge", choices=("model", "embedding"), default="embedding")
    parser.add_argument(
        "--min-count",
        type=positive,
        default=MIN_COUNT,
        help="sentences that a marker needs for a value (default: 10)",
    )
    parser.add_argument("--draw", type=positive, help="number of questions to draw at random (default: all)")
    parser.add_argument(
        "--free", action="store_true", help="ask multiple-choice questions without their choices"
    )
    parser.add_argument("--concurrency", type=positive, default=2)
    parser.add_argument(
        "--seed", type=int, default=0, help="replies use the seeds after this one (default: 0)"
    )
    parser.add_argument("--replies", type=Path, help="use replies sampled by `python -m evaluation replies`")
    parser.add_argument(
        "--rejudge",
        action="store_true",
        help="judge the saved replies of --out again, without asking for new ones",
    )
    parser.add_argument("--out", type=Path, help="file to write (default: where the chat finds it)")
    return parser


def _opened(model: BaseChatModel | None) -> BaseChatModel:
    if model is None:
        raise ValueError("no model was opened")
    return model


def _judge(name: str, model: BaseChatModel | None) -> Judge:
    if name == "model":
        return ModelJudge(_opened(model))
    from chains.meaning.embedding import open_embedder

    return EmbeddingJudge(open_embedder())


def measure(
    model: BaseChatModel | None, judge: Judge, questions: Sequence[AskedQuestion], args: argparse.Namespace,
    out: Path,
) -> dict[str, Any]:  # fmt: skip
    """Run the measurement and return its record; work that is already done is not repeated."""
    count = max(args.samples + 1, args.answers)
    seeds = range(args.seed + 1, args.seed + 1 + count)
    if args.rejudge:
        work = saved_work(out.with_suffix(".work.jsonl"))
        engine = _engine_before(out)
        _all_there(work, questions, seeds)
    else:
        who = identity(_opened(model))
        engine = who["engine"]
        header = {
            "model": who["model"], "model_sha256": who["model_sha256"],
            "prompts": {name: load(name).sha256 for name in ASKING},
            "temperature": TEMPERATURE, "max_tokens": MAX_TOKENS,
        }  # fmt: skip
        work = open_work(out.with_suffix(".work.jsonl"), header)
        if args.replies:
            print(f"{take_replies(work, args.replies, who['model'])} replies reused", file=sys.stderr)
        sample(work, _opened(model), questions, seeds, TEMPERATURE, args.concurrency)
    plan = {
        question.id: planned(question.text, seeds, args.answers, args.samples, judge)
        for question in questions
    }
    judgings = [judging for some in plan.values() for judging in some]
    judge_all(work, judgings, args.concurrency, again=args.rejudge)
    sentences, counts = collected(work, questions, plan)
    write_sentences(out.with_suffix(".sentences.jsonl"), sentences)
    items = (
        Item(sentence.marker, sentence.domain, sentence.confidence, sentence.question)
        for sentence in sentences
    )
    confidences = marker_confidence(items, args.min_count)
    settings = judge.settings
    return {
        "schema": SCHEMA,
        "model": work.header["model"],
        "model_sha256": work.header["model_sha256"],
        "engine": engine,
        "questions": {
            "name": args.questions.name,
            "sha256": digest(questions),
            "n": len(questions),
        },
        "prompts": work.header["prompts"],
        "judge": {"name": judge.name, **settings},
        "samples": args.samples,
        "answers": args.answers,
        "temperature": work.header["temperature"],
        "max_tokens": work.header["max_tokens"],
        "seed": args.seed,
        "bootstrap_seed": SEED,
        "min_count": args.min_count,
        "counts": counts,
        "cost": _cost(work, [(question.text, seed) for question in questions for seed in seeds], judge),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "domains": {
            domain: {marker: _plain(asdict(measured)) for marker, measured in markers.items()}
            for domain, markers in confidences.items()
        },
    }


def _engine_before(out: Path) -> str | None:
    """The engine that gave the replies, read from the measurement that is judged again; None if it is not recorded."""
    try:
        engine = json.loads(out.read_text(encoding="utf-8"))["engine"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return engine if isinstance(engine, str) else None


def _all_there(work: Work, questions: Sequence[AskedQuestion], seeds: Sequence[int]) -> None:
    """Raise BadFile if a reply to be judged was never sampled."""
    absent = sum((question.text, seed) not in work.replies for question in questions for seed in seeds)
    if absent:
        raise BadFile(
            f"{work.path} lacks {absent:,} of the {len(questions) * len(seeds):,} replies: repeat the --questions, --draw, "
            "--seed, --samples and --answers of that run, or leave out --rejudge to sample the missing ones."
        )


def collected(
    work: Work, questions: Sequence[AskedQuestion], plan: Mapping[str, Sequence[Judging]]
) -> tuple[list[Sentence], dict[str, int]]:
    """Every judged sentence with its conf(s), and how many were left out, by reason."""
    sentences: list[Sentence] = []
    counts = {"sentences": 0, "claims_nothing": 0, "no_verdict": 0, "verdicts": 0, "could_not_tell": 0}
    for question in questions:
        judged_rows = (
            (judging, row) for judging in plan[question.id] for row in work.judged[judging.key]["judged"]
        )
        for answer, row in judged_rows:
            counts["sentences"] += 1
            if row.get("claims_nothing"):
                counts["claims_nothing"] += 1
                continue
            values = [value for value in row["values"] if value is not None]
            counts["verdicts"] += len(row["values"])
            counts["could_not_tell"] += len(row["values"]) - len(values)
            if values:
                graded = graded_answer(question, work.replies[answer.question, answer.seed]["text"])
                sentence = Sentence(
                    question=question.id, seed=answer.seed, domain=question.domain, marker=row["marker"],
                    confidence=sum(values) / len(values), correct=graded.correct,
                )  # fmt: skip
                sentences.append(sentence)
            else:
                counts["no_verdict"] += 1
    return sentences, counts


def _cost(work: Work, keys: Sequence[tuple[str, int]], judge: Judge) -> dict[str, int | None]:
    """Tokens of the prompts, and those not from the prefix cache; None if nothing was counted."""
    rows = [work.replies[key] for key in keys]
    counted = [row for row in rows if row.get("prompt_tokens") is not None]
    judging = judge.cost
    prompt = sum(row["prompt_tokens"] for row in counted) + (judging.prompt_tokens or 0)
    cached = sum(row.get("cached_tokens") or 0 for row in counted) + (judging.cached_tokens or 0)
    any_counted = bool(counted or judging.calls)
    return {
        "replies": len(rows),
        "replies_counted": len(counted),
        "judge_calls": judging.calls,
        "prompt_tokens": prompt if any_counted else None,
        "evaluated_tokens": prompt - cached if any_counted else None,
    }


def _plain(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry as it is written: four decimals, without missing values and without the marker, which is its key."""
    kept = {name: value for name, value in entry.items() if name != "marker" and value not in (None, "")}
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in kept.items()}


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
