"""Reading the replies of a run again: only signals that are computed differently change, and no model is asked."""

import copy
import json
from pathlib import Path

import pytest

from evaluation.__main__ import main
from evaluation.runs.reader import read_run
from tests.evaluation.run_files import HEADER, records, write_run


def test_a_run_of_this_version_reads_as_before(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    failed = {"schema": 1, "id": "x", "error": "the server is gone", "assessment": None}
    path = write_run(tmp_path / "run.jsonl", [*records(12), failed], HEADER)
    assert main(["reread", str(path), "--out", str(tmp_path / "now.jsonl")]) == 0
    assert "No signal changed" in capsys.readouterr().out
    before, now = read_run(path), read_run(tmp_path / "now.jsonl")
    assert [record.by_name for record in now.records] == [record.by_name for record in before.records]
    assert [record.correct for record in now.records] == [record.correct for record in before.records]
    assert now.header.keys() - before.header.keys() == {"reread"}
    assert now.failed[0].error == "the server is gone"


def test_what_is_read_differently_is_replaced_and_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = copy.deepcopy(list(records(6)))
    signals = rows[2]["assessment"]["signals"]
    (numeric,) = [signal for signal in signals if signal["name"] == "numeric"]
    stated = numeric["confidence"]
    numeric.update(confidence=None, missing="an older version could not read it")
    signals.append({"name": "calibrated", "confidence": 0.5, "missing": ""})
    path = write_run(tmp_path / "run.jsonl", rows, HEADER)
    assert main(["reread", str(path), "--out", str(tmp_path / "now.jsonl")]) == 0
    assert capsys.readouterr().out.startswith("numeric: 1 answers changed\nwritten to")
    now = read_run(tmp_path / "now.jsonl").records[2].by_name
    assert now["numeric"].confidence == stated
    assert "calibrated" not in now


def test_signals_are_added_to_an_older_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_run(tmp_path / "run.jsonl", list(records(6)), HEADER)
    out = tmp_path / "now.jsonl"
    assert (
        main(["reread", str(path), "--out", str(out), "--signals", "key_rank, clustered_self_assessment"])
        == 0
    )
    printed = capsys.readouterr().out.splitlines()
    names = ["key_rank", "clustered_self_assessment"]
    assert printed[:2] == [f"{name}: added to 6 answers" for name in names]
    before, now = read_run(path).records, read_run(out).records
    assert {record.by_name["key_rank"].confidence for record in now} == {1.0}
    assert {record.by_name["clustered_self_assessment"].missing for record in now} == {
        "the model was not asked"
    }
    for record, after in zip(before, now, strict=True):
        assert set(after.by_name) - set(record.by_name) == set(names)
    assert main(["reread", str(path), "--out", str(tmp_path / "x"), "--signals", "nope"]) == 2
    assert "no signal named nope" in capsys.readouterr().err


def test_nothing_is_overwritten_and_a_bad_line_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_run(tmp_path / "run.jsonl", [{"id": "a", "assessment": {"schema": "other/1"}}], HEADER)
    assert main(["reread", str(path), "--out", str(path)]) == 2
    assert "already exists" in capsys.readouterr().err
    assert main(["reread", str(path), "--out", str(tmp_path / "now.jsonl")]) == 2
    assert f"{path}, line 2: assessment.schema: This record has schema 'other/1'" in capsys.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ["run.jsonl"]
    assert json.loads(path.read_text().splitlines()[1])["id"] == "a"


def test_answers_are_graded_again_if_asked_but_not_those_of_a_judge(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [dict(row) for row in copy.deepcopy(list(records(6)))]
    right = [row["correct"] for row in rows]
    for row in rows[:2]:
        row["correct"] = not row["correct"]
    rows[1]["graded_by"] = "judge"
    path = write_run(tmp_path / "run.jsonl", rows, HEADER)
    assert main(["reread", str(path), "--out", str(tmp_path / "as-it-was.jsonl")]) == 0
    assert [r.correct for r in read_run(tmp_path / "as-it-was.jsonl").records] == [r["correct"] for r in rows]
    capsys.readouterr()
    assert main(["reread", str(path), "--grade", "--out", str(tmp_path / "graded.jsonl")]) == 0
    assert "grades: 1 answers changed" in capsys.readouterr().out
    now = [record.correct for record in read_run(tmp_path / "graded.jsonl").records]
    assert now == [right[0], not right[1], *right[2:]]
