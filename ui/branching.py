"""The turn that a person's choice of another token or of a sample begins."""

from collections.abc import Mapping
from typing import Any

from chains.pipeline.prefill import branch, from_sample
from chains.pipeline.turn import Turn
from chains.settings import Settings


def branched(turn: Turn | None, data: Mapping[str, Any], settings: Settings) -> tuple[Turn, str]:
    """The new turn, and where it comes from in words; raises ValueError for an invalid choice."""
    if turn is None or turn.answer is None:
        raise ValueError("there is no answer to branch from")
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
