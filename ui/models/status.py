"""How far the loading of a model is, or why it failed, as data for the page to draw."""

from typing import Any

from chains.models.names import name_of
from chains.models.slot import SlotState


def status(state: SlotState, in_use: str, may_choose: bool) -> dict[str, Any]:
    """The line above the question box.

    Parameters
    ----------
    in_use : name of the model in use
    may_choose : whether the person may choose another model
    """
    return {
        "version": state.version,
        "loading": _loading(state, in_use, may_choose) if state.loading else None,
        "failure": _failure(state, in_use, may_choose) if state.failure else None,
    }


def _loading(state: SlotState, in_use: str, may_choose: bool) -> dict[str, Any]:
    name, step = name_of(state.loading), state.step
    until = f" Until it is ready, {in_use} answers." if state.ready else ""
    return {
        "text": f"Loading {name}.{until}",
        "progress": _sentence(state.progress),
        "share": step.done / step.total if step and step.total else None,
        "cancel": may_choose,
    }


def _failure(state: SlotState, in_use: str, may_choose: bool) -> dict[str, Any]:
    name = name_of(state.failed)
    still = f" {in_use} is still in use." if state.ready else ""
    return {
        "text": f"{name} is not loaded: {state.failure}{still}",
        "again": may_choose or not state.ready,
        "alone": f"Close {in_use} and load it" if state.no_room and may_choose else "",
        "choose": may_choose,
        "dismiss": may_choose and state.ready,
    }


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]} …"
