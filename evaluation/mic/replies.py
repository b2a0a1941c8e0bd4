"""Samples a model's replies to questions, for people to label and for measurements of markers."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from langchain_core.language_models import BaseChatModel

from chains.identity import identity
from chains.pipeline.model_calls import Meter, ask_whole, sampling
from chains.pipeline.probing.probes import answer_messages
from chains.progress import tracked
from chains.settings import Settings
from estimators.types import Message, Question
from evaluation.questions.reader import AskedQuestion
from files.append_only import open_to_append
from files.errors import BadFile
from files.json_lines import numbered_objects
from files.resumable import keep_each

MAX_TOKENS = 120
ASKED = {
    "brief": "\n\nAnswer in one short sentence.",
    "careful": "\n\nAnswer in three sentences, and say in each of them, in words of your own, how sure you are of it.",
}
STYLES = ("hedged", *ASKED)


def sample_replies(
    model: BaseChatModel, questions: Sequence[AskedQuestion], out: Path, *, style: str, samples: int,
    temperature: float, concurrency: int,
) -> None:  # fmt: skip
    """Append every reply that the file does not hold yet, one JSON line each; raises BadFile for a broken file."""
    settings = Settings(temperature=temperature, max_tokens=MAX_TOKENS)

    def reply(request: dict[str, Any]) -> tuple[dict[str, Any]]:
        options = sampling(model, settings, seed=request["seed"])
        answer = ask_whole(model, messages(request["question"], style), options, Meter())
        return ({**request, "model": identity(model)["model"], "text": answer.text},)

    with open_to_append(out) as file:
        done = _sampled(out, identity(model)["model"])
        rest = [
            request
            for request in requests(questions, style, samples)
            if (request["id"], request["seed"]) not in done
        ]
        asking = keep_each(rest, reply, file.add, concurrency)
        for _ in tracked(asking, "asking", "replies", total=len(rest) + len(done), done=len(done)):
            pass


def _sampled(path: Path, model: str) -> set[tuple[str, int]]:
    """Question and seed of every reply in a file; raises BadFile for another model's."""
    done = set()
    for number, row in numbered_objects(path):
        if row.get("model") != model:
            raise BadFile(
                f"{path}, line {number}: a reply from {row.get('model')}, but {model} is open now. Choose another OUT, or "
                "open the model of these replies with --model."
            )
        done.add((row["id"], row["seed"]))
    return done


def requests(questions: Sequence[AskedQuestion], style: str, samples: int) -> Iterator[dict[str, Any]]:
    """Every request to send: each question with each seed from 1 on."""
    for seed in range(1, samples + 1):
        for question in questions:
            yield {"id": question.id, "question": question.question, "style": style, "seed": seed}


def messages(text: str, style: str) -> tuple[Message, ...]:
    """The messages of a style: hedged as in the chat, one short sentence, or doubt in the model's own words."""
    if style == "hedged":
        return answer_messages(Question(text), "hedged")
    return (Message("user", text + ASKED[style]),)
