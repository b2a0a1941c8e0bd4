"""What people see: the chat, the confidence panel, and how they are drawn."""

from ui.chat import ConfidenceChat, confidence_panel

__all__ = ["ConfidenceChat", "confidence_panel"]
