"""What is kept of models: the choice for the next start, and how fast each answered."""

from dataclasses import replace
from pathlib import Path

import pytest

from chains.engines.scripted import ScriptedChatModel
from chains.models.remembered import remember, remembered
from chains.models.speeds import LAST, Speed, Speeds
from chains.pipeline.model_calls import ANSWER
from chains.pipeline.pipeline import confidence_pipeline
from chains.pipeline.turn import Turn
from estimators.types import Cost


def test_a_choice_is_kept_in_the_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDENCE_DATA", str(tmp_path / "data"))
    assert remembered() == ""
    remember("models/a.gguf")
    assert remembered() == "models/a.gguf"
    assert (tmp_path / "data" / "model.txt").read_text() == "models/a.gguf\n"


def test_a_folder_that_cannot_be_written_loses_only_the_choice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "data").write_text("a file")
    monkeypatch.setenv("CREDENCE_DATA", str(tmp_path / "data"))
    remember("tiny")
    assert remembered() == "" and "cannot be kept" in caplog.text


def answered(tokens: int | None, seconds: float) -> Turn:
    """An assessed turn whose answer cost this much."""
    turn = confidence_pipeline(ScriptedChatModel()).invoke("What is the capital of Australia?")
    assert turn.assessment is not None
    evidence = turn.assessment.evidence
    source = replace(evidence.provenance, costs={ANSWER: Cost(1, new_tokens=tokens, seconds=seconds)})
    assessment = replace(turn.assessment, evidence=replace(evidence, provenance=source))
    return replace(turn, assessment=assessment)


def test_the_speed_of_a_model_is_that_of_its_last_answers(tmp_path: Path) -> None:
    speeds = Speeds(tmp_path / "speeds.json")
    assert speeds.of("scripted", None) is None
    speeds.note(answered(10, 2.0))
    speeds.note(answered(50, 4.0))
    assert speeds.of("scripted", None) == Speed(10.0, 2)  # 60 tokens in 6 seconds
    assert speeds.of("another", None) is None
    assert Speeds(tmp_path / "speeds.json").of("scripted", None) == Speed(10.0, 2)
    turn = answered(20, 1.0)
    for _ in range(LAST):
        speeds.note(turn)
    assert speeds.of("scripted", None) == Speed(20.0, LAST)


def test_an_answer_without_a_cost_counts_nothing_and_a_damaged_file_holds_nothing(tmp_path: Path) -> None:
    file = tmp_path / "speeds.json"
    file.write_text('{"schema": "credence.speeds/1", "models": {"scripted": [[1]]}}')
    speeds = Speeds(file)
    speeds.note(answered(None, 2.0))
    speeds.note(answered(10, 0.0))
    assert speeds.of("scripted", None) is None
    without = Speeds(None)
    without.note(answered(10, 2.0))
    assert without.of("scripted", None) == Speed(5.0, 1)
