"""Going on with an answer that was begun: what a branch from one of its tokens needs."""

import re
from collections.abc import Generator, Mapping, Sequence
from typing import Any

from langchain_core.language_models import BaseChatModel

from chains.errors import CredenceError
from chains.pipeline.model_calls import Meter, ask
from chains.pipeline.turn import Turn
from chains.settings import Settings
from estimators.types import Answer, Message, Token

_SPECIAL = re.compile(r"<[^\s<>]+>")  # as tokenizers write the end of a turn and their other marks

CANNOT_CONTINUE = (
    "This server cannot continue a begun answer; open a model on this machine for that: "
    "the built-in one, a GGUF file or a transformers model."
)


def can_continue(model: BaseChatModel) -> bool:
    """Whether the model takes a last message of its own as the beginning of its reply."""
    return bool(getattr(type(model), "continues_begun", False))


def continue_text(
    model: BaseChatModel,
    messages: Sequence[Message],
    begun: str,
    options: Mapping[str, Any],
    meter: Meter,
) -> Generator[Answer, None, None]:
    """Stream what the model says after ``begun``, the first words of its reply; only what is new is given.

    Items are as those of ``chains.pipeline.model_calls.ask``. Nothing is stripped: white
    space at the border is as it stands in ``begun``. Raises CredenceError at
    once when the model cannot do this.
    """
    if begun and not can_continue(model):
        raise CredenceError(CANNOT_CONTINUE)
    return ask(model, [*messages, Message("assistant", begun)] if begun else messages, options, meter)


def can_choose(text: str, emitted: str) -> bool:
    """Whether an answer can go on from an alternative: other text, whole characters, no mark of the template.

    >>> [can_choose(text, " Sydney") for text in (" Perth", " Sydney", "", "\ufffd", "<|im_end|>")]
    [True, False, False, False, False]
    """
    return bool(text) and text != emitted and "\ufffd" not in text and not _SPECIAL.fullmatch(text)


def branch(turn: Turn, place: int, choice: int, settings: Settings) -> Turn:
    """The turn begun anew: its answer up to a token, then one of that token's alternatives.

    What was asked about the old answer is left behind; the chosen token keeps
    the probability that it had. Raises ValueError where there is no such
    alternative to choose.
    """
    tokens = turn.answer.tokens if turn.answer else ()
    if not (0 <= place < len(tokens) and 0 <= choice < len(tokens[place].top)):
        raise ValueError(f"the answer has no alternative {choice} at token {place}")
    token = tokens[place]
    text, logprob = token.top[choice]
    if not can_choose(text, token.text):
        raise ValueError(f"no answer can go on from {text!r} at token {place}")
    begun = (*tokens[:place], Token(text, logprob, token.top))
    return Turn(turn.question, settings, turn.options, turn.sent, turn.dropped_turns, begun=begun)


def joined(begun: Sequence[Token], rest: Answer) -> Answer:
    """The whole answer: the tokens it was begun with and what the model said after them."""
    text = "".join(token.text for token in begun) + rest.text
    if rest.text and not rest.tokens:
        return Answer(text, missing=rest.missing, finish=rest.finish)
    return Answer(text, (*begun, *rest.tokens), finish=rest.finish)
