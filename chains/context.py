"""Making a conversation fit into the model's context."""

from collections.abc import Sequence

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import trim_messages

from chains.errors import MessageTooLong
from chains.messages import from_langchain, to_langchain
from estimators.types import Message


def context_length(model: BaseChatModel) -> int | None:
    """The number of tokens that the model can read, or None where it does not say."""
    limit = (model.profile or {}).get("max_input_tokens")
    return int(limit) if limit else None


def fit(model: BaseChatModel, messages: Sequence[Message], reserve: int) -> tuple[Message, ...]:
    """The messages without their oldest turns, as many as must go to leave ``reserve`` tokens free.

    Raises MessageTooLong when the last message alone does not fit. Where the
    model cannot count its tokens nothing is dropped.
    """
    limit = context_length(model)
    if limit is None:
        return tuple(messages)
    room = limit - min(reserve, limit // 2)
    chat = to_langchain(messages)
    try:
        if model.get_num_tokens_from_messages(chat) <= room:
            return tuple(messages)
        alone = model.get_num_tokens_from_messages(chat[-1:])
    except NotImplementedError:
        return tuple(messages)
    if alone > room:
        raise MessageTooLong(alone, room)
    kept = trim_messages(
        chat,
        max_tokens=room,
        token_counter=model.get_num_tokens_from_messages,
        strategy="last",
        start_on="human",
        include_system=True,
    )
    return from_langchain(kept)
