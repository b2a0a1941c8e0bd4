"""One call of a chat model: streamed, with the options it understands and with its cost."""

import copy
import logging
import threading
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk
from langchain_core.messages.ai import UsageMetadata

from chains.engines.servers.accepted_options import TRIES, accepted, remember
from chains.engines.servers.option_names import named_options, tells_end
from chains.errors import CallCancelled, CredenceError, ReplyNotWhole
from chains.finish import INCOMPLETE, STOPPED, WHOLE, explain_finish
from chains.identity import identity
from chains.messages import ReplyReader, to_langchain
from chains.models.line import in_line
from chains.settings import Settings
from estimators.types import Answer, Cost, Message

ANSWER = "answer"  # what the calls of an answer are counted as
_SHORT = 2_000  # characters of a reply of which every token is shown at once
_OFTEN, _SELDOM = 0.05, 0.25  # seconds between two looks at a longer one, at the least and at the most
_SHARE = 5
_log = logging.getLogger(__name__)


def sampling(model: BaseChatModel, settings: Settings, **changes: Any) -> dict[str, Any]:
    """The options to bind for one call, without those that the model does not have.

    Without ``max_tokens`` the reply has no limit but the context.
    """
    options: dict[str, Any] = {
        "temperature": settings.temperature,
        "max_tokens": settings.max_tokens,
        "seed": settings.seed,
        "logprobs": True,
        "top_logprobs": settings.top_logprobs,
        **changes,
    }
    if options["max_tokens"] is None:
        del options["max_tokens"]
    return named_options(model, options)


@dataclass(slots=True)
class Meter:
    """Adds up the cost of a turn's calls; a count that the engine does not report stays None."""

    calls: int = 0
    prompt_tokens: int | None = None
    cached_tokens: int | None = None
    new_tokens: int | None = None
    seconds: float = 0.0
    parts: dict[str, "Meter"] = field(default_factory=dict)  # by what the calls are for

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

    @contextmanager
    def part(self, name: str) -> Iterator["Meter"]:
        """A meter of calls for one purpose, which count here and under that name."""
        own = Meter()
        try:
            yield own
        finally:
            self.seconds += own.seconds
            self._count(own)
            self._keep(name, own)

    def include(self, other: "Meter") -> None:
        """Add the counts of another meter, without its time, which may have passed at the same time.

        The time of each of its parts is kept: that of its own calls.
        """
        self._count(other)
        for name, part in other.parts.items():
            self._keep(name, part)

    def _count(self, other: "Meter") -> None:
        self.calls += other.calls
        for name in ("prompt_tokens", "cached_tokens", "new_tokens"):
            if (count := getattr(other, name)) is not None:
                setattr(self, name, (getattr(self, name) or 0) + count)

    def _keep(self, name: str, part: "Meter") -> None:
        kept = self.parts.setdefault(name, Meter())
        kept.seconds += part.seconds
        kept._count(part)

    def cost(self) -> Cost:
        return Cost(self.calls, self.prompt_tokens, self.cached_tokens, self.new_tokens, self.seconds)

    def costs(self) -> dict[str, Cost]:
        """The cost of every part."""
        return {name: part.cost() for name, part in self.parts.items()}


def ask(
    model: BaseChatModel,
    messages: Sequence[Message],
    options: Mapping[str, Any],
    meter: Meter,
    begun: Answer | None = None,
    *,
    answering: bool = False,
    cancelled: threading.Event | None = None,
) -> Generator[Answer, None, None]:
    """Stream the model's reply; each item is the reply so far, the last one is complete.

    With ``begun``, which the last message repeats, the reply goes on from there, and every item includes it. A
    parameter that the server rejects is lowered or left out, and the request is sent again. If a reply
    breaks off or a filter stops it, the last item is what arrived, with the cause as its ``finish``; then
    ReplyNotWhole or the engine's own error is raised. Closing the generator stops the model.

    In the line of a model (``chains.models.line``) it waits for its place, among the answers if it is ``answering``;
    ``cancelled`` ends that wait with CallCancelled.
    """
    with in_line(answering=answering, cancelled=cancelled):
        yield from ask_now(model, messages, options, meter, begun)


def ask_now(
    model: BaseChatModel,
    messages: Sequence[Message],
    options: Mapping[str, Any],
    meter: Meter,
    begun: Answer | None = None,
) -> Generator[Answer, None, None]:
    """``ask`` for who has a place in the line already."""
    server = server_of(model)
    limits, learned = accepted(server), False
    for tries in range(TRIES):
        sent = copy.deepcopy(dict(options))
        limits.apply(sent)
        try:
            for reply in _request(model, messages, sent, meter, begun):
                if learned:
                    remember(server, limits)
                    learned = False
                yield reply
            return
        except CredenceError:
            raise
        except Exception as error:  # a provider's own class of error
            if tries == TRIES - 1 or not limits.learn_from(error, sent):
                raise
            learned = True
            meter.calls -= 1  # a rejected request does not count as a call


def _request(
    model: BaseChatModel,
    messages: Sequence[Message],
    options: Mapping[str, Any],
    meter: Meter,
    begun: Answer | None = None,
) -> Generator[Answer, None, None]:
    """Stream one request; raises any error that the model raises before the first word."""
    opened = bool(getattr(model, "opens_reasoning", False))
    reader = ReplyReader(tells_end=tells_end(model), opened=opened, begun=begun)
    start, pace = time.perf_counter(), _Pace()
    stream = cast(Generator[AIMessageChunk, None, None], model.bind(**options).stream(to_langchain(messages)))
    broken: Exception | None = None
    try:
        with closing(stream):
            while (chunk := _next(stream, reader)) is not None:
                if reader.add(chunk) and pace.due(len(reader)):
                    yield reader.answer()
                    pace.taken()
    except _BrokeOff as error:
        broken = error.cause
    finally:
        meter.add(reader.usage, time.perf_counter() - start)
    finish = INCOMPLETE if broken else reader.finish
    yield reader.answer(finish)
    if isinstance(broken, CredenceError):
        raise broken
    if broken is not None and type(broken).__module__ == "builtins" and not isinstance(broken, OSError):
        raise ReplyNotWhole(STOPPED, finish) from broken  # a bug in a local engine, not a lost connection
    if finish not in WHOLE:
        raise ReplyNotWhole(explain_finish(finish), finish) from broken


class _Pace:
    """How often a growing reply is looked at: always while it is short, then so that looking takes a fifth of the time."""

    def __init__(self) -> None:
        self._begun = self._next = 0.0

    def due(self, characters: int) -> bool:
        self._begun = time.perf_counter()
        return characters < _SHORT or self._begun >= self._next

    def taken(self) -> None:
        """The reply was looked at since ``due``."""
        now = time.perf_counter()
        self._next = now + min(_SELDOM, max(_OFTEN, _SHARE * (now - self._begun)))


class _BrokeOff(Exception):
    """The stream failed after its first words."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(str(cause))
        self.cause = cause


def _next(stream: Iterator[AIMessageChunk], reader: ReplyReader) -> AIMessageChunk | None:
    try:
        return next(stream, None)
    except Exception as error:  # a provider's own class of error
        if not reader.begun:
            raise
        if not isinstance(error, CredenceError):
            _log.warning("a reply broke off", exc_info=error)
        raise _BrokeOff(error) from error


def server_of(model: BaseChatModel) -> tuple[str, str]:
    """The key of a server and its model: the address (or else the class of the model) and the model's name."""
    for name in ("openai_api_base", "base_url", "endpoint", "endpoint_url"):
        address = getattr(model, name, None)
        if isinstance(address, str) and address:
            return address, str(identity(model)["model"])
    return type(model).__name__, str(identity(model)["model"])


def ask_whole(
    model: BaseChatModel,
    messages: Sequence[Message],
    options: Mapping[str, Any],
    meter: Meter,
    cancelled: threading.Event | None = None,
) -> Answer:
    """The model's complete reply; raises CallCancelled, and stops the model, once ``cancelled`` is set."""
    with closing(ask(model, messages, options, meter, cancelled=cancelled)) as replies:
        for reply in replies:
            latest = reply
            if cancelled is not None and cancelled.is_set():
                raise CallCancelled
    return latest


def ask_or_missing(
    model: BaseChatModel,
    messages: Sequence[Message],
    options: Mapping[str, Any],
    meter: Meter,
    cancelled: threading.Event | None = None,
) -> Answer:
    """The model's complete reply, or an empty one with the reason: a failed follow-up question must not end a turn."""
    try:
        return ask_whole(model, messages, options, meter, cancelled)
    except CallCancelled:
        raise
    except Exception as error:
        return missing_reply(error)


def missing_reply(error: Exception) -> Answer:
    """An empty reply with the reason why there is none; must be called where the error is handled."""
    if isinstance(error, CredenceError):
        return Answer("", missing=str(error))
    _log.exception("a question about the answer failed")  # a provider's own class of error
    return Answer("", missing=f"the model failed ({type(error).__name__})")
