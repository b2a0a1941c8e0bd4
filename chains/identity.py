"""Which model a chat model is: its name, its engine and the checksum of its file."""

from collections.abc import Mapping
from typing import Any, cast

from langchain_core.language_models import BaseChatModel


def identity(model: BaseChatModel) -> Mapping[str, Any]:
    """The identity of a model: ``model``, ``engine`` and ``model_sha256`` (None if unknown).

    Our own engines add ``engine_build``: version and origin in one line.
    """
    ours = (model.metadata or {}).get("credence")
    if ours:
        return cast(Mapping[str, Any], ours)
    name = getattr(model, "model_name", None) or getattr(model, "model", None) or type(model).__name__
    return {"model": str(name), "engine": model._llm_type, "model_sha256": None}


def model_note(model: BaseChatModel) -> str:
    """Why this is not the model that was asked for, in a sentence; empty if it is."""
    return str((model.metadata or {}).get("credence_note", ""))
