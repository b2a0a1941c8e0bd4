"""Static files of the page, and the confidence panel as a Gradio part."""

from collections.abc import Mapping
from importlib.resources import files

import gradio as gr
from markupsafe import Markup

from chains.calibration.mic_store import load_mic
from estimators.reading import read
from estimators.types import Assessment
from ui.html import render
from ui.panel import panel_html
from ui.shown.panel import EMPTY, assessed_panel

SHEETS = (
    "style.css",
    "panel.css",
    "chat.css",
    "markdown.css",
    "long_answer.css",
    "conversations.css",
    "hosted.css",
    "models.css",
    "compare.css",
)


def asset(name: str) -> str:
    """The text of a file in ``static``; a script that keeps something works without storage, too."""
    text = (files(__package__) / "static" / name).read_text(encoding="utf-8")
    return asset("storage.js") + text if "localStorage." in text and name != "storage.js" else text


def scripts(*names: str) -> str:
    """Several scripts of ``static`` as one, which run in one scope."""
    return "".join(asset(name) for name in names)


def turns_script() -> str:
    """What draws the turns of a conversation."""
    return scripts(
        *("dom.js", "markdown.js", "token.js", "reasoning.js", "doubts.js", "badge.js", "turn.js", "chat.js")
    )


def style() -> str:
    """The style sheet, for the head of any page that contains one of our parts."""
    return render("style.html", style=Markup(scripts(*SHEETS)))  # nosec B704 # our own files


def sign_in_html(sentence: str) -> str:
    """What stands above the fields of Gradio's page for signing in, with that page's style and title."""
    drawn = {"style": Markup(asset("sign_in.css")), "icon": Markup(asset("icon.svg"))}  # nosec B704 # our own files
    return render("sign_in.html", sentence=sentence, **drawn)


def assessment_html(assessment: Assessment, medians: Mapping[str, float] | None = None) -> str:
    """The confidence panel of an assessment; ``medians``: the calibration's median per signal."""
    source = assessment.evidence.provenance
    own = load_mic(source.model, source.model_sha256)
    return panel_html(assessed_panel(assessment, read(assessment, medians, own)))


def confidence_panel(assessment: Assessment | None = None) -> gr.HTML:
    """The confidence panel as a Gradio part; pass an Assessment, or update it with ``assessment_html(…)``."""
    return gr.HTML(
        assessment_html(assessment) if assessment else panel_html(EMPTY),
        html_template="${value}",
        js_on_load=asset("panel.js"),
        head=style(),
        apply_default_css=False,
        elem_classes=["credence"],
    )
