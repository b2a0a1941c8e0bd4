"""A saved answer, whatever tool saved it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import AIMessage

from chains.messages import ReplyReader
from estimators.types import Answer


class BadRow(ValueError):
    """A row that cannot be read; the text says which field is wrong, without the file and the line."""


@dataclass(frozen=True, slots=True)
class SavedAnswer:
    """One question with the answer to it, and what the file says about its confidence and whether it is right."""

    id: str
    question: str  # empty if the file does not have it
    answer: Answer
    choices: tuple[str, ...] = ()
    correct: bool | None = None
    confidence: float | None = (
        None  # that the file states, or that follows from the likelihoods of the options
    )
    method: str = ""  # where that confidence comes from
    model: str = ""  # that gave the answer; empty if the file does not say

    def __post_init__(self) -> None:
        if self.confidence is not None and not 0 <= self.confidence <= 1:
            raise BadRow(f"confidence: {self.confidence} is not from 0 to 1")


def answer_of(text: str, logprobs: Any = None, finish: str | None = None) -> Answer:
    """An answer with the log-probabilities of its tokens, in any of the shapes that servers send.

    >>> answer_of("Rome", {"content": [{"token": "Rome", "logprob": -0.5}]}).tokens[0].logprob
    -0.5
    """
    reader = ReplyReader()
    metadata: dict[str, Any] = {"finish_reason": finish} if finish else {}
    if logprobs:
        metadata["logprobs"] = logprobs
    reader.add(AIMessage(text, response_metadata=metadata))
    return reader.answer()


def option_share(loglikelihoods: Sequence[float], chosen: int) -> float:
    """The share of one option among the likelihoods of all options: exp(l_i) / Σ exp(l_j).

    loglikelihoods : in nats, one for each option

    >>> round(option_share([-1.0, -1.0 - math.log(3)], 0), 6)
    0.75
    """
    highest = max(loglikelihoods)
    weights = [math.exp(value - highest) for value in loglikelihoods]
    return weights[chosen] / math.fsum(weights)


def text_of(content: Any) -> str:
    """The text of a message's content, which is a text or a list of parts."""
    if isinstance(content, str):
        return content
    if not isinstance(content, Sequence):
        return ""
    parts = [part for part in content if isinstance(part, Mapping)]
    return "".join(
        str(part.get("text") or "") for part in parts if part.get("type") in (None, "text", "output_text")
    )


def last_question(messages: Any) -> str:
    """The text of the last message from the user; empty if there is none."""
    if isinstance(messages, str):
        return messages
    if not isinstance(messages, Sequence):
        return ""
    asked = [
        message for message in messages if isinstance(message, Mapping) and message.get("role") == "user"
    ]
    return text_of(asked[-1].get("content")) if asked else ""
