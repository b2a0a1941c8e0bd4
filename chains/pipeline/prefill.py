"""Continuing a partial answer: what a branch from one of its tokens needs."""

import re
from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from langchain_core.language_models import BaseChatModel

from chains.errors import CredenceError
from chains.pipeline.given_text import score_text
from chains.pipeline.model_calls import Meter, ask
from chains.pipeline.turn import Turn
from chains.settings import Settings
from estimators.parsing.reasoning import written_with_reasoning
from estimators.types import Answer, Message, Token

REASONING_ROOM = 512  # tokens that a reply may reason at least, if the answer did
_SPECIAL = re.compile(r"<[^\s<>]+>")  # how tokenizers write the end of a turn and other special tokens

CANNOT_CONTINUE = (
    "This server cannot continue a partial answer. Open a model on this machine instead: "
    "the built-in one, a GGUF file or a transformers model."
)


def can_continue(model: BaseChatModel) -> bool:
    """Whether the model treats a final assistant message as the start of its reply."""
    return bool(getattr(type(model), "continues_begun", False))


def go_on(
    model: BaseChatModel,
    messages: Sequence[Message],
    begun: Answer,
    options: Mapping[str, Any],
    meter: Meter,
) -> Generator[Answer, None, None]:
    """Stream the whole answer that begins with ``begun``; items are those of ``chains.pipeline.model_calls.ask``.

    White space at the end of ``begun`` is kept. Raises CredenceError at once if the model cannot do this.
    """
    written = written_with_reasoning(begun).text
    if not written:
        return ask(model, messages, options, meter)
    if not can_continue(model):
        raise CredenceError(CANNOT_CONTINUE)
    return ask(model, [*messages, Message("assistant", written)], options, meter, begun)


def reasoning_room(turn: Turn) -> int:
    """How many tokens a further reply may need for its reasoning: twice those of the answer's, 0 if it has none."""
    reasoning = turn.answer.reasoning if turn.answer else None
    if reasoning is None:
        return 0
    return max(REASONING_ROOM, 2 * (len(reasoning.tokens) or len(reasoning.text) // 4))


def can_choose(text: str, emitted: str) -> bool:
    """Whether an answer can continue from an alternative: different text, complete characters, no special token.

    >>> [can_choose(text, " Sydney") for text in (" Perth", " Sydney", "", "\ufffd", "<|im_end|>")]
    [True, False, False, False, False]
    """
    return bool(text) and text != emitted and "\ufffd" not in text and not _SPECIAL.fullmatch(text)


def branch(turn: Turn, place: int, choice: int, settings: Settings) -> Turn:
    """A new turn that starts with the answer up to a token, then one of that token's alternatives.

    Probes of the old answer are dropped; the chosen token keeps its probability.
    Raises ValueError if there is no such alternative.
    """
    tokens = turn.answer.tokens if turn.answer else ()
    if not (0 <= place < len(tokens) and 0 <= choice < len(tokens[place].top)):
        raise ValueError(f"the answer has no alternative {choice} at token {place}")
    token = tokens[place]
    text, logprob = token.top[choice]
    if not can_choose(text, token.text):
        raise ValueError(f"no answer can continue from {text!r} at token {place}")
    begun = (*tokens[:place], Token(text, logprob, token.top))
    reasoning = turn.answer.reasoning if turn.answer else None
    start = Answer("".join(token.text for token in begun), begun, reasoning=reasoning)
    return replace(_again(turn, settings), begun=begun, start=start)


def begin_with(turn: Turn, text: str, settings: Settings) -> Turn:
    """A new turn whose answer starts with a text that a person wrote; spaces at its end are left to the model.

    Raises ValueError if the text is blank.
    """
    text = text.rstrip(" ")
    if not text.strip():
        raise ValueError("an answer cannot start with a blank text")
    return replace(_again(turn, settings), begins=text)


def begun_tokens(model: BaseChatModel, turn: Turn) -> tuple[Token, ...]:
    """The tokens that the answer starts with; the model gives those of a text that a person wrote their probability.

    Raises CredenceError if the model cannot do this.
    """
    if turn.begun or not turn.begins:
        return turn.begun
    if not can_continue(model):
        raise CredenceError(CANNOT_CONTINUE)
    top = turn.settings.top_logprobs
    scored = score_text(model, turn.sent, turn.begins, top_logprobs=top, meter=turn.meter)
    if not scored.tokens:
        raise CredenceError(f"The answer cannot start with this text: {scored.missing}.")
    return scored.tokens


def continued(turn: Turn, settings: Settings) -> Turn:
    """A turn that goes on from the end of an answer that was cut off, stopped or broken off, and is assessed as a whole.

    Raises ValueError if there is nothing to go on from.
    """
    if turn.answer is None or not turn.answer.begun:
        raise ValueError("there is no answer to continue")
    return replace(
        _again(turn, settings), begun=turn.begun, start=turn.answer, answer=turn.answer, reading=turn.reading
    )


def _again(turn: Turn, settings: Settings) -> Turn:
    """A new turn that sends the same messages; what these depend on is taken from the old settings."""
    sent = {"system": turn.settings.system, "asking": turn.settings.asking}
    settings = settings.model_copy(update=sent)
    return Turn(
        turn.question, settings, turn.options, turn.sent, turn.dropped_turns, fit=turn.fit, needed=turn.needed
    )
