"""What people see: the chat, the confidence panel, and how they are drawn.

Importing this is cheap: Gradio is loaded when a part made of it is first asked for, so the pages of a study, which
are not made of it, start without it.
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
