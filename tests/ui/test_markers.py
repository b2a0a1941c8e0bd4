"""The fold "In its words": human range, the model's own figure, the gap."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from chains import mic_files
from chains.pipeline import confidence_pipeline
from estimators.marker_stripping import canonical
from estimators.types import Assessment, MarkerMatch
from tests.chains.script import QUESTION, scripted
from ui.markers import markers_body


@pytest.fixture
def assessment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Assessment:
    monkeypatch.setenv("CREDENCE_DATA", str(tmp_path))
    monkeypatch.setattr(mic_files, "_shipped", lambda: iter(()))
    found = confidence_pipeline(scripted()).invoke(QUESTION).assessment
    assert found is not None and [match.text for match in found.markers] == ["probably"]
    return found


def test_unmeasured_says_how_to_measure(assessment: Assessment) -> None:
    html = markers_body(assessment)
    assert "probably (65–80 %)" in html and "people: 75 %" in html
    assert "not measured yet (python -m evaluation mic)" in html


def test_the_models_own_figure_its_count_and_the_gap(assessment: Assessment, tmp_path: Path) -> None:
    record = {
        "schema": "credence.mic/1", "model": "scripted", "model_sha256": None, "samples": 5,
        "questions": {"name": "short.jsonl", "n": 100}, "judge": {"name": "model"},
        "created": "2026-11-24T03:00:00+00:00",
        "domains": {"all": {canonical("probably"): {"mic": 0.6, "n": 43, "low": 0.5, "high": 0.7}}},
    }  # fmt: skip
    (tmp_path / "mic").mkdir()
    (tmp_path / "mic" / "one.json").write_text(json.dumps(record))
    html = markers_body(assessment)
    assert "this model: <b>60 %</b> (n = 43), gap -15 points" in html
    assert "judged by the model itself" in html


def test_a_hedge_matched_by_meaning_shows_its_similarity(assessment: Assessment) -> None:
    near = MarkerMatch(
        "<b>my gut says", 0, 14, "i think", 0.7, 0.6, 0.8, "nearest in meaning to “I think”", 0.713
    )
    html = markers_body(replace(assessment, markers=(near,)))
    assert "&lt;b&gt;my gut says (60–80 %)" in html and "similarity 0.71" in html
