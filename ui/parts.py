"""Static files and templates of the page, and the confidence panel as a Gradio part."""

from importlib.resources import files

import gradio as gr

from estimators.types import Assessment
from ui.panel.panel import assessment_panel, empty_panel


def asset(name: str) -> str:
    """The text of a file in ``static`` or ``templates``."""
    return (files(__package__) / ("templates" if name.endswith(".html") else "static") / name).read_text(
        encoding="utf-8"
    )


def style() -> str:
    """The style sheet, for the head of any page that contains one of our parts."""
    return f"<style>{asset('style.css')}</style>"


def confidence_panel(assessment: Assessment | None = None) -> gr.HTML:
    """The confidence panel as a Gradio part; pass an Assessment, or update it with ``assessment_panel(…)``."""
    return gr.HTML(
        assessment_panel(assessment) if assessment else empty_panel(),
        html_template="${value}",
        js_on_load=asset("panel.js"),
        head=style(),
        apply_default_css=False,
        elem_classes=["credence"],
    )
