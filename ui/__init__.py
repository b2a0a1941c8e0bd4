"""What people see: the chat, the confidence panel, the Calibrate screen and the study pages; no models, no statistics.

Importing this package is cheap: Gradio is loaded only when a Gradio part is first used. Study pages do not need it.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ui.chat.page import ConfidenceChat
    from ui.parts import confidence_panel

__all__ = ["ConfidenceChat", "confidence_panel"]

_HOME = {"ConfidenceChat": "chat.page", "confidence_panel": "parts"}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
