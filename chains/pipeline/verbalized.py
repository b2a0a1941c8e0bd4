"""Asking for an answer and a confidence from 0 to 10 in one reply: the format that training rewards."""

from collections.abc import Generator
from dataclasses import dataclass

from langchain_core.language_models import BaseChatModel

from chains.pipeline.model_calls import Meter, ask, sampling
from chains.settings import Settings
from estimators.parsing.verbalized_values import read_answer, read_tenths
from estimators.types import Answer, Message
from prompts import load

REPLY_TOKENS = 60  # enough for an answer in a few words and the confidence
BEGINNING = "Answer:"


@dataclass(frozen=True, slots=True)
class Stated:
    """A reply, and the answer and confidence (0 to 10) read from it; the confidence is None if it states none."""

    reply: Answer
    answer: str
    tenths: int | None


def stated_messages(question: str) -> tuple[Message, ...]:
    """The message with the question and the format of the reply."""
    return (Message("user", load("stated").fill(question=question)),)


def begun_reply(answer: str) -> str:
    """A reply up to the confidence.

    >>> begun_reply("Rome")
    'Answer: Rome\\nConfidence:'
    """
    return f"{BEGINNING} {answer}\nConfidence:"


def read_stated(reply: Answer) -> Stated:
    """Read the answer and the confidence from a reply."""
    return Stated(reply, read_answer(reply.text), read_tenths(reply.text))


def ask_stated(
    model: BaseChatModel, question: str, meter: Meter, settings: Settings | None = None
) -> Generator[Stated, None, None]:
    """Stream the model's answer and stated confidence; the last item is complete. Raises CredenceError."""
    options = sampling(model, settings or Settings(max_tokens=REPLY_TOKENS))
    for reply in ask(model, stated_messages(question), options, meter):
        yield read_stated(reply)
