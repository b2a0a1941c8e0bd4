"""The engines that are measured, by a short name."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from langchain_core.language_models import BaseChatModel

from chains.engines.llama.chat_model import ChatLlama
from chains.engines.llama.server_program import WHEEL, usable_server
from chains.engines.open import open_chat_model
from chains.errors import ModelUnavailable
from chains.identity import identity

NATIVE, TRANSFORMERS = "native", "transformers"
ENGINES = (NATIVE, WHEEL, TRANSFORMERS)
NO_NATIVE = (
    "There is no llama-server on this machine. Run make native first, or measure the wheel: --engine wheel."
)


def fastest() -> str:
    """The llama.cpp that the app would take: that of this machine if there is one, else the wheel."""
    return NATIVE if usable_server() else WHEEL


def opened(model: str, engine: str) -> BaseChatModel:
    """The model on that engine; raises ModelUnavailable."""
    if model == "scripted":
        return open_chat_model(model)
    if engine == TRANSFORMERS:
        return open_chat_model(model, engine=TRANSFORMERS)
    if engine == WHEEL:
        return open_chat_model(model, server=WHEEL)
    if usable_server() is None:
        raise ModelUnavailable(NO_NATIVE)
    return open_chat_model(model)


def description(model: BaseChatModel) -> str:
    """The model and what runs it, in one line."""
    known = identity(model)
    build = (model.metadata or {}).get("credence", {}).get("engine_build")
    return f"{known['model']}, {build or known['engine']}"


@contextmanager
def without_prefix_cache(model: BaseChatModel) -> Iterator[BaseChatModel]:
    """The model, which reads every prompt from its beginning inside this context."""
    from chains.engines.transformers.chat_model import TransformersChatModel

    if isinstance(model, ChatLlama):
        yield model.model_copy(update={"extra_body": {"cache_prompt": False}})
    elif isinstance(model, TransformersChatModel):
        with patch.object(model.engine, "recall", return_value=([], None)):
            yield model
    else:
        yield model
