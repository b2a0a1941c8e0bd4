"""The pieces that the page is put together from: files beside this one, and the panel as a Gradio part."""

from importlib.resources import files

import gradio as gr

from estimators.types import Assessment
from ui.panel.panel import assessment_panel, empty_panel


def asset(name: str) -> str:
    """The text of a file beside this one."""
    return (files(__package__) / ("templates" if name.endswith(".html") else "static") / name).read_text(
        encoding="utf-8"
    )


def style() -> str:
    """The style sheet, as it goes into the head of any page that holds one of our parts."""
    return f"<style>{asset('style.css')}</style>"


def confidence_panel(assessment: Assessment | None = None) -> gr.HTML:
    """The confidence panel as a Gradio part; give it an Assessment, or update it with ``assessment_panel(…)``."""
    return gr.HTML(
        assessment_panel(assessment) if assessment else empty_panel(),
        html_template="${value}",
        js_on_load=asset("panel.js"),
        head=style(),
        apply_default_css=False,
        elem_classes=["credence"],
    )
