"""Streams the reply of a chat model to messages of LangChain as they are, with log-probabilities if it has any."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any, cast

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage

from chains.engines.servers.accepted_options import TRIES, accepted, remember
from chains.errors import CredenceError
from chains.pipeline.model_calls import server_of
from chains.replies import QUIET


def stream_through(
    model: BaseChatModel,
    messages: Sequence[BaseMessage],
    options: Mapping[str, Any],
    stop: list[str] | None = None,
) -> Iterator[AIMessageChunk]:
    """Stream the model's reply; tool calls and other parts come as they are.

    A parameter that the server rejects is lowered or left out, and the request is sent again.
    """
    server = server_of(model)
    limits, learned = accepted(server), False
    for tries in range(TRIES):
        sent = copy.copy(dict(options))
        limits.apply(sent)
        begun = False
        try:
            stream = model.bind(**sent).stream(list(messages), QUIET, stop=stop)
            with closing(cast(Any, stream)):
                for chunk in stream:
                    begun = True
                    yield _as_chunk(chunk)
            if learned:
                remember(server, limits)
            return
        except CredenceError:
            raise
        except Exception as error:  # a provider's own class of error
            if begun or tries == TRIES - 1 or not limits.learn_from(error, sent):
                raise
            learned = True


def _as_chunk(message: BaseMessage) -> AIMessageChunk:
    """A message as a chunk, without the mark of the last one: the assessment follows."""
    if isinstance(message, AIMessageChunk):
        return message.model_copy(update={"chunk_position": None})
    fields = {name: getattr(message, name) for name in type(message).model_fields if name != "type"}
    return AIMessageChunk(**fields)
