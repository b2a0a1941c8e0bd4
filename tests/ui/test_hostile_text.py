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
    looking_closer,
    options_panel,
    raw,
    said,
    undecided,
    unpromised,
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
        said("Table", text), [[said("Head", text)], [f"{said('Cell', text)}\n{said('Interval', text)}"]],
        (said("Note", text),),
    )  # fmt: skip
    folded = replace(table, title=said("Folded", text), folded=True)
    drawing = parts.Plot(said("Plot", text), said("Caption", text), reliability_diagram(scored(text)))
    answer = parts.ShownAnswer(
        "id", said("Sure", text), said("Question", text), (said("Choice", text),), said("Said", text),
        said("Right", text), said("Signals", text),
    )  # fmt: skip
    section = parts.Section(
        said("Section", text), [("fact", said("Fact", text))],
        [table, folded, parts.Plots(said("Plots", text), [drawing], (said("Note", text),)),
         parts.Answers(said("Answers", text), [answer], (said("Note", text),))],
    )  # fmt: skip
    return parts.Report(said("Title", text), said("Lead", text), [section], (said("Foot", text),))


def study_reported(text: str) -> report_page.Report:
    rows = [[said("Head", text)], [f"{said('Cell', text)}\n{said('Interval', text)}"]]
    tables = [
        report_page.Table(said("Table", text), rows, (said("Note", text),), folded)
        for folded in (False, True)
    ]
    drawing = report_page.Drawing(said("Drawing", text), said("Caption", text), "<svg></svg>")
    section = report_page.Section(
        said("Section", text),
        said("Section lead", text),
        [(said("Fact", text), said("Value", text))],
        [drawing],
        tables,
    )
    return report_page.Report(said("Title", text), said("Lead", text), [section], (said("Foot", text),))


def scored(text: str) -> Scored:
    confidence, correct = np.linspace(0.1, 0.9, 20, dtype=np.float64), np.arange(20, dtype=np.float64) % 2
    return Scored(said("Signal", text), confidence, correct, {}, Counter())


def aligned(text: str) -> Aligned:
    inside = np.linspace(0.1, 0.9, 5)
    rho = Figure(None, said("Missing", text))
    return Aligned(said("Inside", text), said("Outside", text), inside, inside, (True,) * 5, rho)


def researcher(template: str, text: str, **more: Any) -> str:
    found = standing.Progress(
        True,
        (standing.ByCondition(said("Condition", text), {"active": 1}, 1, 1, 1, 2.0),),
        (standing.Trials(said("Trial", text), 1, 1),),
        ((said("Stopped", text), 1),),
        (standing.Check(said("Check", text), 1, 1),),
        (
            standing.Recent(
                "2026-11-27T10:00:00", "p", said("Kind", text), said("Screen", text), said("What", text)
            ),
        ),
    )
    design = SimpleNamespace(
        title=said("Title", text), study=said("Study", text), participants=9, assignment="between", attention_checks=(1,),
        conditions=(), items=(), language="en",
    )  # fmt: skip
    return (
        _environment()
        .get_template(template)
        .render(design=design, sha256="0" * 64, home="/r", found=found, token=said("Token", text), **more)
    )


def lanes(text: str) -> str:
    known = Lane(said("Name", text), said("Title", text), said("Meaning", text), said("Side", text))
    lane = replace(known, side="token")
    return axis([lane], {}, 0.5) + axis([lane], {lane.name: Signal(lane.name, 0.5)}, 0.5) + axis(
        [lane], {lane.name: Signal(lane.name, None, missing=said("Missing", text))}, None
    )  # fmt: skip


def chat_templates(text: str) -> str:
    """What the chat gives Gradio as templates, in which `${…}` and `{{…}}` are run."""
    who = {"model": said("Model", text), "engine": said("Engine", text), "model_sha256": None}
    with gr.Blocks() as page:
        ConfidenceChat(ScriptedChatModel(metadata={"credence": who}), examples=(said("Example", text),))
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
    "panel, no promise": (lambda text: assessment_panel(assessed(text, unpromised(text))), (*RECORD, "No promise")),
    "panel, options": (options_panel, ("Better option",)),
    "panel, looking closer": (looking_closer, RECORD),
    "axis": (lanes, ("Name", "Title", "Meaning", "Missing")),
    "beginning": (lambda text: beginning((said("Example", text),)), ("Example",)),
    "chat templates": (chat_templates, ("Model", "Engine", "Example")),
    "before and after": (
        lambda text: side(
            said("Title", text), said("Model", text), Stated(Answer(said("Reply", text)), said("Answer", text), 7),
            whole=True,
        ) + side("t", "m", error=said("Error", text)),
        ("Title", "Model", "Answer", "Reply", "Error"),
    ),
    "calibration": (
        lambda text: results(calibration(text), 0.3, said("Tag", text)),
        ("Name", "Tag", "Model", "Engine", "Questions", "Unmeasured", "Left out", "Deciding", "Signal", "Missing",
         "Weighed", "Unkept"),
    ),
    "calibrations side by side": (
        lambda text: comparison(calibration(text), calibration(text)), ("Name", "Model", "Engine", "Questions"),
    ),
    "saved calibrations": (
        lambda text: saved_list(
            (Saved(calibration(text), Path("x"), said("Misfit", text)),), said("Name", text), None, error=said("Error", text)
        ) + saved_list((Saved(calibration(text), Path("x"), ""),), None, None, leaving=said("Name", text))
        + saved_list((), None, error=said("No list", text)),
        ("Name", "Model", "Misfit", "Error", "No list"),
    ),
    "no drawing": (
        lambda text: calibration_drawings.reliability((), said("Signal", text))
        + calibration_drawings.withholding((), said("Figure", text), None),
        ("Signal", "Figure"),
    ),
    "calibration form": (
        lambda text: form(
            (Source(said("Key", text), said("Source", text), said("Told", text), 30),), "", said("Error", text)
        ),
        ("Key", "Source", "Told", "Error"),
    ),
    "calibration at work": (
        lambda text: job_html(JobState("running", said("Title", text)))
        + job_html(JobState("failed", error=said("Error", text)), [(said("Key", text), said("Stopped", text), 1, 2)])
        + job_html(JobState("done", calibration=calibration(text)), error=said("Naming", text)),
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
    "researcher, away": (lambda text: researcher("live.html", text, away=said("Away", text)), ("Away",)),
    "researcher, sign in": (
        lambda text: researcher("sign-in.html", text, trouble=said("Trouble", text)), ("Title", "Trouble"),
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
            replace(MEASURES[0], title=said("Measure", text)), [(said("Condition", text), Figure(0.5, "", 0.4, 0.6))]
        ) + report_drawings.reliability(said("People", text), (Bin(0.0, 0.1, 5, 0.05, 0.5),)),
        ("Measure", "Condition", "People"),
    ),
}  # fmt: skip


@pytest.fixture(autouse=True)
def own_markers(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A measurement of the model's own markers that holds the text, too."""
    text = [""]

    def loaded(model: str, sha256: str | None) -> OwnMarkers:
        marker = canonical(said("Canonical", text[0]))
        entry = MarkerConfidence(marker, None, 0, missing=said("No figure", text[0]))
        return OwnMarkers(model, ALL, {marker: entry}, said("Own figures", text[0]))

    monkeypatch.setattr(markers, "load_mic", loaded)
    yield text


@pytest.mark.parametrize("place", PLACES)
def test_hostile_text_arrives_as_text(place: str, own_markers: list[str]) -> None:
    page, fields = PLACES[place]
    own_markers[0] = HARMLESS
    plain = page(HARMLESS)
    assert faults(plain, plain, fields, HARMLESS) == []
    found = {}
    for text in (" ".join(HOSTILE),) if place in SLOW else HOSTILE:
        own_markers[0] = text
        if wrong := faults(page(text), plain, fields, text):
            found[text] = wrong
    assert found == {}


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
        for field in ("Title", "Lead", "Foot", "Section", "Fact", "Table", "Cell", "Note"):
            assert f"{field}: " in page, field
