"""The measurement that fits a model is found; a broken one is named and left out."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from chains.calibration import mic_store as mic_files
from chains.calibration.mic_store import load_mic
from estimators.markers.mic import MarkerConfidence
from estimators.markers.polarity import denies

LIKELY = {"mic": 0.61, "n": 43, "low": 0.5, "high": 0.7}


def record(**changes: Any) -> dict[str, Any]:
    return {
        "schema": "credence.mic/1", "model": "m", "model_sha256": "aa", "samples": 5,
        "questions": {"name": "short.jsonl", "sha256": "cc", "n": 100}, "judge": {"name": "embedding"},
        "created": "2026-11-24T03:00:00+00:00",
        "domains": {"all": {"likely": LIKELY, "perhaps": {"n": 4, "missing": "seen only 4 times"}}},
        **changes,
    }  # fmt: skip


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The person's own folder, with nothing shipped beside it."""
    monkeypatch.setenv("CREDENCE_DATA", str(tmp_path))
    monkeypatch.setattr(mic_files, "_shipped", lambda: iter(()))
    (tmp_path / "mic").mkdir()
    return tmp_path / "mic"


def test_an_entry_comes_back_as_it_was_measured(own: Path) -> None:
    (own / "m.json").write_text(json.dumps(record()))
    markers = load_mic("m")
    assert markers is not None
    assert markers.lookup("likely") == MarkerConfidence("likely", 0.61, 43, 0.5, 0.7)
    assert markers.lookup("perhaps").missing == "seen only 4 times"
    assert markers.source == "100 questions of short.jsonl, 5 samples each, judged by embeddings, 2026-11-24"


def test_the_checksum_decides_where_both_are_known_else_the_name(own: Path) -> None:
    (own / "m.json").write_text(json.dumps(record()))
    assert load_mic("another name", "aa") is not None
    assert load_mic("m", "bb") is None
    assert load_mic("m", None) is not None
    assert load_mic("another name", None) is None
    (own / "m.json").write_text(json.dumps(record(model_sha256=None, created="2026-11-25")))
    assert load_mic("m", "bb") is not None


def test_of_several_the_latest_counts_and_own_ones_before_shipped(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (own / "a.json").write_text(json.dumps(record(samples=20, created="2026-01-02")))
    (own / "b.json").write_text(json.dumps(record(samples=3, created="2026-01-01")))
    (own / "b.work.jsonl").write_text("not read")
    shipped = mic_files.MicFile.model_validate(record(samples=7, created="2027-01-01"))
    monkeypatch.setattr(mic_files, "_shipped", lambda: iter((shipped,)))
    markers = load_mic("m")
    assert markers is not None and "20 samples" in markers.source
    for file in own.iterdir():
        file.unlink()
    markers = load_mic("m")
    assert markers is not None and "7 samples" in markers.source


def test_a_domain_that_was_not_measured_has_no_markers(own: Path) -> None:
    (own / "m.json").write_text(json.dumps(record()))
    assert load_mic("m", domain="geography") is None


def test_without_a_folder_there_is_no_measurement(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDENCE_DATA", str(tmp_path / "none"))
    assert load_mic("a model that nobody ships") is None


@pytest.mark.parametrize(
    "text",
    [
        "{", "[]", "", "\x00",
        json.dumps(record(schema="credence.mic/2")),
        json.dumps(record(domains={"all": {"likely": {"n": 3}}})),  # neither a figure nor a reason
        json.dumps(record(domains={"all": {"likely": {**LIKELY, "low": 0.65}}})),
        json.dumps(record(domains={"all": {"likely": {**LIKELY, "mic": "high"}}})),
    ],
)  # fmt: skip
def test_a_broken_file_is_named_in_the_log_and_left_out(
    own: Path, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    (own / "bad.json").write_text(text)
    (own / "good.json").write_text(json.dumps(record()))
    with caplog.at_level(logging.WARNING):
        assert load_mic("m") is not None
    assert "bad.json" in caplog.text


def test_a_file_that_is_not_text_is_left_out(own: Path, caplog: pytest.LogCaptureFixture) -> None:
    (own / "bad.json").write_bytes(b"\xff\xfe\x00")
    assert load_mic("m") is None
    assert "bad.json" in caplog.text


def test_every_shipped_measurement_can_be_read(caplog: pytest.LogCaptureFixture) -> None:
    shipped = list(mic_files._shipped())
    assert not caplog.text
    for measurement in shipped:
        assert measurement.model_sha256, "shipped ones are identified by their checksum"
        assert "all" in measurement.domains


def test_an_old_file_compares_a_denial_with_what_it_asserts(own: Path) -> None:
    old = record(
        domains={"all": {"unlikely": {"mic": 0.8, "n": 20, "low": 0.7, "high": 0.9}, "likely": LIKELY}}
    )
    (own / "m.json").write_text(json.dumps(old))  # its conf(s) is of the denial already: nothing to migrate
    markers = load_mic("m")
    assert markers is not None
    assert markers.lookup("unlikely").gap(0.2) == pytest.approx(0)
    assert markers.lookup("likely").gap(0.75) == pytest.approx(0.61 - 0.75)


def test_no_shipped_figure_is_of_a_marker_that_denies() -> None:
    for measurement in mic_files._shipped():
        figures = {
            m
            for entries in measurement.domains.values()
            for m, entry in entries.items()
            if entry.mic is not None
        }
        assert figures and not any(map(denies, figures)), "re-judge it: how denials are stripped has changed"
