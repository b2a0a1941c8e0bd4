"""What a chat model offers that can score a given text, and the message it returns."""

from typing import Any, Protocol, runtime_checkable

from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.ai import InputTokenDetails, UsageMetadata

from chains.errors import CredenceError, MessageTooLong

NO_SCORES = "this server cannot score a given text"
NO_TEXT = "the given text is empty"
NOT_SPELLED = "the model's tokenizer cannot write the given text as it stands"
HALF_CHARACTER = "the given text holds half a character (a lone surrogate), which no model can read"


class CannotScore(CredenceError):
    """A model cannot give the log-probabilities of a text; its text is the reason that is shown."""


@runtime_checkable
class ScoringModel(Protocol):
    """A chat model that can score a given text."""

    def score(self, messages: list[BaseMessage], text: str, top_logprobs: int) -> AIMessage:
        """The text as a reply to the messages, with the log-probabilities of its tokens.

        Raises MessageTooLong, CannotScore.
        """


def is_whole(text: str) -> bool:
    """Whether every character of a text can be written in UTF-8, as no lone surrogate can."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def scored(text: str, entries: list[dict[str, Any]], prompt: int, cached: int | None = None) -> AIMessage:
    """The message of a scored text; all its tokens were read, none was written.

    Parameters
    ----------
    entries : one OpenAI-shaped log-probability a token
    prompt : tokens before the text
    cached : of those, the ones that were not evaluated again; None where that is not known
    """
    read = prompt + len(entries)
    usage = UsageMetadata(input_tokens=read, output_tokens=0, total_tokens=read)
    if cached is not None:
        usage["input_token_details"] = InputTokenDetails(cache_read=cached)
    return AIMessage(text, usage_metadata=usage, response_metadata={"logprobs": {"content": entries}})


def checked_room(prompt: int, text: int, limit: int) -> None:
    """Raises MessageTooLong when prompt and text, in tokens, are more than the model can read."""
    if prompt + text > limit:
        raise MessageTooLong(prompt + text, limit)
