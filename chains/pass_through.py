"""Streams the reply of a chat model to messages of LangChain as they are, with log-probabilities if it has any."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any, cast

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage

from chains.engines.servers.negotiation import Negotiation
from chains.pipeline.model_calls import server_of
from chains.replies import QUIET


def stream_through(
    model: BaseChatModel,
    messages: Sequence[BaseMessage],
    options: Mapping[str, Any],
    kept: Mapping[str, Any],
    stop: list[str] | None = None,
) -> Iterator[AIMessageChunk]:
    """Stream the model's reply; tool calls and other parts come as they are.

    An option that the server rejects is lowered or left out, and the request is sent again; ``kept`` are sent as they are.
    """
    negotiation, begun = Negotiation(server_of(model)), False
    while True:
        sent = negotiation.allowed(options)
        try:
            stream = model.bind(**kept, **sent).stream(list(messages), QUIET, stop=stop)
            with closing(cast(Any, stream)):
                for chunk in stream:
                    begun = True
                    yield _as_chunk(chunk)
        except Exception as error:  # a provider's own class of error
            if begun or not negotiation.goes_on(error, sent):
                raise
            continue
        negotiation.succeeded()
        return


def _as_chunk(message: BaseMessage) -> AIMessageChunk:
    """A message as a chunk, without the mark of the last one: the assessment follows."""
    if isinstance(message, AIMessageChunk):
        return message.model_copy(update={"chunk_position": None})
    fields = {name: getattr(message, name) for name in type(message).model_fields if name != "type"}
    return AIMessageChunk(**fields)
