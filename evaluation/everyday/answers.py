"""Asks everyday requests with and without a system message and keeps every answer."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from langchain_core.language_models import BaseChatModel
from pydantic import BaseModel, ConfigDict

from chains.identity import identity
from chains.pipeline.model_calls import Meter, ask_whole, sampling
from chains.pipeline.probing.probes import answer_messages
from chains.progress import tracked
from chains.settings import Settings
from estimators.types import Question
from files.append_only import open_to_append
from files.errors import BadFile
from files.json_lines import read_rows
from files.resumable import keep_each

REQUESTS = Path(__file__).with_name("requests.jsonl")
Way = Literal["plain", "system"]  # without and with the system message
WAYS: tuple[Way, ...] = ("plain", "system")


class Request(BaseModel):
    """One everyday request."""

    model_config = ConfigDict(frozen=True)

    id: str
    text: str


class RequestAnswer(BaseModel):
    """The answer to a request in one of the two ways; ``finish`` is "length" if it was cut off."""

    model_config = ConfigDict(frozen=True, protected_namespaces=())

    model: str
    id: str
    way: Way
    system: str  # the system message; empty in the way "plain"
    text: str
    tokens: int
    finish: str


def requests() -> tuple[Request, ...]:
    """The requests that come with Credence."""
    return read_rows(REQUESTS, Request)


def ask_requests(model: BaseChatModel, out: Path, system: str, max_tokens: int, concurrency: int) -> None:
    """Append every answer that the file does not hold yet; raises BadFile if it was begun differently."""
    named = identity(model)["model"]
    with open_to_append(out) as file:
        kept = () if file.is_empty else answers_of(out, named, system)
        done = {(answer.id, answer.way) for answer in kept}
        jobs = [(request, way) for request in requests() for way in WAYS if (request.id, way) not in done]

        def answered(job: tuple[Request, Way]) -> Iterator[RequestAnswer]:
            request, way = job
            sent = system if way == "system" else ""
            settings = Settings(temperature=0, max_tokens=max_tokens)
            messages = answer_messages(Question(request.text), "as_typed", sent)
            answer = ask_whole(model, messages, sampling(model, settings), Meter())
            yield RequestAnswer(
                model=named, id=request.id, way=way, system=sent, text=answer.text,
                tokens=len(answer.tokens), finish=answer.finish,
            )  # fmt: skip

        asking = keep_each(jobs, answered, lambda answer: file.add(answer.model_dump()), concurrency)
        for _ in tracked(asking, "asking", "requests", total=len(jobs) + len(done), done=len(done)):
            pass


def answers_of(path: Path, model: str, system: str) -> tuple[RequestAnswer, ...]:
    """The answers in a file; raises BadFile for those of another model or system message."""
    answers = read_rows(path, RequestAnswer)
    for answer in answers:
        if answer.model != model:
            raise BadFile(
                f"{path} holds answers from {answer.model}, but {model} is open. Choose another file, or open that model "
                "with --model."
            )
        if answer.way == "system" and answer.system != system:
            raise BadFile(f"{path} was begun with another system message. Choose another file.")
    return answers
