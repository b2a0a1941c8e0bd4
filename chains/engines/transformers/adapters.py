"""A model before and after training: one set of weights with switchable adapters."""

import contextlib
import threading
from pathlib import Path
from typing import Any

from chains.engines.embedded import embedded_path
from chains.engines.open import check_adaptable
from chains.engines.transformers.chat_model import TransformersChatModel, chat_model_of
from chains.engines.transformers.decoder import Engine
from chains.engines.transformers.load import load_engine, wrapped_adapter


class Switched:
    """One side, before or after, of the model as an engine sees it; each evaluation sets its adapter.

    Both sides share a lock, because switching changes the weights that they share.
    """

    def __init__(self, wrapped: Any, lock: threading.Lock, name: str | None) -> None:
        self._wrapped, self._model, self._lock, self._name = wrapped, wrapped.get_base_model(), lock, name

    def __call__(self, **inputs: Any) -> Any:
        with self._lock, self._switched():
            return self._model(**inputs)

    def _switched(self) -> contextlib.AbstractContextManager[None]:
        if self._name is None:
            off: contextlib.AbstractContextManager[None] = self._wrapped.disable_adapter()
            return off
        if self._wrapped.active_adapter != self._name:
            self._wrapped.set_adapter(self._name, inference_mode=True)
        return contextlib.nullcontext()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)


def open_before_after(
    spec: str, adapter: str, *, before: str | None = None, device: str | None = None, dtype: str | None = None
) -> tuple[TransformersChatModel, TransformersChatModel]:
    """The model before training (plain, or with the adapter ``before``) and after it; the weights are loaded once.

    Raises ModelUnavailable.
    """
    check_adaptable(spec)
    reference = embedded_path(spec)
    engine = load_engine(reference, device=device, dtype=dtype)
    wrapped = wrapped_adapter(engine.model, adapter, reference, name="after")
    if before:
        wrapped = wrapped_adapter(wrapped, before, reference, name="before")
    wrapped = wrapped.to(engine.model.device).eval().requires_grad_(False)
    lock = threading.Lock()

    def side(name: str | None, adapter: str | None) -> TransformersChatModel:
        switched = Engine(Switched(wrapped, lock, name), engine.tokenizer)
        return chat_model_of(switched, reference, adapter=Path(adapter) if adapter else None)

    return side("before" if before else None, before), side("after", adapter)
