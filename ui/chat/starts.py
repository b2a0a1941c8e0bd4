"""What a turn becomes before it runs again in its place."""

from chains.pipeline.prefill import continued
from chains.pipeline.probing.needs import judge_rest
from chains.pipeline.resampling import closer
from chains.pipeline.turn import Turn
from chains.settings import Settings

IN_PLACE = (
    "closer",
    "continue",
    "claims",
)  # check consistency · go on from a partial answer · judge the other sentences


def in_place(kind: str, turn: Turn | None, settings: Settings) -> Turn | None:
    """The turn as the pipeline takes it; None if this cannot be done with it."""
    if turn is None or turn.answer is None or not turn.answer.begun:
        return None
    if kind == "continue":
        return continued(turn, settings)
    if turn.assessment is None:
        return None
    return judge_rest(turn) if kind == "claims" else closer(turn, settings)
