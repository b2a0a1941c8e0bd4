"""What a turn becomes before the pipeline takes it up again in its place; None if this cannot be done with it."""

from chains.pipeline.prefill import continued
from chains.pipeline.probing.needs import judge_rest
from chains.pipeline.resampling import closer
from chains.pipeline.turn import Turn
from chains.settings import Settings
from ui.chat.conversation import Entry


def going_on(entry: Entry, settings: Settings) -> Turn | None:
    """The turn of an answer that ended before it was complete, to go on from there."""
    turn = entry.turn
    if turn is None or turn.answer is None or not turn.answer.begun or entry.recorded:
        return None
    return continued(turn, settings)


def asking_more(kind: str, entry: Entry, settings: Settings) -> Turn | None:
    """The turn of an assessed answer, to check its consistency ("closer") or judge its other sentences ("claims")."""
    if entry.turn is None or entry.turn.assessment is None or entry.recorded:
        return None
    return judge_rest(entry.turn) if kind == "claims" else closer(entry.turn, settings)
