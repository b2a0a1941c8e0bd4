"""Going on with an answer that was begun: what a branch from one of its tokens needs."""

from collections.abc import Generator, Mapping, Sequence
from typing import Any

from langchain_core.language_models import BaseChatModel

from chains.asking import Meter, ask
from chains.errors import CredenceError
from estimators.types import Answer, Message

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

    Items are as those of ``chains.asking.ask``. Nothing is stripped: white
    space at the border is as it stands in ``begun``. Raises CredenceError at
    once when the model cannot do this.
    """
    if begun and not can_continue(model):
        raise CredenceError(CANNOT_CONTINUE)
    return ask(model, [*messages, Message("assistant", begun)] if begun else messages, options, meter)
