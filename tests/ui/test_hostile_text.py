"""Hostile text through every place where text of a model, a person, a file or a server reaches HTML.

Each place is a function from a text to a page, with the names of the fields in which that text stands as ``name: text``.
The text has to arrive, as text: the page must have the very tags and attributes that it has for a harmless text.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import numpy as np
import pytest

from chains.calibration.store import Saved
from chains.engines.scripted import ScriptedChatModel
from chains.pipeline.verbalized import Stated
from estimators.markers.mic import ALL, MarkerConfidence, OwnMarkers
from estimators.markers.stripping import canonical
from estimators.types import (
    Answer,
    Signal,
)  # fmt: skip
from evaluation.metrics import Bin, Figure
from evaluation.reports import page as evaluation_page
from evaluation.reports import parts
from evaluation.reports.plots import alignment_scatter, reliability_diagram, risk_coverage_curve
from evaluation.scoring.signal_scores import Aligned, Scored
from study.analysis import monitor as standing
from study.analysis import report_drawings, report_page
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
from ui.chat.empty_state import beginning
from ui.chat.page import ConfidenceChat
from ui.panel import markers
from ui.panel.axis import axis
from ui.panel.panel import assessment_panel
from ui.study.conditions import Lane, answer_html
from ui.study.researcher import _environment

Page = Callable[[str], str]
HARMLESS = "plain words"
# Places that take a while to draw get all texts in one.
SLOW = {"calibration", "chat templates", "drawings of runs", "report of runs"}


def runs_reported(text: str) -> parts.Report:
    table = parts.Table(
        field("Table", text), [[field("Head", text)], [f"{field('Cell', text)}\n{field('Interval', text)}"]],
        (field("Note", text),),
    )  # fmt: skip
    folded = replace(table, title=field("Folded", text), folded=True)
    drawing = parts.Plot(field("Plot", text), field("Caption", text), reliability_diagram(scored(text)))
    answer = parts.ShownAnswer(
        "id", field("Sure", text), field("Question", text), (field("Choice", text),), field("Said", text),
        field("Right", text), field("Signals", text),
    )  # fmt: skip
    section = parts.Section(
        field("Section", text), [("fact", field("Fact", text))],
        [table, folded, parts.Plots(field("Plots", text), [drawing], (field("Note", text),)),
         parts.Answers(field("Answers", text), [answer], (field("Note", text),))],
    )  # fmt: skip
    return parts.Report(field("Title", text), field("Lead", text), [section], (field("Foot", text),))


def study_reported(text: str) -> report_page.Report:
    rows = [[field("Head", text)], [f"{field('Cell', text)}\n{field('Interval', text)}"]]
    tables = [
        report_page.Table(field("Table", text), rows, (field("Note", text),), folded)
        for folded in (False, True)
    ]
    drawing = report_page.Drawing(field("Drawing", text), field("Caption", text), "<svg></svg>")
    section = report_page.Section(
        field("Section", text),
        field("Section lead", text),
        [(field("Fact", text), field("Value", text))],
        [drawing],
        tables,
    )
    return report_page.Report(field("Title", text), field("Lead", text), [section], (field("Foot", text),))


def scored(text: str) -> Scored:
    confidence, correct = np.linspace(0.1, 0.9, 20, dtype=np.float64), np.arange(20, dtype=np.float64) % 2
    return Scored(field("Signal", text), confidence, correct, {}, Counter())


def aligned(text: str) -> Aligned:
    inside = np.linspace(0.1, 0.9, 5)
    rho = Figure(None, field("Missing", text))
    return Aligned(field("Inside", text), field("Outside", text), inside, inside, (True,) * 5, rho)


def researcher(template: str, text: str, **more: Any) -> str:
    progress = standing.Progress(
        True,
        (standing.ByCondition(field("Condition", text), {"active": 1}, 1, 1, 1, 2.0),),
        (standing.Trials(field("Trial", text), 1, 1),),
        ((field("Stopped", text), 1),),
        (standing.Check(field("Check", text), 1, 1),),
        (
            standing.Recent(
                "2026-11-27T10:00:00", "p", field("Kind", text), field("Screen", text), field("What", text)
            ),
        ),
    )
    design = SimpleNamespace(
        title=field("Title", text), study=field("Study", text), participants=9, assignment="between", attention_checks=(1,),
        conditions=(), items=(), language="en",
    )  # fmt: skip
    return (
        _environment()
        .get_template(template)
        .render(
            design=design, sha256="0" * 64, home="/r", progress=progress, token=field("Token", text), **more
        )
    )


def lanes(text: str) -> str:
    base = Lane(field("Name", text), field("Title", text), field("Meaning", text), field("Side", text))
    lane = replace(base, side="token")
    return axis([lane], {}, 0.5) + axis([lane], {lane.name: Signal(lane.name, 0.5)}, 0.5) + axis(
        [lane], {lane.name: Signal(lane.name, None, missing=field("Missing", text))}, None
    )  # fmt: skip


def chat_templates(text: str) -> str:
    """What the chat gives Gradio as templates, in which `${…}` and `{{…}}` are run."""
    who = {"model": field("Model", text), "engine": field("Engine", text), "model_sha256": None}
    with gr.Blocks() as page:
        model = ScriptedChatModel(metadata={"credence": who, "credence_note": field("Note", text)})
        ConfidenceChat(model, examples=(field("Example", text),))
    templates = [block.html_template for block in page.blocks.values() if isinstance(block, gr.HTML)]
    for sign in ("`", "\\", "${alert", "{{alert"):
        assert not any(sign in template for template in templates), sign
    return "".join(templates)


PLACES: dict[str, tuple[Page, tuple[str, ...]]] = {
    "panel, no figure": (lambda text: assessment_panel(assessed(text, undecided(text))), RECORD),
    "panel, raw figure": (
        lambda text: assessment_panel(assessed(text, raw(text))), (*RECORD, "Uncalibrated"),
    ),
    "panel, calibrated": (
        lambda text: assessment_panel(assessed(text, calibrated(text))), (*RECORD, "Promise", "Outside", "Unchecked"),
    ),
    "panel, no guarantee": (lambda text: assessment_panel(assessed(text, without_guarantee(text))), (*RECORD, "No promise")),
    "panel, options": (options_panel, ("Better option",)),
    "panel, checking consistency": (checking_consistency, RECORD),
    "axis": (lanes, ("Name", "Title", "Meaning", "Missing")),
    "beginning": (lambda text: beginning((field("Example", text),)), ("Example",)),
    "chat templates": (chat_templates, ("Model", "Engine", "Note", "Example")),
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
    "report of runs": (
        lambda text: evaluation_page.html_page(runs_reported(text)),
        ("Title", "Lead", "Foot", "Section", "Fact", "Table", "Head", "Cell", "Interval", "Note", "Folded", "Plots", "Plot",
         "Caption", "Signal", "Answers", "Sure", "Question", "Choice", "Said", "Right", "Signals"),
    ),
    "drawings of runs": (
        lambda text: reliability_diagram(scored(text)) + risk_coverage_curve(scored(text), (0.5, 0.2))
        + alignment_scatter(aligned(text)),
        ("Signal", "Inside", "Outside", "Missing"),
    ),
    "report of a study": (
        lambda text: report_page.html_page(study_reported(text)),
        ("Title", "Lead", "Foot", "Section", "Section lead", "Fact", "Value", "Drawing", "Caption", "Table", "Head", "Cell",
         "Interval", "Note"),
    ),
    "drawings of a study": (
        lambda text: report_drawings.intervals(
            replace(MEASURES[0], title=field("Measure", text)), [(field("Condition", text), Figure(0.5, "", 0.4, 0.6))]
        ) + report_drawings.reliability(field("People", text), (Bin(0.0, 0.1, 5, 0.05, 0.5),)),
        ("Measure", "Condition", "People"),
    ),
}  # fmt: skip


@pytest.fixture(autouse=True)
def own_markers(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A measurement of the model's own markers that holds the text, too."""
    text = [""]

    def loaded(model: str, sha256: str | None) -> OwnMarkers:
        marker = canonical(field("Canonical", text[0]))
        entry = MarkerConfidence(marker, None, 0, missing=field("No figure", text[0]))
        return OwnMarkers(model, ALL, {marker: entry}, field("Own figures", text[0]))

    monkeypatch.setattr(markers, "load_mic", loaded)
    yield text


@pytest.mark.parametrize("place", PLACES)
def test_hostile_text_arrives_as_text(place: str, own_markers: list[str]) -> None:
    page, fields = PLACES[place]
    own_markers[0] = HARMLESS
    plain = page(HARMLESS)
    assert faults(plain, plain, fields, HARMLESS) == []
    problems = {}
    for text in (" ".join(HOSTILE),) if place in SLOW else HOSTILE:
        own_markers[0] = text
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
    for page in (
        evaluation_page.markdown_page(runs_reported(text), "page.html"),
        report_page.markdown_page(study_reported(text), "page.html"),
    ):
        assert "<" not in page.replace("&lt;", "")
        for name in ("Title", "Lead", "Foot", "Section", "Fact", "Table", "Cell", "Note"):
            assert f"{name}: " in page, name
