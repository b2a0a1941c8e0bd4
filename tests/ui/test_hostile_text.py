"""Hostile text through every place where text of a model, a person, a file or a server reaches HTML.

Each place is a function from a text to a page, with the names of the fields in which that text stands as ``name: text``.
The text has to arrive, as text: the page must have the very tags and attributes that it has for a harmless text.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import numpy as np
import pytest
from markupsafe import Markup

from chains.calibration.store import Saved
from chains.engines.scripted import ScriptedChatModel
from chains.pipeline.verbalized import Stated
from estimators.types import (
    Answer,
)  # fmt: skip
from evaluation.metrics import Estimate, bins
from evaluation.reports import parts
from evaluation.reports.page import html_page, markdown_page
from evaluation.reports.reliability import reliability_diagram
from evaluation.reports.risk_coverage import risk_coverage_curve
from evaluation.run_report.alignment_scatter import alignment_scatter
from evaluation.scoring.signal_scores import Aligned
from study.analysis import monitor as standing
from study.analysis.interval_drawing import intervals
from study.analysis.measures import MEASURES
from study.design.displays import ELEMENTS
from tests.ui.hostile import HOSTILE, Shown, faults
from tests.ui.hostile_records import (
    RECORD,
    assessed,
    calibrated,
    calibration,
    checking_consistency,
    field,
    options_panel,
    panel,
    raw,
    undecided,
    without_guarantee,
)  # fmt: skip
from ui.before_after import side
from ui.calibration import drawings as calibration_drawings
from ui.calibration.form import Source, form, job_html
from ui.calibration.job import JobState
from ui.calibration.list import comparison, saved_list
from ui.calibration.results import results
from ui.chat.examples import Example
from ui.chat.page import ConfidenceChat
from ui.html import render
from ui.panel import panel_html
from ui.recorded.recordings import Recording
from ui.shown.axis import Axis, Lane
from ui.shown.panel import Panel
from ui.study.conditions import answer_html

Page = Callable[[str], str]
HARMLESS = "plain words"
# Places that take a while to draw get all texts in one.
SLOW = {"calibration", "chat templates", "drawings of runs", "report"}


def reported(text: str) -> parts.Report:
    table = parts.Table(
        field("Table", text), [[field("Head", text)], [f"{field('Cell', text)}\n{field('Interval', text)}"]],
        (field("Note", text),),
    )  # fmt: skip
    folded = replace(table, title=field("Folded", text), folded=True)
    drawing = parts.Plot(field("Plot", text), field("Caption", text), reliability(text))
    answer = parts.ShownAnswer(
        "id", field("Sure", text), field("Question", text), (field("Choice", text),), field("Said", text),
        field("Right", text), field("Signals", text),
    )  # fmt: skip
    section = parts.Section(
        field("Section", text),
        [table, folded, parts.Plots(field("Plots", text), [drawing], (field("Note", text),)),
         parts.Plots(field("Plots", text), [], absent=field("Absent", text)),
         parts.Answers(field("Answers", text), [answer], (field("Note", text),))],
        [(field("Name", text), field("Fact", text))], field("Section lead", text),
    )  # fmt: skip
    return parts.Report(field("Title", text), field("Lead", text), [section], (field("Foot", text),))


CONFIDENCE, CORRECT = np.linspace(0.1, 0.9, 20, dtype=np.float64), np.arange(20, dtype=np.float64) % 2


def reliability(text: str) -> Markup:
    share, counted = field("Share", text), field("Counted", text)
    return reliability_diagram(field("Signal", text), bins(CONFIDENCE, CORRECT), share=share, counted=counted)


def aligned(text: str) -> Aligned:
    inside = np.linspace(0.1, 0.9, 5)
    rho = Estimate(None, field("Missing", text))
    return Aligned(field("Inside", text), field("Outside", text), inside, inside, (True,) * 5, rho)


def researcher(template: str, text: str, **more: Any) -> str:
    progress = standing.Progress(
        True,
        (standing.ByCondition(field("Condition", text), {"active": 1}, 1, 1, 1, 2.0),),
        (standing.FinishedTrials(field("Trial", text), 1, 1),),
        ((field("Stopped", text), 1),),
        (standing.Check(field("Check", text), 1, 1),),
        (
            standing.Recent(
                "2026-11-27T10:00:00", "p", field("Kind", text), field("Screen", text), field("What", text)
            ),
        ),
    )
    design = SimpleNamespace(
        title=field("Title", text), study=field("Study", text), flow="free-chat", participants=9, assignment="between",
        attention_checks=(1,), conditions=(), items=(), language="en",
    )  # fmt: skip
    values = {"away": "", "trouble": "", "progress": progress, "token": field("Token", text)} | more
    return render(f"researcher/{template}", design=design, sha256="0" * 64, home="/r", **values)


def lanes(text: str) -> str:
    names = (field("Name", text), field("Title", text), field("Meaning", text))
    lanes = (
        Lane(*names, waiting=field("Waiting", text)),
        Lane(*names, 0.5),
        Lane(*names, missing=field("Missing", text)),
    )
    return panel_html(Panel(axis=Axis(token=lanes, verbal=lanes, sample=lanes, threshold=0.5)))


def chat_templates(text: str) -> str:
    """What the chat gives Gradio as templates, in which `${…}` and `{{…}}` are run; the model's name is not among it."""
    who = {"model": field("Model", text), "engine": field("Engine", text), "model_sha256": None}
    with gr.Blocks() as page:
        model = ScriptedChatModel(metadata={"credence": who, "credence_note": field("Note", text)})
        ConfidenceChat(model, examples=(field("Example", text),))
    templates = [block.html_template for block in page.blocks.values() if isinstance(block, gr.HTML)]
    for sign in ("`", "\\", "${alert", "{{alert"):
        assert not any(sign in template for template in templates), sign
    return "".join(templates)


def beginning(text: str) -> str:
    examples = (Example(field("Example", text), field("Look", text)),)
    recordings = (Recording("a", field("Recorded", text), text, text, text),)
    return render("past_turns.html", examples=examples, recordings=recordings)


PLACES: dict[str, tuple[Page, tuple[str, ...]]] = {
    "panel, no figure": (lambda text: panel(assessed(text, undecided(text)), text), RECORD),
    "panel, raw figure": (
        lambda text: panel(assessed(text, raw(text)), text), (*RECORD, "Uncalibrated"),
    ),
    "panel, calibrated": (
        lambda text: panel(assessed(text, calibrated(text)), text), (*RECORD, "Promise", "Outside", "Unchecked"),
    ),
    "panel, no guarantee": (lambda text: panel(assessed(text, without_guarantee(text)), text), (*RECORD, "No promise")),
    "panel, options": (options_panel, ("Better option",)),
    "panel, checking consistency": (checking_consistency, RECORD),
    "axis": (lanes, ("Name", "Title", "Meaning", "Waiting", "Missing")),
    "beginning": (beginning, ("Example", "Look", "Recorded")),
    "chat templates": (chat_templates, ("Example",)),
    "before and after": (
        lambda text: side(
            field("Title", text), field("Model", text), Stated(Answer(field("Reply", text)), field("Answer", text), 7),
            whole=True,
        ) + side("t", "m", error=field("Error", text)),
        ("Title", "Model", "Answer", "Reply", "Error"),
    ),
    "calibration": (
        lambda text: results(calibration(text), 0.3, field("Tag", text)),
        ("Name", "Tag", "Model", "Engine", "Questions", "Unmeasured", "Left out", "Deciding", "Signal", "Missing",
         "Weighed", "Unkept"),
    ),
    "calibrations side by side": (
        lambda text: comparison(calibration(text), calibration(text)), ("Name", "Model", "Engine", "Questions"),
    ),
    "saved calibrations": (
        lambda text: saved_list(
            (Saved(calibration(text), Path("x"), field("Misfit", text)),), field("Name", text), None,
            error=field("Error", text),
        ) + saved_list((Saved(calibration(text), Path("x"), ""),), None, None, leaving=field("Name", text))
        + saved_list((), None, error=field("No list", text)),
        ("Name", "Model", "Misfit", "Error", "No list"),
    ),
    "no drawing": (
        lambda text: calibration_drawings.reliability((), field("Signal", text))
        + calibration_drawings.withholding((), field("Figure", text), None),
        ("Signal", "Figure"),
    ),
    "calibration form": (
        lambda text: form(
            (Source(field("Key", text), field("Source", text), field("Told", text), 30),), "", field("Error", text)
        ),
        ("Key", "Source", "Told", "Error"),
    ),
    "calibration at work": (
        lambda text: job_html(JobState("running", field("Title", text)))
        + job_html(JobState("failed", error=field("Error", text)), [(field("Key", text), field("Stopped", text), 1, 2)])
        + job_html(JobState("done", calibration=calibration(text)), error=field("Naming", text)),
        ("Title", "Error", "Key", "Stopped", "Name", "Naming"),
    ),
    "answer in a study": (
        lambda text: answer_html(assessed(text, calibrated(text)), ()), ("Said",),
    ),
    "answer in a study, all shown": (
        lambda text: answer_html(assessed(text, raw(text)), ELEMENTS, ranges_kept_free=True), ("Said",),
    ),
    "researcher, page": (lambda text: researcher("page.html", text), ("Title", "Token", "Condition")),
    "researcher, live": (
        lambda text: researcher("live.html", text),
        ("Token", "Condition", "Trial", "Stopped", "Check", "Kind", "Screen", "What"),
    ),
    "researcher, away": (lambda text: researcher("live.html", text, away=field("Away", text)), ("Away",)),
    "researcher, sign in": (
        lambda text: researcher("sign-in.html", text, trouble=field("Trouble", text)), ("Title", "Trouble"),
    ),
    "report": (
        lambda text: html_page(reported(text)),
        ("Title", "Lead", "Foot", "Section", "Section lead", "Name", "Fact", "Table", "Head", "Cell", "Interval", "Note",
         "Folded", "Plots", "Plot", "Absent", "Caption", "Signal", "Answers", "Sure", "Question", "Choice", "Said", "Right",
         "Signals"),
    ),
    "drawings of runs": (
        lambda text: reliability(text) + risk_coverage_curve(field("Curve", text), CONFIDENCE, CORRECT, (0.5, 0.2))
        + alignment_scatter(aligned(text)),
        ("Signal", "Share", "Counted", "Curve", "Inside", "Outside", "Missing"),
    ),
    "drawing of a study": (
        lambda text: intervals(
            replace(MEASURES[0], title=field("Measure", text)), [(field("Condition", text), Estimate(0.5, "", 0.4, 0.6))]
        ),
        ("Measure", "Condition"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_hostile_text_arrives_as_text(place: str) -> None:
    page, fields = PLACES[place]
    plain = page(HARMLESS)
    assert faults(plain, plain, fields, HARMLESS) == []
    problems = {}
    for text in (" ".join(HOSTILE),) if place in SLOW else HOSTILE:
        if wrong := faults(page(text), plain, fields, text):
            problems[text] = wrong
    assert problems == {}


@pytest.mark.parametrize("text", HOSTILE[:4])
def test_an_unescaped_or_a_missing_text_is_a_fault(text: str) -> None:
    plain = f"""<p title="Name: {HARMLESS}" lang='{HARMLESS}'>Name: {HARMLESS}</p>"""
    assert faults("<p title='' lang=''>Name:</p>", plain, ("Name",), text) == ["Name does not arrive"]
    assert faults(f"""<p title="Name: {text}" lang='{text}'>Name: {text}</p>""", plain, ("Name",), text)
    assert Shown("<p>a &lt; b</p>").times("a < b") == 1


@pytest.mark.parametrize("text", HOSTILE[:4])
def test_hostile_text_is_no_markup_in_markdown(text: str) -> None:
    page = markdown_page(reported(text), "page.html")
    assert "<" not in page.replace("&lt;", "")
    for name in ("Title", "Lead", "Foot", "Section", "Section lead", "Name", "Fact", "Table", "Cell", "Note"):
        assert f"{name}: " in page, name
