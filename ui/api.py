"""The page's endpoint for programs: one question in, one assessment out."""

from typing import Any

import gradio as gr
from langchain_core.language_models import BaseChatModel

from chains import CredenceError, assess
from chains.engines.scoring import HALF_CHARACTER, is_whole
from chains.settings import Settings

AT_ONCE = 2  # requests of programs at the same time; people in the chat go on beside them
NO_QUESTION = "There is no question: give one in `question`."


def add_api(model: BaseChatModel, settings: Settings | None = None) -> None:
    """Add the endpoint ``/assess`` to the ``gr.Blocks`` that is being made.

    It takes ``question``, and optionally ``answer`` (a text to judge instead of
    asking for one) and ``choices`` (a list of texts); it gives the record of
    ``Assessment.to_dict()``. What is wrong with a request comes back as an
    error with a sentence.
    """

    def assessed(
        question: str, answer: str | None = None, choices: list[str] | None = None
    ) -> dict[str, Any]:
        if not question.strip():
            raise gr.Error(NO_QUESTION)
        if not all(map(is_whole, (question, answer or "", *(choices or ())))):
            raise gr.Error(f"{HALF_CHARACTER[0].upper()}{HALF_CHARACTER[1:]}: send whole characters.")
        try:
            return assess(
                model, question, answer=answer, choices=choices or None, settings=settings
            ).to_dict()
        except (CredenceError, ValueError) as error:  # a ValueError of assess is about choices
            raise gr.Error(str(error)) from error

    gr.api(  # type: ignore[attr-defined]  # gradio exports it without saying so
        assessed,
        api_name="assess",
        api_description="Ask a question, or judge a given answer to it; returns the assessment as one object.",
        concurrency_limit=AT_ONCE,
    )
