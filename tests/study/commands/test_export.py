"""The export by hand on walked sessions, harmless in a spreadsheet, and read back as it was."""

import csv
import io
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest import approx

from study.__main__ import main
from study.session.service import Study
from study.tables.codebook import CODEBOOK, TABLES, codebook
from study.tables.columns import KINDS, Column
from study.tables.export import codebook_lines, table_lines, table_rows
from study.tables.tidy_files import BadData, csv_lines, harmless, jsonl_lines, read_table, restored
from study.tables.tidy_rows import Session, trial_rows
from study.tables.trial_row import TRIALS
from tests.study.studies import design_text, honest, running, submission, walk, write_study

CHECK = "attention_checks:\n  - {id: c1, after: 1, question: choose alpha, options: [alpha, beta], expected: alpha}\n"
TRUST = "questionnaires:\n  - {template: trust}\n"


def said(answers: dict[str, Any]) -> Any:
    """Valid values, except in the named phases."""
    return lambda screen: honest(screen) | answers.get(screen.phase or screen.kind, {})


def exported(study: Study, table: str = "trials", with_ids: bool = False) -> list[dict[str, Any]]:
    return list(table_rows(study.store, "small", table, with_ids))


def test_own_answer_first_by_hand(tmp_path: Path) -> None:
    scale = "confidence_scale: {low: 50, high: 100}\n"
    with running(tmp_path, design_text(more=scale + CHECK)) as study:
        walk(
            study,
            values=said(
                {"own": {"answer": "alpha", "confidence": 60}, "final": {"answer": "beta", "confidence": 100}}
            ),
        )
        rows = exported(study)
    assert [row["trial"] for row in rows] == [1, 2, 3, 4]
    for row in rows:
        right = row["item"] in ("q0", "q2")  # there the AI says alpha, which is right; else beta
        assert (row["ai_answer"], row["ai_correct"]) == (("A. alpha", True) if right else ("B. beta", False))
        assert row["ai_answer_length"] == len(row["ai_answer"])
        assert (row["own_correct"], row["own_agrees"], row["own_confidence"]) == (True, right, approx(0.6))
        assert (row["final_correct"], row["final_agrees"], row["final_confidence"]) == (False, not right, 1.0)
        assert (row["confidence_scale"], row["own_slider"], row["final_slider"]) == ("probability", 60, 100)
        assert (row["relied"], row["outcome_correct"]) == (not right, False)
        assert row["seconds"] == approx(row["own_seconds"] + row["final_seconds"])
        assert row["status"] == "completed" and row["timed_out"] is False and row["accepted"] is None
        assert row["began"] < row["ended"]
        assert row["shows"] == {"plain": None, "numbers": "token-number"}[row["condition"]]


def test_accept_or_reject_by_hand(tmp_path: Path) -> None:
    with running(tmp_path, design_text("accept-reject")) as study:
        walk(study, values=said({"decide": {"accept": True}}))
        rows = exported(study)
    for row in rows:
        right = row["item"] in ("q0", "q2")
        assert (row["accepted"], row["relied"], row["outcome_correct"]) == (True, True, right)
        assert row["own_answer"] is None and row["own_seconds"] is None
        assert row["seconds"] == row["final_seconds"]


def test_annotation_by_hand(tmp_path: Path) -> None:
    with running(
        tmp_path, design_text("annotation", more="annotation: {overlap: 2, items_each: 4}\n")
    ) as study:
        walk(study, values=said({"label": {"correct": "wrong", "strength": 35}}))
        rows = exported(study)
    assert [(row["label_correct"], row["label_strength"]) for row in rows] == [("wrong", 35)] * 4
    assert {row["relied"] for row in rows} == {None}


def test_an_unfinished_trial_is_exported_without_its_end(tmp_path: Path) -> None:
    with running(tmp_path, design_text()) as study:
        token, screen = walk(study, until="trial-02.final")
        study.leave(token, screen.participant)
        rows = exported(study)
    assert [row["trial"] for row in rows] == [1, 2]
    assert rows[1]["own_answer"] == "alpha" and rows[1]["ai_answer"]
    assert {rows[1][name] for name in ("final_answer", "relied", "seconds", "ended")} == {None}
    assert {row["status"] for row in rows} == {"left"}


def test_clicks_changes_and_lost_focus_are_counted_by_trial(tmp_path: Path) -> None:
    with running(tmp_path, design_text()) as study:
        token, screen = walk(study, until="trial-01.final")
        kinds = ("change", "change", "focus-lost", "hidden", "click")
        seen = [
            {"id": f"e{n}", "kind": kind, "screen": screen.id, "data": {}} for n, kind in enumerate(kinds)
        ]
        for _ in range(2):  # sent twice, stored once
            study.answer(token, screen.participant, screen.id, submission(), honest(screen), seen)
        rows = exported(study)
        events = exported(study, "events")
    assert [(row["changes"], row["focus_lost"]) for row in rows] == [(2, 2), (0, 0)]
    assert [row["kind"] for row in events].count("change") == 2
    assert [row["event"] for row in events] == sorted(row["event"] for row in events)


def test_forms_have_a_row_for_every_question(tmp_path: Path) -> None:
    with running(tmp_path, design_text(more=CHECK + TRUST)) as study:
        walk(study, values=said({"check": {"answer": "beta"}}))
        rows = exported(study, "answers")
    by_field = {(row["screen"], row["field"]): row for row in rows}
    assert by_field["consent", "agree"]["value"] == "true"
    assert (
        by_field["check-c1", "answer"]["value"] == "beta"
        and by_field["check-c1", "answer"]["passed"] is False
    )
    assert by_field["questionnaire-trust", "reliable"]["value"] == "4"
    assert {row["screen_kind"] for row in rows} == {"consent", "check", "questionnaire"}


def test_ids_are_in_no_table_unless_asked_for_and_withdrawal_leaves_a_bare_line(tmp_path: Path) -> None:
    with running(tmp_path, design_text(options=False)) as study:
        walk(study, {"PROLIFIC_PID": "person-1"})
        token, screen = walk(
            study, {"PROLIFIC_PID": "person-2"}, said({"own": {"answer": "my secret"}}), "trial-02.final"
        )
        study.withdraw(token, screen.participant)
        everything = {table: exported(study, table) for table in TABLES}
        with_ids = exported(study, "participants", with_ids=True)
    text = json.dumps(everything)
    assert "person-1" not in text and "person-2" not in text and "my secret" not in text
    assert [row["external_id"] for row in with_ids] == ["person-1", None]
    assert [row["status"] for row in with_ids] == ["completed", "withdrawn"]
    assert len(everything["trials"]) == 4


def test_the_design_files_hash_is_in_every_row(tmp_path: Path) -> None:
    with running(tmp_path, design_text()) as study:
        walk(study)
        for table in TABLES:
            assert {row["design_sha256"] for row in exported(study, table)} == {study.sha256}, table


def test_the_codebook_names_every_column_and_the_tables_have_no_other(tmp_path: Path) -> None:
    with running(tmp_path, design_text(more=CHECK + TRUST)) as study:
        walk(study)
        for table, columns in TABLES.items():
            names = [column.name for column in columns]
            assert len(set(names)) == len(names)
            assert all(list(row) == names or set(row) == set(names) for row in exported(study, table)), table
            head = next(table_lines(study.store, "small", table, "csv")).strip().split(",")
            assert head == names
    lines = list(csv.DictReader(io.StringIO("".join(codebook_lines("csv")))))
    assert [tuple(lines[0])] == [CODEBOOK]
    assert len(lines) == sum(map(len, TABLES.values()))
    assert all(line["meaning"] and line["values"] for line in codebook())
    assert {column.kind for columns in TABLES.values() for column in columns} <= set(KINDS)


def test_the_command_writes_every_table_twice_and_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENCE_STUDY_DATABASE", f"sqlite:///{tmp_path / 'data.sqlite'}")
    with running(tmp_path, design_text(options=False), f"sqlite:///{tmp_path / 'data.sqlite'}") as study:
        walk(study, values=said({"final": {"answer": "=1+1"}}))
    out = tmp_path / "out"
    assert main(["export", str(tmp_path / "study.yaml"), "--out", str(out)]) == 0
    assert sorted(file.name for file in out.iterdir()) == sorted(
        f"{name}.{ending}" for name in (*TABLES, "codebook") for ending in ("csv", "jsonl")
    )
    for table, columns in TABLES.items():
        assert list(read_table(out / f"{table}.csv", columns)) == list(
            read_table(out / f"{table}.jsonl", columns)
        )
    text = (out / "trials.csv").read_text(encoding="utf-8")
    again = list(csv.reader(io.StringIO(text, newline="")))
    for separator in ";\t":  # as spreadsheets save it in other countries
        with (tmp_path / "saved.csv").open("w", newline="", encoding="utf-8-sig") as file:
            csv.writer(file, delimiter=separator).writerows(again)
        assert list(read_table(tmp_path / "saved.csv", TRIALS)) == list(
            read_table(out / "trials.csv", TRIALS)
        )
    assert "'=1+1" in (out / "trials.csv").read_text() and '"=1+1"' in (out / "trials.jsonl").read_text()


def test_nothing_to_export_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CREDENCE_STUDY_DATABASE", f"sqlite:///{tmp_path / 'data.sqlite'}")
    write_study(tmp_path, design_text())
    for command in ("export", "analyse"):
        out = tmp_path / ("out" if command == "export" else "out.html")
        assert main([command, str(tmp_path / "study.yaml"), "--out", str(out)]) == 2
        assert re.search(r"Nobody has taken part|has no trials yet", capsys.readouterr().err)
        assert not out.exists()


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", " =1", "\u00a0=1", "\n=1", "'", "'=1"]
)
def test_what_a_spreadsheet_would_run_begins_with_an_apostrophe(text: str) -> None:
    assert harmless(text)[0] == "'" and restored(harmless(text)) == text


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), max_size=5))
def test_every_text_comes_back_from_both_files(texts: list[str]) -> None:
    columns = [Column("text", "text", ""), Column("n", "whole", "")]
    rows = [{"text": text or None, "n": place} for place, text in enumerate(texts)]
    cells = list(csv.DictReader(io.StringIO("".join(csv_lines(columns, rows)), newline=""), strict=True))
    assert [restored(cell["text"]) or None for cell in cells] == [row["text"] for row in rows]
    assert not any(
        cell["text"].lstrip(" \u00a0\ufeff\n").startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells
    )
    assert [json.loads(line) for line in jsonl_lines(columns, rows)] == rows


def test_numbers_keep_their_minus_and_their_digits() -> None:
    columns = [
        Column("a", "number", ""),
        Column("b", "share", ""),
        Column("c", "yes/no", ""),
        Column("d", "whole", ""),
    ]
    lines = list(csv_lines(columns, [{"a": -0.5, "b": 0.1 + 0.2, "c": False, "d": None}]))
    assert lines[1] == "-0.5,0.30000000000000004,0,\r\n"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace("final_confidence", "other", 1), "line 2: the column final_confidence is missing"),
        (lambda text: text.replace(",0.5,", ",half,", 1), "own_confidence is 'half', but must be: number from 0 to 1"),
        (lambda text: text.splitlines()[0] + "\nsmall,1\n", "line 2: the number of cells does not match the header"),
    ],
)  # fmt: skip
def test_a_file_that_was_spoilt_is_named_with_line_and_column(tmp_path: Path, change: Any, said: str) -> None:
    row = {column.name: None for column in TRIALS} | {"study": "small", "own_confidence": 0.5}
    path = tmp_path / "trials.csv"
    path.write_text(change("".join(csv_lines(TRIALS, [row]))), newline="")
    with pytest.raises(BadData, match=re.escape(said)):
        list(read_table(path, TRIALS))
    with pytest.raises(BadData, match="There is no file"):
        list(read_table(tmp_path / "none.csv", TRIALS))


def test_a_confidence_off_its_scale_is_missing_not_wrong() -> None:
    @dataclass
    class Row:
        kind: str
        payload: str
        id: int = 1
        participant: str | None = "p"
        screen: str | None = "trial-01.final"
        client_time: str | None = None
        server_time: str = "2026-01-01T00:00:00.000Z"

    shown = Row("shown", json.dumps({"trial": 1, "condition": "plain", "item": "q"}))
    answer = Row("answer", json.dumps({"values": {"answer": "x", "confidence": 140}, "seconds": 1.0}))
    session = Session("small", "0" * 64, "p", "completed", 0, "own-answer-first")
    row = trial_rows(session, [shown, answer])[0]
    assert row["final_confidence"] is None and row["final_slider"] == 140 and row["final_answer"] == "x"
