"""Continuing a partial answer, or taking a sample instead: what a branch needs."""

import re
from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from langchain_core.language_models import BaseChatModel

from chains.errors import CredenceError
from chains.pipeline.model_calls import Meter, ask
from chains.pipeline.probing.needs import wanted_signals
from chains.pipeline.turn import Turn, answered
from chains.settings import Settings
from estimators.types import Answer, Message, Token

_SPECIAL = re.compile(r"<[^\s<>]+>")  # how tokenizers write the end of a turn and other special tokens

CANNOT_CONTINUE = (
    "This server cannot continue a partial answer. Open a model on this machine instead: "
    "the built-in one, a GGUF file or a transformers model."
)


def can_continue(model: BaseChatModel) -> bool:
    """Whether the model treats a final assistant message as the start of its reply."""
    return bool(getattr(type(model), "continues_begun", False))


def continue_text(
    model: BaseChatModel,
    messages: Sequence[Message],
    begun: str,
    options: Mapping[str, Any],
    meter: Meter,
) -> Generator[Answer, None, None]:
    """Stream what the model says after ``begun``, the first words of its reply; items hold only the new text.

    Items are those of ``chains.pipeline.model_calls.ask``. White space at the end of
    ``begun`` is kept. Raises CredenceError at once if the model cannot do this.
    """
    if begun and not can_continue(model):
        raise CredenceError(CANNOT_CONTINUE)
    return ask(model, [*messages, Message("assistant", begun)] if begun else messages, options, meter)


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
    return Turn(turn.question, settings, turn.options, turn.sent, turn.dropped_turns, begun=begun)


def from_sample(turn: Turn, index: int, settings: Settings) -> Turn:
    """A new turn whose answer is a sample of this one; it is only probed and judged.

    Like a branch it counts as chosen by a person. Raises ValueError if there is no such sample with tokens.
    """
    sample = turn.samples[index] if 0 <= index < len(turn.samples) else None
    if sample is None or not sample.tokens:
        raise ValueError(f"the turn has no sample {index} with tokens")
    new = Turn(turn.question, settings, turn.options, turn.sent, turn.dropped_turns, begun=sample.tokens)
    new = answered(new, Answer(sample.text, sample.tokens, finish=sample.finish))
    return replace(new, signals=wanted_signals(new))


def joined(begun: Sequence[Token], rest: Answer) -> Answer:
    """The whole answer: the tokens it started with and the model's continuation."""
    text = "".join(token.text for token in begun) + rest.text
    if rest.text and not rest.tokens:
        return Answer(text, missing=rest.missing, finish=rest.finish)
    return Answer(text, (*begun, *rest.tokens), finish=rest.finish)
