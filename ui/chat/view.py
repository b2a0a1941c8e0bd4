"""A conversation as the page shows it: past turns, the panel of the selected turn, the accepted risk."""

from typing import Any

from ui.chat.conversation import Conversation, Entry
from ui.chat.decisions import Decisions
from ui.chat.turn_data import bubble
from ui.panel.panel import empty_panel, turn_panel


class View:
    """What the components of the page show; ``branching``: whether the model can continue from another token."""

    def __init__(self, decisions: Decisions, *, branching: bool) -> None:
        self.decisions, self.branching = decisions, branching

    def past(self, conversation: Conversation) -> list[dict[str, Any]]:
        """The turns as chat data, the newest last."""
        newest = len(conversation.entries) - 1
        return [
            bubble(entry, last=index == newest, branching=self.branching)
            for index, entry in enumerate(conversation.entries)
        ]

    def panel(self, conversation: Conversation) -> str:
        """The panel of the selected turn."""
        entry = conversation.find(conversation.selected)
        return self.panel_of(entry) if entry else empty_panel()

    def panel_of(self, entry: Entry, calibrated: bool = False) -> str:
        """The panel of one turn."""
        return turn_panel(entry.turn, entry.error, calibrated, self.decisions.medians(entry))
