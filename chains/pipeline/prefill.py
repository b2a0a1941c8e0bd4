"""Going on from a partial answer: one that was cut, a token's branch, a beginning that a person wrote, or a sample."""

import re
from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from langchain_core.language_models import BaseChatModel

from chains.errors import CredenceError
from chains.pipeline.given_text import score_text
from chains.pipeline.model_calls import ANSWER, Meter, ask
from chains.pipeline.probing.needs import wanted_signals
from chains.pipeline.turn import Turn, answered
from chains.settings import Settings
from estimators.parsing.reasoning import cut_tokens, written_with_reasoning
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
        return ask(model, messages, options, meter, answering=True)
    if not can_continue(model):
        raise CredenceError(CANNOT_CONTINUE)
    return ask(model, [*messages, Message("assistant", written)], options, meter, begun, answering=True)


def reasoning_room(turn: Turn) -> int:
    """How many tokens a further reply may need for its reasoning: twice those of the answer's, 0 if it has none."""
    reasoning = turn.answer.reasoning if turn.answer else None
    if reasoning is None:
        return 0
    return max(REASONING_ROOM, 2 * (len(reasoning.tokens) or len(reasoning.text) // 4))


def beginning_of(model: BaseChatModel, turn: Turn) -> Answer | None:
    """What a turn's answer goes on from; None if it is complete or has not begun.

    The model gives the tokens of a text that a person wrote their probability. Raises CredenceError if it cannot.
    """
    start = turn.start
    if start is None and turn.begun and turn.answer is None:  # of an older version, which knew no ``start``
        return Answer("".join(token.text for token in turn.begun), turn.begun)
    if start is None or start.tokens or not start.text or turn.answer is not None:
        return start
    return _scored(model, turn, start)


def _scored(model: BaseChatModel, turn: Turn, start: Answer) -> Answer:
    if not can_continue(model):
        raise CredenceError(CANNOT_CONTINUE)
    written, top = written_with_reasoning(start).text, turn.settings.top_logprobs
    with turn.meter.part(ANSWER) as meter:
        scored = score_text(model, turn.sent, written, top_logprobs=top, meter=meter)
    tokens = cut_tokens(written_with_reasoning(scored).tokens, len(written) - len(start.text))[1]
    if not tokens:
        raise CredenceError(f"The answer cannot start with this text: {scored.missing}.")
    return replace(start, tokens=tokens, missing="")


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
    reasoning = turn.answer.reasoning if turn.answer else None
    start = Answer(text, missing="it has not been read by the model yet", reasoning=reasoning)
    return replace(_again(turn, settings), start=start)


def continued(turn: Turn, settings: Settings) -> Turn:
    """A turn that goes on from the end of an answer that was cut off, stopped or broken off, and is assessed as a whole.

    Raises ValueError if there is nothing to go on from.
    """
    if turn.answer is None or not turn.answer.begun:
        raise ValueError("there is no answer to continue")
    return replace(
        _again(turn, settings), begun=turn.begun, start=turn.answer, answer=turn.answer, reading=turn.reading
    )


def from_sample(turn: Turn, index: int, settings: Settings) -> Turn:
    """A new turn whose answer is a sample of this one; it is only probed and judged.

    Like a branch it counts as chosen by a person. Raises ValueError if there is no such sample with tokens.
    """
    sample = turn.samples[index] if 0 <= index < len(turn.samples) else None
    if sample is None or not sample.tokens:
        raise ValueError(f"the turn has no sample {index} with tokens")
    new = answered(replace(_again(turn, settings), begun=sample.tokens), sample)
    return replace(new, signals=wanted_signals(new))


def _again(turn: Turn, settings: Settings) -> Turn:
    """A new turn that sends the same messages; what these depend on is taken from the old settings."""
    sent = {"system": turn.settings.system, "asking": turn.settings.asking}
    settings = settings.model_copy(update=sent)
    return Turn(
        turn.question, settings, turn.options, turn.sent, turn.dropped_turns, fit=turn.fit, needed=turn.needed
    )
