"""The turn with which the pipeline goes on where a person chose to: in the same place, or as a new version.

Only the model that wrote an answer goes on from it.
"""

from collections.abc import Mapping
from typing import Any

from chains.pipeline.prefill import begin_with, branch, continued, from_sample
from chains.pipeline.probing.needs import ask_rest, judge_rest
from chains.pipeline.resampling import closer
from chains.pipeline.turn import Turn
from chains.settings import Settings
from ui.chat.conversation import Entry
from ui.shown.model_now import ModelNow


def going_on(entry: Entry, now: ModelNow, settings: Settings) -> Turn | None:
    """The turn of an answer that ended before it was complete, to go on from there; None if it cannot."""
    turn = entry.turn
    if turn is None or turn.answer is None or not turn.answer.begun or entry.recorded or not now.wrote(entry):
        return None
    return continued(turn, settings)


def asking_more(kind: str, entry: Entry, now: ModelNow, settings: Settings) -> Turn | None:
    """The turn of an assessed answer, to check its consistency ("closer"), judge its other sentences ("claims") or ask the
    other follow-up questions ("probes").

    None if it has not been assessed.
    """
    if entry.turn is None or entry.turn.assessment is None or entry.recorded or not now.wrote(entry):
        return None
    if kind == "closer":
        return closer(entry.turn, settings)
    return judge_rest(entry.turn) if kind == "claims" else ask_rest(entry.turn)


def branched(entry: Entry, data: Mapping[str, Any], now: ModelNow, settings: Settings) -> tuple[Turn, str]:
    """A new version from another token ("branch"), a sample or a beginning that a person wrote ("begin").

    The text says where it comes from. Raises ValueError for an invalid choice.
    """
    turn = entry.turn
    if turn is None or turn.answer is None or entry.recorded or not now.wrote(entry):
        raise ValueError("there is no answer of this model to branch from")
    if data.get("kind") == "begin":
        return begin_with(turn, str(data.get("text") or ""), settings), "you wrote its beginning"
    if data.get("kind") == "sample":
        index = _number(data.get("sample"))
        return from_sample(turn, index, settings), f"sample {index + 1} of {len(turn.samples)}"
    place, choice = _number(data.get("token")), _number(data.get("choice"))
    start = branch(turn, place, choice, settings)
    return start, f"“{start.begun[-1].text.strip()}” in place of “{turn.answer.tokens[place].text.strip()}”"


def _number(value: object) -> int:
    if not isinstance(value, int):
        raise ValueError("no token and alternative given")
    return value
