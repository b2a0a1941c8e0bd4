"""What people see: the chat, the confidence panel, and how they are drawn."""

from ui.chat import ConfidenceChat
from ui.parts import confidence_panel

__all__ = ["ConfidenceChat", "confidence_panel"]
