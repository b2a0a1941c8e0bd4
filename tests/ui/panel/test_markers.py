"""The fold "In its words": human range, the model's own figure, the gap."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from chains.calibration import mic_store as mic_files
from chains.pipeline.pipeline import confidence_pipeline
from estimators.markers.matcher import find_markers
from estimators.markers.stripping import canonical
from estimators.types import Answer, Assessment, Claim, Evidence, MarkerMatch
from tests.chains.script import QUESTION, scripted
from ui.parts import assessment_html


@pytest.fixture
def assessment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Assessment:
    monkeypatch.setenv("CREDENCE_DATA", str(tmp_path))
    monkeypatch.setattr(mic_files, "_shipped", lambda: iter(()))
    assessment = confidence_pipeline(scripted()).invoke(QUESTION).assessment
    assert assessment is not None and [match.text for match in assessment.markers] == ["probably"]
    return assessment


def measured(folder: Path, marker: str, mic: float) -> None:
    """A measurement of one marker, in a file as the command has written it from the first."""
    record = {
        "schema": "credence.mic/1", "model": "scripted", "model_sha256": None, "samples": 5,
        "questions": {"name": "short.jsonl", "n": 100}, "judge": {"name": "model"},
        "created": "2026-11-24T03:00:00+00:00",
        "domains": {"all": {marker: {"mic": mic, "n": 43, "low": mic - 0.1, "high": mic + 0.1}}},
    }  # fmt: skip
    (folder / "mic").mkdir()
    (folder / "mic" / "one.json").write_text(json.dumps(record))


def test_unmeasured_is_said(assessment: Assessment) -> None:
    html = assessment_html(assessment)
    assert "probably (65–80 %)" in html and "people: 75 %" in html
    assert "What this model means by these words has not been measured." in html


def test_the_models_own_figure_its_count_and_the_gap(assessment: Assessment, tmp_path: Path) -> None:
    measured(tmp_path, canonical("probably"), 0.6)
    html = assessment_html(assessment)
    assert "this model: <b>60 %</b> (n = 43), gap -15 points" in html
    assert "judged by the model itself" in html


def test_a_hedge_matched_by_meaning_shows_its_similarity(assessment: Assessment) -> None:
    near = MarkerMatch(
        "<b>my gut says", 0, 14, "i think", 0.7, 0.6, 0.8, "nearest in meaning to “I think”", 0.713
    )
    html = assessment_html(replace(assessment, markers=(near,)))
    assert "&lt;b&gt;my gut says (60–80 %)" in html and "similarity 0.71" in html


@pytest.mark.parametrize(
    ("sentence", "mic", "shown", "model", "gap"),
    [
        ("It is unlikely.", 0.8, "unlikely (75–90 % that it is false)</b>, people: 80 % that it is false",
         "80 %</b> that it is false", "+0"),
        ("It is almost certainly not Rome.", 0.6, "almost certainly not (90–98 % that it is false)</b>, people: 95 %",
         "60 %</b> that it is false", "-35"),
        ("I'm not sure.", 0.4, "not sure (25–50 %)</b>, people: 40 %;", "40 %</b> (n = 43)", "+0"),
    ],
)  # fmt: skip
def test_the_panel_says_which_claim_a_percentage_is_about(
    assessment: Assessment, tmp_path: Path, sentence: str, mic: float, shown: str, model: str, gap: str
) -> None:
    markers = find_markers(sentence)
    measured(tmp_path, markers[0].marker, mic)
    html = assessment_html(replace(assessment, markers=markers))
    assert shown in html and f"this model: <b>{model}" in html and f"gap {gap} points" in html


def test_the_sentences_of_a_long_answer_say_it_too(assessment: Assessment) -> None:
    text = "Rain is unlikely. It is likely to freeze."
    claims = (Claim((0, 17)), Claim((18, 41)))
    html = assessment_html(
        replace(assessment, evidence=Evidence(assessment.evidence.question, Answer(text), claims=claims))
    )
    assert "“unlikely” 75–90 % that it is false" in html
    assert "“It is likely” 67–80 %<" in html
