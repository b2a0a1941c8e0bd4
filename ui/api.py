"""The page's endpoint for programs: one question in, one assessment out."""

from typing import Any

import gradio as gr
from langchain_core.language_models import BaseChatModel

from chains import CredenceError, assess
from chains.engines.scoring import HALF_CHARACTER, is_whole
from chains.settings import Settings

AT_ONCE = 2  # API requests served at the same time; the chat has its own limit
NO_QUESTION = "The question is empty: set `question`."


def add_api(model: BaseChatModel, settings: Settings | None = None) -> None:
    """Add the endpoint ``/assess`` to the ``gr.Blocks`` being built.

    It takes ``question`` and, optionally, ``answer`` (a text to score instead of
    generating one) and ``choices`` (a list of texts). It returns
    ``Assessment.to_dict()``. A bad request returns an error that says what is wrong.
    """

    def assess_request(
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

    gr.api(  # type: ignore[attr-defined]  # missing from gradio's stubs
        assess_request,
        api_name="assess",
        api_description="Ask a question, or score an answer that you already have; returns the assessment as one object.",
        concurrency_limit=AT_ONCE,
    )
