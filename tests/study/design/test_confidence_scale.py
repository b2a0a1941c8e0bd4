"""What the ends of a confidence scale mean, from the design to the figures: no slider value is misread."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest import approx

from evaluation.metrics import NotDefined
from evaluation.reports.page import markdown_page
from study.__main__ import main
from study.analysis.measures import MEASURES
from study.analysis.report import Choice, study_report
from study.analysis.trials import Trials
from study.design.confidence_scale import NO_CHANCE, NOT_STATED, RATING, meaning, scale_note
from study.design.model import Design
from study.design.parts import Scale
from study.design.phases import CHAT, DECIDE, FINAL, OWN
from study.design.reader import parse_design, read_design
from study.design.templates import NAMES
from study.errors import BadDesign
from study.tables.codebook import codebook
from study.tables.tidy_files import csv_lines, read_table
from study.tables.tidy_rows import Session, trial_rows
from study.tables.trial_row import TRIALS, TrialRow
from tests.study.studies import HEAD, design_text, items

OF = {measure.name: measure.of for measure in MEASURES}
CALIBRATION = ("people_confidence", "overconfidence", "people_ece", "calibration_gap", "confidence_shift")
OTHERS = ("people_auroc", "discrimination_gap", "slider_shift", "reliance", "final_accuracy")
PURE_GUESS = {"low_label": "a pure guess", "high_label": "certain"}


class Event:
    """What was shown or answered on one screen."""

    id, participant, client_time, server_time = 1, "p", None, "2026-01-01T00:00:00.000Z"

    def __init__(self, kind: str, screen: str, payload: dict[str, Any]) -> None:
        self.kind, self.screen, self.payload = kind, screen, json.dumps(payload)


def rows(
    trials: list[tuple[float, bool]], scale: Scale, options: int, flow: str = "own-answer-first"
) -> list[dict[str, Any]]:
    """The exported rows of trials with one slider value, before and after, and whether the person was right."""
    session = Session("small", "0" * 64, "p", "completed", 0, flow, scale=scale, options={"q": options})
    last = "decide" if flow == "accept-reject" else "final"

    def events() -> Iterator[Event]:
        for number, (value, right) in enumerate(trials):
            name = f"trial-{number:03}"
            shown = {
                "trial": number,
                "condition": "plain",
                "item": "q",
                "ai_correct": number % 2 == 0,
                "ai_confidence": 0.7,
            }
            values = {"answer": "x", "confidence": value, "accept": right == (number % 2 == 0)}
            answer = {"values": values, "said_correct": right, "agrees_with_ai": right, "seconds": 1.0}
            if flow != "accept-reject":
                yield Event("shown", f"{name}.own", {**shown, "ai_correct": None, "ai_confidence": None})
                yield Event("answer", f"{name}.own", answer)
            yield Event("shown", f"{name}.{last}", shown)
            yield Event("answer", f"{name}.{last}", answer)

    return trial_rows(session, events())  # type: ignore[arg-type]


def figures(table: list[dict[str, Any]]) -> dict[str, float | str]:
    """Every measure, or the reason why it is missing."""
    trials, values_by_measure = Trials.of([TrialRow(**row) for row in table]), dict[str, float | str]()
    for name, of in OF.items():
        try:
            values_by_measure[name] = of(trials)
        except NotDefined as reason:
            values_by_measure[name] = str(reason)
    return values_by_measure


def calibrated(value: float, percent: int) -> list[tuple[float, bool]]:
    """A hundred trials at one slider position, with a given number right."""
    return [(value, number < percent) for number in range(100)]


@pytest.mark.parametrize(
    ("scale", "options", "flow", "trials"),
    [
        # who guesses puts the slider to the low end and is right as often as chance has it
        (Scale(**PURE_GUESS), 4, "own-answer-first", calibrated(0, 25)),
        (Scale(**PURE_GUESS), 2, "own-answer-first", calibrated(0, 50)),
        (Scale(means="guess-to-certain"), 5, "free-chat", calibrated(0, 20)),
        (Scale(), 4, "own-answer-first", calibrated(0, 25) + calibrated(20, 40) + calibrated(100, 100)),
        (Scale(**PURE_GUESS), 0, "accept-reject", calibrated(0, 50)),  # a decision, whatever the question
        (Scale(**PURE_GUESS), 4, "accept-reject", calibrated(0, 50) + calibrated(50, 75)),
        (Scale(means="guess-to-certain", low=1, high=7, **PURE_GUESS), 4, "own-answer-first", calibrated(1, 25)),
        # scales that count in probabilities are taken at their word
        (Scale(low=50), 2, "own-answer-first", calibrated(50, 50) + calibrated(80, 80) + calibrated(100, 100)),
        (Scale(low=50, means="probability"), 2, "own-answer-first", calibrated(60, 60)),
        (Scale(low=25), 4, "own-answer-first", calibrated(25, 25)),
        (Scale(low=0.5, high=1), 2, "own-answer-first", calibrated(0.7, 70)),
        (Scale(means="probability"), 0, "own-answer-first", calibrated(0, 0) + calibrated(30, 30)),
        (Scale(means="probability", high=10), 0, "free-chat", calibrated(3, 30)),
    ],
)  # fmt: skip
def test_calibrated_people_have_no_calibration_error(
    scale: Scale, options: int, flow: str, trials: list[tuple[float, bool]]
) -> None:
    values_by_measure = figures(rows(trials, scale, options, flow))
    assert values_by_measure["people_ece"] == approx(0, abs=1e-6)
    assert values_by_measure["overconfidence"] == approx(0, abs=1e-6)
    assert values_by_measure["people_confidence"] == approx(
        sum(right for _, right in trials) / len(trials), abs=1e-6
    )


@pytest.mark.parametrize(
    ("scale", "options", "reason"),
    [
        (Scale(means="rating", low=1, high=7), 4, RATING),
        (Scale(low_label="not sure at all", high_label="very sure"), 4, RATING),  # it never said what 0 means
        (Scale(**PURE_GUESS), 0, NO_CHANCE),
        (Scale(), 0, NO_CHANCE),
    ],
)
def test_what_is_no_probability_stays_out_of_calibration_with_the_reason(
    scale: Scale, options: int, reason: str
) -> None:
    span = scale.high - scale.low
    table = rows([(scale.low + span * (n % 5) / 4, n % 3 > 0) for n in range(30)], scale, options)
    assert all(row["final_confidence"] is row["own_confidence"] is None for row in table)
    assert [row["final_slider"] for row in table[:3]] == [
        scale.low,
        scale.low + span / 4,
        scale.low + span / 2,
    ]
    values_by_measure = figures(table)
    assert {name: values_by_measure[name] for name in CALIBRATION} == dict.fromkeys(CALIBRATION, reason)
    assert all(isinstance(values_by_measure[name], float) for name in OTHERS)
    page = markdown_page(study_report(table, Choice(), draws=0, seed=1), "r.html")
    assert f"left out of people’s calibration: 30 of 30 final confidences: {reason}" in page
    assert "Calibration of people" not in [line.removeprefix("## ") for line in page.splitlines()]


def test_the_report_says_how_the_scale_was_read_and_what_it_leaves_out() -> None:
    table = rows(calibrated(0, 25), Scale(), 4) + rows(calibrated(0, 25)[:10], Scale(), 0)
    page = markdown_page(study_report(table, Choice(), draws=0, seed=1), "r.html")
    assert "scale 0 to 100: guess-to-certain: the low end is a pure guess, P(right) = 1 / options" in page
    assert f"10 of 110 final confidences: {NO_CHANCE}" in page
    assert figures(table)["people_ece"] == approx(0)


def test_confidences_shift_as_probabilities_and_sliders_as_shares_of_their_length() -> None:
    table = rows([(60, True)], Scale(low=50), 2)
    table[0] |= {"own_slider": 50.0, "own_confidence": 0.5}
    values_by_measure = figures(table)
    assert values_by_measure["confidence_shift"] == approx(0.1)
    assert values_by_measure["slider_shift"] == approx(0.2)


@pytest.mark.parametrize(
    ("scale", "read"),
    [
        ({}, "guess-to-certain"),  # the ends that designs without labels had
        (PURE_GUESS, "guess-to-certain"),
        ({"low_label": "guessing"}, "guess-to-certain"),
        ({"low_label": "chance level"}, "guess-to-certain"),
        ({"low": 50.0}, "probability"),
        ({"low": 50.0, **PURE_GUESS}, "probability"),
        ({"low": 33.0}, "probability"),
        ({"low": 1.0, **PURE_GUESS}, "guess-to-certain"),
        ({"low_label": "0 %", "high_label": "100 %"}, "probability"),
        ({"low_label": "certainly wrong", "high_label": "certainly right"}, "probability"),
        ({"low_label": "no chance"}, "probability"),
        ({"low_label": "impossible", "high": 1.0}, "probability"),
        ({"low_label": "not sure at all", "high_label": "very sure"}, "rating"),
        ({"low": 1.0, "high": 7.0, "low_label": "not sure at all"}, "rating"),
        ({"low_label": "", "high_label": ""}, "rating"),
        ({"low_label": "not sure", "means": "probability"}, "probability"),
    ],
)
def test_designs_that_state_no_meaning_are_read_by_their_numbers_and_labels(
    scale: dict[str, Any], read: str
) -> None:
    assert meaning(Scale(**scale)) == read


def test_old_designs_and_stored_editions_open_as_they_are() -> None:
    text = "confidence_scale: {low: 0, high: 100, step: 5, low_label: a pure guess, high_label: certain}\n"
    design = parse_design(design_text(more=text))
    stored = json.loads(design.model_dump_json())
    del stored["confidence_scale"]["means"]  # as an edition was stored before the key existed
    again = Design.model_validate_json(json.dumps(stored))
    assert (
        again.confidence_scale == design.confidence_scale
        and meaning(again.confidence_scale) == "guess-to-certain"
    )
    plain = parse_design(design_text())
    assert plain.confidence_scale.ends == ("a guess", "certain")
    stored = json.loads(plain.model_dump_json())
    stored["confidence_scale"] = {
        "low": 0.0,
        "high": 100.0,
        "step": 1.0,
        "low_label": "a guess",
        "high_label": "certain",
    }
    assert meaning(Design.model_validate_json(json.dumps(stored)).confidence_scale) == "guess-to-certain"


def test_an_old_export_is_read_and_its_confidences_are_not_taken_for_probabilities(tmp_path: Path) -> None:
    table = rows([(n % 5 * 25, n % 3 > 0) for n in range(30)], Scale(means="probability"), 4)
    old = [column for column in TRIALS if not column.later]
    assert {column.name for column in TRIALS} - {column.name for column in old} == {
        "confidence_scale", "scale_low", "scale_high", "chance", "own_slider", "final_slider"
    }  # fmt: skip
    path = tmp_path / "trials.csv"
    path.write_text("".join(csv_lines(old, table)), newline="")
    read = list(read_table(path, TRIALS))
    values_by_measure, now = figures(read), figures(table)
    assert {name: values_by_measure[name] for name in CALIBRATION} == dict.fromkeys(CALIBRATION, NOT_STATED)
    assert {name: values_by_measure[name] for name in OTHERS} == {name: now[name] for name in OTHERS}
    assert NOT_STATED in markdown_page(study_report(read, Choice(), draws=0, seed=1), "r.html")


@pytest.mark.parametrize(
    ("scale", "flow", "said"),
    [
        (
            "{means: probability, low_label: a pure guess}",
            "own-answer-first",
            "a probability of 0 means certainly wrong",
        ),
        (
            "{means: probability, low: 1, high: 7}",
            "own-answer-first",
            "ends at 100 (percent), 10 (tenths) or 1",
        ),
        ("{means: probability, low: -50}", "own-answer-first", "starts at 0 or more and ends at"),
        ("{means: guess-to-certain, low: 50}", "own-answer-first", "50 to 100 are already probabilities"),
        (
            "{means: probability, low: 60}",
            "own-answer-first",
            "a guess among 2 options is right 50 % of the time",
        ),
        ("{means: probability, low: 60}", "accept-reject", "right 50 % of the time"),
        ("{means: often}", "own-answer-first", "means"),
    ],
)
def test_a_stated_meaning_has_to_fit_numbers_and_labels(scale: str, flow: str, said: str) -> None:
    with pytest.raises(BadDesign) as error:
        parse_design(design_text(flow, f"confidence_scale: {scale}\n"))
    assert said in str(error.value)


@pytest.mark.parametrize(
    "scale",
    ["{means: probability, low: 50}", "{means: rating, low: 1, high: 7}", "{means: guess-to-certain}"],
)
@pytest.mark.parametrize("flow", ["own-answer-first", "accept-reject", "free-chat"])
def test_every_meaning_can_be_stated(scale: str, flow: str) -> None:
    parse_design(design_text(flow, f"confidence_scale: {scale}\n"))


@pytest.mark.parametrize(
    ("scale", "ends"),
    [
        (Scale(), ("0: a guess", "100: certain")),
        (Scale(means="guess-to-certain"), ("0: a pure guess", "100: certain")),
        (Scale(means="probability"), ("0: certainly wrong", "100: certainly right")),
        (Scale(means="probability", low=50), ("50: right 50 % of the time", "100: certainly right")),
        (Scale(means="rating", low=1, high=7), ("1: not sure at all", "7: completely sure")),
        (Scale(means="probability", low_label="never", high_label=""), ("0: never", "100")),
    ],
)
def test_the_page_shows_what_the_ends_mean(scale: Scale, ends: tuple[str, str]) -> None:
    item = parse_design(design_text()).item("q0")
    sliders = [
        field
        for phase in (OWN, FINAL, DECIDE, CHAT)
        for field in phase.form(item, scale)
        if field.kind == "slider"
    ]
    assert sliders and {(slider.low_label, slider.high_label) for slider in sliders} == {ends}
    assert {(slider.min, slider.max) for slider in sliders} == {(scale.low, scale.high)}


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"annotation"}))
def test_every_template_states_its_scale_and_leaves_no_item_out(name: str) -> None:
    design = read_design(Path(__file__).parents[3] / "study" / "templates" / f"{name}.yaml").design
    assert design.confidence_scale.means is not None
    note = scale_note(design)
    assert note.startswith("Confidence from 0 “") and "left out" not in note and "state it" not in note


def test_the_check_says_how_a_scale_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "small.yaml"
    path.write_text(f"{HEAD}flow: free-chat\n{items(options=False)}")
    assert main(["check", str(path)]) == 0
    output = capsys.readouterr().out
    assert "Confidence from 0 “a guess” to 100 “certain”: guess-to-certain" in output
    assert (
        "state it with `means`" in output
        and "4 of 4 items are left out of the calibration measures" in output
    )
    assert (
        scale_note(parse_design(design_text("annotation", "annotation: {overlap: 1, items_each: 2}\n"))) == ""
    )


def test_the_codebook_says_which_mapping_was_used() -> None:
    meant = {line["column"]: line for line in codebook() if line["table"] == "trials"}
    for name in ("probability", "guess-to-certain", "rating"):
        assert name in meant["confidence_scale"]["meaning"] and name in meant["confidence_scale"]["values"]
    assert (
        "as the slider was set" in meant["own_slider"]["meaning"]
        and "P(" in meant["final_confidence"]["meaning"]
    )


def test_raters_state_no_confidence() -> None:
    session = Session("small", "0" * 64, "p", "completed", 0, "annotation", options={"q": 4})
    shown = {"trial": 1, "condition": "plain", "item": "q"}
    row = trial_rows(session, [Event("shown", "trial-01.label", shown)])[0]  # type: ignore[list-item]
    assert row["confidence_scale"] is row["chance"] is row["final_slider"] is None


@pytest.mark.repository
def test_the_scale_of_the_training_is_a_probability_and_read_as_one() -> None:
    from training.data.replies import StatedReply
    from training.results.metrics import pairs

    prompt = (Path(__file__).parents[3] / "prompts" / "stated.txt").read_text(encoding="utf-8")
    assert "0 (certainly wrong) to 10 (certainly right)" in prompt
    replies = [StatedReply("a", "q", "r", "x", False, 0), StatedReply("b", "q", "r", "x", True, 7)]
    assert pairs(replies)[0].tolist() == [0.0, 0.7]
