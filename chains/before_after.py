"""A model before and after training: one set of weights, its adapter switched off or on."""

import contextlib
import threading
from pathlib import Path
from typing import Any

from chains.model_files import builtin_gguf
from chains.open import check_adaptable
from chains.transformers_engine import Engine
from chains.transformers_load import load_engine, wrapped_adapter
from chains.transformers_model import TransformersChatModel, chat_model_of


class Switched:
    """The model as an engine sees it from one side; every evaluation sets the adapter anew.

    Both sides hold one lock, because the switch is in the weights that they share.
    """

    def __init__(self, wrapped: Any, lock: threading.Lock, on: bool) -> None:
        self._wrapped, self._model, self._lock, self._on = wrapped, wrapped.get_base_model(), lock, on

    def __call__(self, **inputs: Any) -> Any:
        with self._lock, contextlib.nullcontext() if self._on else self._wrapped.disable_adapter():
            return self._model(**inputs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)


def open_before_after(
    spec: str, adapter: str, *, device: str | None = None, dtype: str | None = None
) -> tuple[TransformersChatModel, TransformersChatModel]:
    """The model alone, and the model with the adapter; in memory once. Raises ModelUnavailable."""
    check_adaptable(spec)
    reference = str(builtin_gguf()) if spec == "builtin" else spec
    engine = load_engine(reference, device=device, dtype=dtype)
    wrapped = wrapped_adapter(engine.model, adapter, reference).to(engine.model.device).eval()
    wrapped.requires_grad_(False)
    lock = threading.Lock()
    off, on = (Engine(Switched(wrapped, lock, side), engine.tokenizer) for side in (False, True))
    return chat_model_of(off, reference), chat_model_of(on, reference, adapter=Path(adapter))
