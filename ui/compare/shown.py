"""What the page shows of a comparison, as values."""

import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from chains.models.found import FoundModel
from chains.opening import megabytes
from estimators.types import Answer
from ui.chat.conversation import Entry
from ui.compare.agreement import NOTE, Agreement
from ui.compare.columns import MOST, Column
from ui.panel import panel_html
from ui.shown.panel import Panel
from ui.shown.turn import Bubble, shown_turn

NOT_YET = Panel("Confidence", "The confidence panel of this answer appears here.")
ONE_BY_ONE = "One after another: models on this machine share its processors."
COMPARING = "Comparing what they say …"
WAITS = "Waits for the others …"
NOT_ASKED = "Not asked."


def empty_panel() -> str:
    """The panel of a column without an answer."""
    return panel_html(NOT_YET)


def compared(
    entry: Entry, title: str, differing: Sequence[tuple[int, int]], *, begun: bool, ended: bool, take: bool
) -> Bubble:
    """The answer of one column.

    Parameters
    ----------
    differing : the characters that set it apart from the others
    begun : whether it is being asked, or was
    ended : whether nothing more will come
    take : whether it can be put into the conversation
    """
    bubble = shown_turn(entry).bubble
    return {
        **bubble,
        "progress": bubble["progress"] if begun else NOT_ASKED if ended else WAITS,
        "claims": None,
        "differs": _tokens(entry.answer, differing) if entry.answer else [],
        "compared": {"title": title, "take": take and bool(bubble["text"]) and not bubble["error"]},
    }


def choice(model: FoundModel) -> tuple[str, str]:
    """A model as a line of the list: its spec, and what it is called."""
    if model.fetched or model.size is None:
        return model.spec, model.name
    return model.spec, f"{model.name} ({megabytes(model.size)} MB to download)"


def agreed(agreement: Agreement | None) -> dict[str, str]:
    """Whether the answers agree, for the form of the screen; empty before that is known."""
    if agreement is None:
        return {"agreement": "", "note": ""}
    marked = "The words that differ are bold. " if any(agreement.differing) else ""
    return {"agreement": agreement.text, "note": f"{marked}{NOTE}"}


def _tokens(answer: Answer, spans: Sequence[tuple[int, int]]) -> list[int]:
    """The tokens that overlap these characters."""
    places, position = [], 0
    for index, token in enumerate(answer.tokens):
        start, position = position, position + len(token.text)
        if any(max(start, first) < min(position, last) for first, last in spans):
            places.append(index)
    return places


def screen_value(
    *,
    choices: Sequence[tuple[str, str]],
    columns: Sequence[Column],
    running: bool,
    one_by_one: bool,
    comparing: bool,
    notice: str,
    open_models: Sequence[str],
    turns: int,
    any_model: bool,
) -> dict[str, Any]:
    """The form of the screen.

    Parameters
    ----------
    choices : spec and name of every model that can be chosen, the one in use first
    one_by_one : the columns are being asked one after another
    comparing : all have answered, and whether they agree is being found out
    open_models : names of the models that stay open
    turns : how many turns the conversation has
    any_model : a person may name any other model
    """
    before = "1 question" if turns == 1 else f"{turns} questions"
    return {
        **agreed(None),
        "choices": [list(choice) for choice in choices],
        "columns": [asdict(column) for column in columns],
        "most": MOST,
        "any": any_model,
        "running": running,
        "order": COMPARING if comparing else ONE_BY_ONE if one_by_one else "",
        "notice": notice,
        "open": f"{' and '.join(open_models)} {'stay' if len(open_models) > 1 else 'stays'} open."
        if open_models
        else "",
        "follows": f"Asked after the {before} of this conversation." if turns else "",
        "n": time.time(),
    }
