"""A conversation as the page shows it, computed before it is drawn."""

from chains.calibration.mic_store import load_mic
from ui.chat.conversation import Conversation, Entry
from ui.chat.decisions import Decisions
from ui.shown.panel import EMPTY, Panel
from ui.shown.turn import Bubble, ShownTurn, bubble, shown_turn


class View:
    """What the components of the page show; ``branching``: whether the model can continue from another token."""

    def __init__(self, decisions: Decisions, *, branching: bool) -> None:
        self.decisions, self.branching = decisions, branching

    def turn(self, entry: Entry) -> ShownTurn:
        """One turn, with the medians of the calibration in use and what the model's markers mean."""
        source = entry.turn.assessment.evidence.provenance if entry.turn and entry.turn.assessment else None
        own = load_mic(source.model, source.model_sha256) if source else None
        return shown_turn(entry, self.decisions.medians(entry), own)

    def past(self, conversation: Conversation) -> list[Bubble]:
        """The turns, the newest last."""
        newest = len(conversation.entries) - 1
        return [
            bubble(entry, last=index == newest, branching=self.branching)
            for index, entry in enumerate(conversation.entries)
        ]

    def panel(self, conversation: Conversation) -> Panel:
        """The panel of the selected turn."""
        entry = conversation.find(conversation.selected)
        return self.turn(entry).panel if entry else EMPTY
