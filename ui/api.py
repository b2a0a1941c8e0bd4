"""The page's endpoint for programs: one question in, one assessment out."""

from typing import Any

import gradio as gr
from langchain_core.language_models import BaseChatModel

from chains import assess
from chains.models.line import line_of
from chains.models.slot import ModelSlot
from chains.settings import Settings
from service.asking import question_of, read
from service.faults import fault_of
from service.requests import Item
from ui.chat.events import AT_ONCE


def add_api(model: BaseChatModel | ModelSlot, settings: Settings | None = None) -> None:
    """Add the endpoint ``/assess`` to the ``gr.Blocks`` being built.

    It takes ``question`` and, optionally, ``answer`` (a text to score instead of
    generating one) and ``choices`` (a list of texts). It returns
    ``Assessment.to_dict()``. A bad request returns an error that says what is wrong.
    """

    slot = ModelSlot.of(model)

    def assess_request(
        question: str, answer: str | None = None, choices: list[str] | None = None
    ) -> dict[str, Any]:
        try:
            asked = read(Item, question=question, answer=answer or None, choices=choices)
            with slot.use() as used, line_of(used).joined(lambda _: True):
                return assess(used, question_of(asked), answer=asked.answer, settings=settings).to_dict()
        except Exception as error:
            raise _told(str(fault_of(error))) from None

    gr.api(  # type: ignore[attr-defined]  # missing from gradio's stubs
        assess_request,
        api_name="assess",
        api_description="Ask a question, or score an answer that you already have; returns the assessment as one object.",
        concurrency_limit=AT_ONCE,
    )


def _told(text: str) -> gr.Error:
    """An error that the caller reads; the log gets no traceback of it."""
    return gr.Error(text, print_exception=False)
