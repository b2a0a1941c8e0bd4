"""How the chat's events run, and what their handlers return."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import gradio as gr

from chains.models.line import MOST

AT_ONCE = MOST + 10  # more than the model's line takes, so that whoever comes next is told so
RUNNING: dict[str, Any] = {
    "concurrency_limit": AT_ONCE,
    "show_progress": "hidden",
    "trigger_mode": "multiple",  # an event that comes before the last one of its kind has ended is not dropped
    "api_visibility": "private",
}
QUICK: dict[str, Any] = {**RUNNING, "queue": False}
Update = dict[Any, Any]  # new values by component; components left out stay as they are
UNCHANGED: Update = gr.skip()
Updates = Iterator[Update]
Drawing = Callable[[], Update]


def by_place(shown: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Bubbles as a component of the page gets them: under their places instead of as a list.

    Gradio sends only what changed since the last update. It counts the deletions in a list within a list wrongly, and the
    lists of a bubble, such as its doubtful places, may get shorter while an answer grows.
    """
    return {str(place): one for place, one in enumerate(shown)}
