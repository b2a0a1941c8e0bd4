"""Run files: reading them, and errors with line numbers."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from evaluation.runs.labelled_answers import is_run
from evaluation.runs.reader import is_records, read_run
from files.errors import BadFile
from tests.evaluation.run_files import HEADER, records, write_run

ROWS = records(6)
FAILED = {"schema": 1, "id": "q-9", "domain": "arc", "error": "timed out", "assessment": None}
UNGRADED = {**ROWS[5], "correct": None, "ungraded": "two letters"}


def changed(row: Any, **changes: Any) -> Any:
    copy = json.loads(json.dumps(row))
    for path, value in changes.items():
        *places, last = path.split("__")
        inside = copy
        for place in places:
            inside = inside[int(place) if place.isdigit() else place]
        inside[last] = value
    return copy


def test_a_run_is_read(tmp_path: Path) -> None:
    run = read_run(write_run(tmp_path / "small.jsonl", [*ROWS[:5], UNGRADED, FAILED], HEADER))
    assert (run.name, run.model, run.cut) == ("small", "simulated", 0)
    assert (len(run.records), len(run.graded), len(run.ungraded), len(run.failed)) == (7, 5, 1, 1)
    first = run.records[0]
    assert first.right == f"{'ABCD'[ROWS[0]['answer']]}. {ROWS[0]['choices'][ROWS[0]['answer']]}"
    assert first.said == ROWS[0]["assessment"]["evidence"]["answer"]["text"]
    written = {signal["name"]: signal["confidence"] for signal in ROWS[0]["assessment"]["signals"]}
    assert {name: signal.confidence for name, signal in first.by_name.items()} == written
    assert run.signals == tuple(written)


def test_a_gzipped_run_is_read(tmp_path: Path) -> None:
    plain = write_run(tmp_path / "small.jsonl", ROWS, HEADER)
    packed = tmp_path / "small.jsonl.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert read_run(packed).records == read_run(plain).records
    assert read_run(packed).name == "small"
    assert is_records(packed) and is_run(packed)


def test_the_model_is_named_by_the_records_too(tmp_path: Path) -> None:
    assert read_run(write_run(tmp_path / "a.jsonl", ROWS)).model == "scripted"
    assert read_run(write_run(tmp_path / "b.jsonl", [FAILED])).model == ""


def test_a_last_line_that_broke_off_is_left_out_and_counted(tmp_path: Path) -> None:
    file = write_run(tmp_path / "cut.jsonl", ROWS, HEADER)
    whole = file.read_bytes()
    file.write_bytes(whole[:-700])
    run = read_run(file)
    assert (len(run.records), run.cut) == (5, 1)
    file.write_bytes(whole.rstrip(b"\n"))  # only the line's end is missing: the record is whole
    assert (len(read_run(file).records), read_run(file).cut) == (6, 0)


def test_a_broken_line_in_the_middle_is_an_error(tmp_path: Path) -> None:
    file = write_run(tmp_path / "broken.jsonl", ROWS)
    lines = file.read_text().splitlines()
    file.write_text("\n".join([lines[0], lines[1][:50], *lines[2:]]) + "\n")
    with pytest.raises(BadFile, match=r"broken.jsonl, line 2: not JSON"):
        read_run(file)


def test_a_question_asked_again_after_an_error_counts_once(tmp_path: Path) -> None:
    failed = {**FAILED, "id": "q-0"}
    run = read_run(write_run(tmp_path / "again.jsonl", [failed, *ROWS]))
    assert len(run.records) == 6 and not run.failed
    with pytest.raises(BadFile, match="line 7: the id 'q-0' is already used on line 1"):
        read_run(write_run(tmp_path / "twice.jsonl", [*ROWS, ROWS[0]]))


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (changed(ROWS[0], schema=2), "line 2: schema is 2; this version of Credence reads run records with schema 1"),
        (changed(ROWS[0], id=""), "line 2: id: string should have at least 1 character"),
        (changed(ROWS[0], domain="all"), 'line 2: a domain cannot be named "all"'),
        (changed(ROWS[0], correct="yes"), "line 2: correct: input should be a valid boolean"),
        (changed(ROWS[0], assessment__schema="credence.assessment/9"), "line 2: assessment.schema: "),
        (changed(ROWS[0], assessment__signals__0__confidence=1.5), r"assessment.signals.0: .*1.5 is not in \[0, 1\]"),
        (changed(ROWS[0], assessment__signals__0__confidence=None), "either a value or the reason"),
        (changed(ROWS[0], assessment=None), "line 2: neither an assessment nor an error"),
        ([1], "line 2: not a JSON object"),
    ],
)  # fmt: skip
def test_errors_name_their_line_and_field(tmp_path: Path, row: Any, message: str) -> None:
    with pytest.raises(BadFile, match=message) as error:
        read_run(write_run(tmp_path / "run.jsonl", [row], HEADER))
    assert "run.jsonl" in str(error.value) and "\n" not in str(error.value)


def test_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="There is no file"):
        read_run(tmp_path / "none.jsonl")
    with pytest.raises(BadFile, match="contains no records"):
        read_run(write_run(tmp_path / "empty.jsonl", [], HEADER))


def test_one_domain(tmp_path: Path) -> None:
    run = read_run(write_run(tmp_path / "run.jsonl", ROWS, HEADER))
    assert {record.domain for record in run.within("arc").records} == {"arc"}
    with pytest.raises(BadFile, match="no question of the domain 'law'; its domains are arc, csqa"):
        run.within("law")
