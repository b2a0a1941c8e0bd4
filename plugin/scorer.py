"""The model that scores texts which come without token probabilities; opened when it is first needed."""

import threading

from langchain_core.language_models import BaseChatModel

from chains.engines.open import open_chat_model

_opened: dict[str, BaseChatModel] = {}
_lock = threading.Lock()


def opened(model: str | BaseChatModel) -> BaseChatModel:
    """The model itself, or that of this name, which is opened once per process.

    Raises ModelUnavailable, whose text says what to do.
    """
    if isinstance(model, BaseChatModel):
        return model
    with _lock:
        if model not in _opened:
            _opened[model] = open_chat_model(model)
        return _opened[model]
