"""A ``gr.Blocks`` whose failing events tell the person a sentence, and nothing of the server."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import gradio as gr

from service.faults import INTERNAL

MALFORMED = "This page cannot read what was sent. Reload the page, and try again."
_KINDS: dict[type, tuple[type, ...]] = {
    gr.Textbox: (str,),
    gr.Slider: (int, float),
    gr.Number: (int, float),
    gr.Checkbox: (bool,),
}  # what a browser sends for a component, besides nothing
_log = logging.getLogger(__name__)


class Page(gr.Blocks):
    """Events that no page of ours sends are refused before they run; one that fails is logged and told in a sentence."""

    async def process_api(
        self, block_fn: Any, inputs: list[Any], *more: Any, **options: Any
    ) -> dict[str, Any]:
        """Run one event, as Gradio does. Raises gr.Error, whose text the person reads."""
        function = self.fns[block_fn] if isinstance(block_fn, int) else block_fn
        if not well_formed(function.inputs, inputs, options.get("event_data")):
            raise gr.Error(MALFORMED, print_exception=False)
        try:
            done: dict[str, Any] = await super().process_api(block_fn, inputs, *more, **options)
        except gr.Error as error:  # it is for the person who caused it: no fault of the server
            error.print_exception = False
            raise
        except Exception as error:
            _log.error("an event of the page failed", exc_info=error)
            raise gr.Error(INTERNAL, print_exception=False) from None
        return done


def well_formed(parts: Sequence[Any], values: Any, event: gr.EventData | None) -> bool:
    """Whether a browser with the page could have sent these values and this event.

    >>> well_formed([gr.Textbox(render=False)], ["hello"], None), well_formed([gr.Textbox(render=False)], [5], None)
    (True, False)
    """
    if not isinstance(values, list) or len(values) != len(parts):
        return False
    data = getattr(event, "_data", None)
    return (data is None or isinstance(data, Mapping)) and all(map(_fits, parts, values))


def _fits(part: Any, value: Any) -> bool:
    kinds = next((kinds for kind, kinds in _KINDS.items() if isinstance(part, kind)), None)
    return (
        value is None
        or kinds is None
        or (isinstance(value, kinds) and (kinds == (bool,) or value is not True))
    )
