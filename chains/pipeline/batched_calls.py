"""Several questions to a model that decodes them as one batch (its method ``together``)."""

import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import Any, TypeVar

from langchain_core.language_models import BaseChatModel

from chains.messages import to_langchain
from chains.models.line import in_line
from chains.pipeline.model_calls import Meter, ask_now, ask_or_missing, missing_reply
from chains.settings import Settings
from estimators.types import Answer, Message

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Request:
    """One question; ``part`` is what its cost is counted as."""

    part: str
    messages: Sequence[Message]
    options: Mapping[str, Any]


def batches(model: BaseChatModel, settings: Settings) -> bool:
    """Whether questions to the model are worth asking as one batch, and the settings do not forbid it."""
    return settings.at_once != 1 and hasattr(model, "together")


def ask_together(
    model: BaseChatModel, requests: Mapping[K, Request], meter: Meter
) -> Generator[tuple[K, Answer] | None, None, None]:
    """Yields each reply with its key once it is complete, and None whenever all that are left have grown.

    A reply that fails is empty, with the reason. Closing the generator stops the model. The meter gets the time that
    passed, not the sum over questions. If the batch cannot begin, the questions are asked one after another.
    """
    try:
        sent = [(to_langchain(request.messages), request.options) for request in requests.values()]
        rows = model.together(sent)  # type: ignore[attr-defined]  # see ``batches``
    except Exception:  # of one of the questions, such as one that is too long: each gets its own
        for key, request in requests.items():
            with meter.part(request.part) as own:
                reply = ask_or_missing(model, request.messages, request.options, own)
            yield key, reply
        return
    meters = {key: Meter() for key in requests}
    latest = dict.fromkeys(requests, Answer(""))
    growing = dict[K, Generator[Answer, None, None]]()
    last = time.perf_counter()
    try:
        with in_line(answering=False, questions=len(rows)), ExitStack() as streams:
            for (key, request), row in zip(requests.items(), rows, strict=True):
                replies = ask_now(row, request.messages, request.options, meters[key])
                growing[key] = streams.enter_context(closing(replies))
            while growing:
                for key in list(growing):
                    try:
                        latest[key] = next(growing[key])
                        continue
                    except StopIteration:
                        pass
                    except Exception as error:
                        latest[key] = missing_reply(error)
                    del growing[key]
                    meter.include(_counted(requests[key].part, meters[key]))
                    now = time.perf_counter()
                    meter.seconds, last = meter.seconds + now - last, now
                    yield key, latest[key]
                if growing:
                    yield None
    finally:
        for key in growing:  # it was closed
            meter.include(_counted(requests[key].part, meters[key]))


def _counted(part: str, own: Meter) -> Meter:
    """A meter with the cost of one question as its part."""
    meter = Meter()
    with meter.part(part) as kept:
        kept.include(own)
        kept.seconds = own.seconds
    return meter
