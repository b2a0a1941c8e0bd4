"""Credence for programs: the HTTP API, the OpenAI-compatible proxy and the MCP tools. Draws no chat and scores nothing."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from service.app import PREFIX, service_app

__all__ = ["PREFIX", "service_app"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.app"), name)
