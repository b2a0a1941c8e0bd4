"""What the page gets of the turns, and that Gradio's differences between two updates lead from one to the other."""

import copy
from typing import Any

from gradio.utils import diff
from hypothesis import given
from hypothesis import strategies as st

from ui.chat.events import by_place

ROWS = st.lists(st.lists(st.integers(0, 9), min_size=2, max_size=2), max_size=5)
BUBBLES = st.lists(
    st.fixed_dictionaries(
        {"id": st.sampled_from("ab"), "text": st.text("xy", max_size=4), "doubts": ROWS, "tokens": ROWS}
    ),
    max_size=3,
)


def changed(value: Any, edits: list[Any]) -> Any:
    """A value after Gradio's edits, as its page applies them, one after another."""
    value = copy.deepcopy(value)
    for action, path, new in edits:
        if not path:
            value = new
            continue
        *way, last = path
        place = value
        for step in way:
            place = place[step]
        if action == "delete":
            del place[last]
        elif action == "append":
            place[last] += new
        elif action == "add" and isinstance(place, list):
            place.insert(last, new)
        else:
            place[last] = new
    return value


@given(BUBBLES, BUBBLES)
def test_edits_lead_from_any_turns_to_any_others(
    before: list[dict[str, Any]], after: list[dict[str, Any]]
) -> None:
    old, new = by_place(before), by_place(after)
    assert list(new.values()) == after
    assert changed(old, diff(old, new)) == new  # type: ignore[no-untyped-call]


def test_a_list_of_turns_would_lose_its_way() -> None:
    old, new = [{"doubts": [[0, 1], [2, 3], [4, 5]]}], [{"doubts": [[0, 1]]}]
    edits = diff(old, new)  # type: ignore[no-untyped-call]
    assert [edit[1] for edit in edits] != [[0, "doubts", 1], [0, "doubts", 1]]
