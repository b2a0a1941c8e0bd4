"""Question files as sources of a calibration and of sampled replies."""

import json
from pathlib import Path

import pytest

from evaluation.__main__ import main
from evaluation.calibration.sources import SourceKind, source_kind


def test_a_test_set_without_answers_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CREDENCE_DATA", str(tmp_path))
    row = {"choices": {"text": ["dog", "bee"], "label": ["A", "B"]}, "answerKey": ""}
    path = tmp_path / "arc.jsonl"
    path.write_text("".join(json.dumps({**row, "question": f"{n}?"}) + "\n" for n in range(30)))
    assert main(["calibrate", str(path), "--model", "scripted"]) == 2
    printed = capsys.readouterr().err
    assert "ARC layout, 30 questions; none has a right answer" in printed
    assert "has 0 questions with a right answer" in printed and "use its validation set" in printed


def test_a_source_is_recognised_by_what_it_holds_and_not_by_its_ending(tmp_path: Path) -> None:
    path = tmp_path / "list.jsonl"
    path.write_text(json.dumps([{"question": f"{n}?", "answer": ["x"]} for n in range(22)], indent=1))
    assert source_kind(path) == SourceKind("questions", 22, 0, 22, told="NQ-open layout, 22 questions")


def test_replies_are_sampled_for_a_file_of_any_layout(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked, out = tmp_path / "nq.csv", tmp_path / "out.jsonl"
    asked.write_bytes(b'\xef\xbb\xbfquestion,answer\r\nWho?,"[""Ann""]"\r\n')
    command = ["replies", str(asked), str(out), "--model", "scripted", "--samples", "2"]
    assert main(command) == 0 and main(command) == 0  # what is there is not asked again
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert sorted((row["question"], row["seed"]) for row in rows) == [("Who?", 1), ("Who?", 2)]
    assert len({row["id"] for row in rows}) == 1
    assert "NQ-open layout, 1 question" in capsys.readouterr().err
