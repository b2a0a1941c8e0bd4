"""The Gradio components of the chat."""

from typing import Any

import gradio as gr

from ui.chat.examples import Example
from ui.html import render
from ui.parts import asset, scripts, turns_script
from ui.recorded.recordings import Recording
from ui.risk import MODES, Withholding
from ui.shown.question import MOST_FILES, MOST_LETTERS


def header(value: dict[str, Any]) -> gr.HTML:
    """The model's name with the calibration state, and the switches of the page."""
    return gr.HTML(
        value,
        html_template=render("header.html"),
        js_on_load=scripts("header.js", "composer.js", "keys.js"),
        apply_default_css=False,
    )


def risk_slider(risk: dict[str, Any], withholding: Withholding) -> gr.HTML:
    """The slider of the accepted risk, and what happens to doubtful answers; ``withholding``: until a person chooses."""
    return gr.HTML(
        risk,
        html_template=render("risk.html", withholding=withholding, modes=MODES),
        js_on_load=asset("risk.js"),
        apply_default_css=False,
    )


def past_turns(examples: tuple[Example, ...], recordings: tuple[Recording, ...]) -> gr.HTML:
    """The finished turns; before the first one, a button for each example and each recorded conversation."""
    return _turns(render("past_turns.html", examples=examples, recordings=recordings))


def turn_in_progress() -> gr.HTML:
    """The turn that is being answered: a component of its own, so that an update does not carry the whole chat."""
    return _turns(render("turn_in_progress.html"))


def _turns(template: str) -> gr.HTML:
    return gr.HTML(
        {},
        html_template=template,
        js_on_load=turns_script(),
        apply_default_css=False,
    )


def attachments() -> gr.HTML:
    """The text files that go with the next message, as a list of ``{"name", "text"}``."""
    return gr.HTML(
        [],
        html_template=render("attachments.html", files=MOST_FILES, letters=MOST_LETTERS),
        js_on_load=scripts("dom.js", "attach.js"),
        apply_default_css=False,
    )


def question_box() -> gr.Textbox:
    """The box for a message."""
    return gr.Textbox(
        label="Your question",
        show_label=False,
        placeholder="Ask something …",
        max_lines=8,
        autofocus=True,
        submit_btn=True,
        elem_classes=["cr-composer"],
        container=False,
    )
