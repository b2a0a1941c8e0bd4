"""One call of a chat model: streamed, with the options it understands, its cost counted."""

import logging
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, cast

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk
from langchain_core.messages.ai import UsageMetadata

from chains.errors import CredenceError
from chains.messages import ReplyReader, to_langchain
from chains.settings import Settings
from estimators.types import Answer, Cost, Message

_log = logging.getLogger(__name__)


def identity(model: BaseChatModel) -> Mapping[str, Any]:
    """What a model says of itself: ``model``, ``engine`` and ``model_sha256`` (None where unknown)."""
    ours = (model.metadata or {}).get("credence")
    if ours:
        return cast(Mapping[str, Any], ours)
    name = getattr(model, "model_name", None) or getattr(model, "model", None) or type(model).__name__
    return {"model": str(name), "engine": model._llm_type, "model_sha256": None}


def sampling(model: BaseChatModel, settings: Settings, **changes: Any) -> dict[str, Any]:
    """The options to bind for one call, leaving out those that the model has no name for."""
    wanted: dict[str, Any] = {
        "temperature": settings.temperature,
        "max_tokens": settings.max_tokens,
        "seed": settings.seed,
        "logprobs": True,
        "top_logprobs": settings.top_logprobs,
        **changes,
    }
    if (model.metadata or {}).get("credence"):
        return wanted
    fields = type(model).model_fields
    return {name: value for name, value in wanted.items() if name in fields}


@dataclass(slots=True)
class Meter:
    """Adds up what the calls of a turn cost; a count that one engine withholds stays None."""

    calls: int = 0
    prompt_tokens: int | None = None
    cached_tokens: int | None = None
    new_tokens: int | None = None
    seconds: float = 0.0

    def add(self, usage: UsageMetadata | None, seconds: float) -> None:
        self.calls += 1
        self.seconds += seconds
        if usage is None:
            return
        self.prompt_tokens = (self.prompt_tokens or 0) + usage["input_tokens"]
        self.new_tokens = (self.new_tokens or 0) + usage["output_tokens"]
        cached = (usage.get("input_token_details") or {}).get("cache_read")
        if cached is not None:
            self.cached_tokens = (self.cached_tokens or 0) + cached

    def cost(self) -> Cost:
        return Cost(self.calls, self.prompt_tokens, self.cached_tokens, self.new_tokens, self.seconds)


def ask(
    model: BaseChatModel, messages: Sequence[Message], options: Mapping[str, Any], meter: Meter
) -> Generator[Answer, None, None]:
    """Stream the model's reply; each item is the reply so far, the last one is whole.

    Closing the generator stops the model.
    """
    reader = ReplyReader()
    start = time.perf_counter()
    stream = cast(Generator[AIMessageChunk, None, None], model.bind(**options).stream(to_langchain(messages)))
    try:
        with closing(stream):
            for chunk in stream:
                reader.add(chunk)
                if chunk.text:
                    yield reader.answer()
    finally:
        meter.add(reader.usage, time.perf_counter() - start)
    yield reader.answer()


def ask_whole(
    model: BaseChatModel, messages: Sequence[Message], options: Mapping[str, Any], meter: Meter
) -> Answer:
    """The model's whole reply."""
    *_, reply = ask(model, messages, options, meter)
    return reply


def ask_or_missing(
    model: BaseChatModel, messages: Sequence[Message], options: Mapping[str, Any], meter: Meter
) -> Answer:
    """The model's whole reply, or an empty one with the reason: what is asked beside an answer never ends it."""
    try:
        return ask_whole(model, messages, options, meter)
    except CredenceError as error:
        return Answer("", missing=str(error))
    except Exception as error:  # a provider's own class of error
        _log.exception("a question beside the answer failed")
        return Answer("", missing=f"the model failed ({type(error).__name__})")
