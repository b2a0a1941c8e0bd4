"""A conversation as the page shows it: the past turns, the panel of the chosen one, the accepted risk."""

from typing import Any

import gradio as gr

from ui.chat.conversation import Conversation, Entry
from ui.chat.decisions import Deciding
from ui.chat.turn_data import bubble
from ui.panel.panel import empty_panel, turn_panel


class Showing:
    """What the parts of the page show; ``branching``: whether the model can go on from another token."""

    def __init__(self, deciding: Deciding, *, branching: bool) -> None:
        self.deciding, self.branching = deciding, branching

    def whole(self, conversation: Conversation, box: Any = None, live: Any = None) -> tuple[Any, ...]:
        """The values of all five parts that an event may change; what is None stays as it is."""
        return (
            gr.skip() if box is None else box,
            self.past(conversation),
            gr.skip() if live is None else live,
            self.panel(conversation),
            self.deciding.risk(conversation),
        )

    def past(self, conversation: Conversation) -> list[dict[str, Any]]:
        """The turns as bubbles, the newest last."""
        newest = len(conversation.entries) - 1
        return [
            bubble(entry, last=index == newest, branching=self.branching)
            for index, entry in enumerate(conversation.entries)
        ]

    def panel(self, conversation: Conversation) -> str:
        """The panel of the turn that is chosen."""
        entry = conversation.find(conversation.selected)
        return self.drawn(entry) if entry else empty_panel()

    def drawn(self, entry: Entry, calibrated: bool = False) -> str:
        """The panel of one turn."""
        return turn_panel(entry.turn, entry.error, calibrated, self.deciding.medians(entry))
