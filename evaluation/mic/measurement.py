"""One measurement of marker internal confidence: sample, strip, judge, and put the values into a record."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from langchain_core.language_models import BaseChatModel

from chains.calibration.mic_store import SCHEMA
from chains.identity import identity
from evaluation.grading.agreement_judges import Judge
from evaluation.metrics.markers.confidence import SEED, Item, marker_confidence
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
from evaluation.questions.reader import AskedQuestion, digest, graded_answer
from files.errors import BadFile
from prompts import load

TEMPERATURE = 1.0
ASKING = ("hedged", "options_hedged")  # the prompts that ask a question


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is asked and judged, and which values count."""

    questions: str  # name of their file
    samples: int  # k, the replies each answer is judged against
    answers: int  # replies to a question that are judged
    min_count: int  # sentences that a marker needs for a value
    seed: int  # replies use the seeds after this one
    concurrency: int

    @property
    def seeds(self) -> range:
        """The seeds of the replies to a question."""
        return range(self.seed + 1, self.seed + 1 + max(self.samples + 1, self.answers))


def measure(
    model: BaseChatModel | None, judge: Judge, questions: Sequence[AskedQuestion], plan: Plan, out: Path, *,
    replies: Path | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Run the measurement and return its record; work that is already done is not repeated.

    Without a ``model``, the replies saved for ``out`` are judged again. ``replies``: a file of replies sampled before.
    Raises BadFile.
    """
    seeds = plan.seeds
    if model is None:
        work = saved_work(out.with_suffix(".work.jsonl"))
        engine = _engine_before(out)
        _all_there(work, questions, seeds)
    else:
        who = identity(model)
        engine = who["engine"]
        header = {
            "model": who["model"], "model_sha256": who["model_sha256"],
            "prompts": {name: load(name).sha256 for name in ASKING},
            "temperature": TEMPERATURE, "max_tokens": MAX_TOKENS,
        }  # fmt: skip
        work = open_work(out.with_suffix(".work.jsonl"), header)
        if replies:
            print(f"{take_replies(work, replies, who['model'])} replies reused", file=sys.stderr)
        sample(work, model, questions, seeds, TEMPERATURE, plan.concurrency)
    by_question = {
        question.id: planned(question.text, seeds, plan.answers, plan.samples, judge)
        for question in questions
    }
    judgings = [judging for some in by_question.values() for judging in some]
    judge_all(work, judgings, plan.concurrency, again=model is None)
    sentences, counts = collected(work, questions, by_question)
    write_sentences(out.with_suffix(".sentences.jsonl"), sentences)
    items = (
        Item(sentence.marker, sentence.domain, sentence.confidence, sentence.question)
        for sentence in sentences
    )
    confidences = marker_confidence(items, plan.min_count)
    settings = judge.settings
    return {
        "schema": SCHEMA,
        "model": work.header["model"],
        "model_sha256": work.header["model_sha256"],
        "engine": engine,
        "questions": {
            "name": plan.questions,
            "sha256": digest(questions),
            "n": len(questions),
        },
        "prompts": work.header["prompts"],
        "judge": {"name": judge.name, **settings},
        "samples": plan.samples,
        "answers": plan.answers,
        "temperature": work.header["temperature"],
        "max_tokens": work.header["max_tokens"],
        "seed": plan.seed,
        "bootstrap_seed": SEED,
        "min_count": plan.min_count,
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
