"""Fitting a conversation into the model's context."""

from collections.abc import Sequence
from functools import partial

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage, trim_messages
from langchain_core.messages.utils import count_tokens_approximately

from chains.errors import MessageTooLong
from chains.messages import from_langchain, to_langchain
from estimators.types import Message


def context_length(model: BaseChatModel) -> int | None:
    """The number of tokens that the model can read, or None if it does not say."""
    limit = (model.profile or {}).get("max_input_tokens")
    return int(limit) if limit else None


def count_tokens(model: BaseChatModel, chat: list[BaseMessage]) -> int:
    """The number of tokens of a conversation: exact for our own engines, an estimate for others.

    The counters of other integrations may download a vocabulary.
    """
    if (model.metadata or {}).get("credence"):
        try:
            return model.get_num_tokens_from_messages(chat)
        except NotImplementedError:  # a server whose tokenizer we do not have
            pass
    return count_tokens_approximately(chat)


def answer_room(model: BaseChatModel, messages: Sequence[Message], reserve: int) -> int | None:
    """How many tokens an answer can have if ``reserve`` stay free; None if the model does not count its tokens.

    A small context keeps a quarter of it free instead. It is 0 or less if the context is full.
    """
    limit = context_length(model)
    if limit is None or not (model.metadata or {}).get("credence"):
        return None
    try:
        return limit - min(reserve, limit // 4) - model.get_num_tokens_from_messages(to_langchain(messages))
    except NotImplementedError:  # only the server has the tokenizer
        return None


def fit(model: BaseChatModel, messages: Sequence[Message], reserve: int) -> tuple[Message, ...]:
    """The messages, without as many of the oldest turns as it takes to leave ``reserve`` tokens free.

    Raises MessageTooLong if the last message does not fit, alone or after the
    system message. Nothing is dropped if the model does not say how much it can
    read.
    """
    limit = context_length(model)
    if limit is None:
        return tuple(messages)
    room = limit - min(reserve, limit // 2)
    chat = to_langchain(messages)
    if count_tokens(model, chat) <= room:
        return tuple(messages)
    system = chat[:1] if messages[0].role == "system" else []
    if (alone := count_tokens(model, [*system, *chat[len(system) :][-1:]])) > room:
        raise MessageTooLong(alone, limit, kept=limit - room)
    kept = trim_messages(
        chat,
        max_tokens=room,
        token_counter=partial(count_tokens, model),
        strategy="last",
        start_on="human",
        include_system=True,
    )
    return from_langchain(kept)
