"""The interface of chat models that can score a given text, and the message they return."""

from typing import Any, Protocol, runtime_checkable

from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.ai import InputTokenDetails, UsageMetadata

from chains.errors import CredenceError, MessageTooLong

NO_SCORES = "this server cannot score a given text"
NO_TEXT = "the given text is empty"
NOT_SPELLED = "the model's tokenizer cannot encode the given text exactly"
HALF_CHARACTER = "the given text contains half a character (a lone surrogate), which no model can read"


class CannotScore(CredenceError):
    """A model cannot score a text; the message is the reason that people see."""


@runtime_checkable
class ScoringModel(Protocol):
    """A chat model that can score a given text."""

    def score(self, messages: list[BaseMessage], text: str, top_logprobs: int) -> AIMessage:
        """The text as a reply to the messages, with the log-probabilities of its tokens.

        Raises MessageTooLong, CannotScore.
        """


def is_whole(text: str) -> bool:
    """Whether a text can be encoded in UTF-8, that is, has no lone surrogate."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def scored(text: str, entries: list[dict[str, Any]], prompt: int, cached: int | None = None) -> AIMessage:
    """The message for a scored text; all its tokens count as input, none as output.

    Parameters
    ----------
    entries : one OpenAI-style log-probability per token
    prompt : number of tokens before the text
    cached : how many of those came from the cache; None if unknown
    """
    read = prompt + len(entries)
    usage = UsageMetadata(input_tokens=read, output_tokens=0, total_tokens=read)
    if cached is not None:
        usage["input_token_details"] = InputTokenDetails(cache_read=cached)
    return AIMessage(text, usage_metadata=usage, response_metadata={"logprobs": {"content": entries}})


def checked_room(prompt: int, text: int, limit: int) -> None:
    """Raise MessageTooLong if prompt and text together have more tokens than the model can read."""
    if prompt + text > limit:
        raise MessageTooLong(prompt + text, limit)
