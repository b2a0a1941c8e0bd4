"""Everything that the page shows of one turn, as one value."""

from collections.abc import Mapping
from dataclasses import dataclass

from estimators.markers.mic import OwnMarkers
from ui.chat.conversation import Entry
from ui.shown.bubble import Bubble, bubble
from ui.shown.panel import Panel, assessed_panel, running_panel
from ui.shown.samples import check_progress


@dataclass(frozen=True, slots=True)
class ShownTurn:
    """The bubble of a turn in the conversation, and its confidence panel."""

    bubble: Bubble
    panel: Panel


def shown_turn(
    entry: Entry, medians: Mapping[str, float] | None = None, own: OwnMarkers | None = None
) -> ShownTurn:
    """What the page shows of a turn.

    ``medians``: the calibration's median per signal. ``own``: what the model's markers mean.
    """
    turn, answer = entry.turn, entry.shown_answer()
    if turn is None or turn.assessment is None:
        panel = running_panel(turn, entry.error, entry.calibrated)
    else:
        readings = answer.readings if answer else None
        panel = assessed_panel(turn.assessment, readings, medians, own, check_progress(turn))
    return ShownTurn(bubble(entry), panel)
