"""The record of a run: what was written before is read, and written again to the same bytes."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from chains.engines.scripted import ScriptedChatModel
from chains.settings import Settings
from estimators.abstention import deciding
from estimators.serialization import BadRecord
from evaluation.questions.reader import AskedQuestion
from evaluation.runs.asking import OWN, QUESTIONS, SAME, record, run_header
from evaluation.runs.reader import read_run
from evaluation.runs.record import Record, RunHeader
from evaluation.runs.writer import open_run_file
from files.json_lines import json_line

# Written by `python -m evaluation run` before a record had a declaration of its own.
WRITTEN = Path(__file__).with_name("first_schema.jsonl")
HEADER, *LINES = WRITTEN.read_text(encoding="utf-8").splitlines(keepends=True)
# What differs from one run to the next.
CHANGING = ("created", "seconds", "versions", "costs")


def renamed(text: str) -> str:
    """What was written, with the two settings of that time that have another name now."""
    return text.replace('"hedge": true, "instruct": true', '"asking": "hedged", "system": ""')


@pytest.mark.parametrize("line", LINES, ids=lambda line: str(json.loads(line)["id"]))
def test_a_record_is_written_as_it_was_read(line: str) -> None:
    assert json_line(Record.from_dict(json.loads(line)).to_dict()) == renamed(line)


def test_a_run_is_written_as_it_was_read(tmp_path: Path) -> None:
    run, copy = read_run(WRITTEN), tmp_path / "copy.jsonl"
    with open_run_file(copy, run.header, SAME) as file:
        for old in run.records:
            file.add(old)
        assert (file.done, file.failed) == ({"choice-1", "short-1", "open-1"}, {"bad-1"})
    assert copy.read_text(encoding="utf-8") == renamed(WRITTEN.read_text(encoding="utf-8"))


def stable(value: object) -> object:
    """A value without what differs from one run to the next."""
    if isinstance(value, dict):
        return {name: stable(inner) for name, inner in value.items() if name not in CHANGING}
    return [stable(inner) for inner in value] if isinstance(value, list) else value


def test_the_same_questions_get_the_same_records_again() -> None:
    settings = Settings(
        signals=("p_ic", "linguistic", "self_consistency", "numeric"), samples=1, closer=2, top_logprobs=3,
        max_tokens=20, asking="hedged",
    )  # fmt: skip
    asked = [
        AskedQuestion.model_validate({name: row[name] or () for name in ("choices", "answers")} | {
            name: row[name] for name in ("id", "domain", "question", "answer")
        })
        for row in map(json.loads, LINES)
    ]  # fmt: skip
    for line, question in list(zip(LINES, asked, strict=True))[:3]:  # the last one failed
        row = json.loads(json.dumps(record(ScriptedChatModel(), question, settings).to_dict()))
        old_row = json.loads(renamed(line))
        if not question.choices:  # another signal decides since, and is always there
            known = {signal["name"] for signal in old_row["assessment"]["signals"]}
            signals = row["assessment"]["signals"]
            row["assessment"]["signals"] = [signal for signal in signals if signal["name"] in known]
            decided = row["assessment"].pop("decision")
            assert {old_row["assessment"].pop("decision")["signal"], decided["signal"]} == set(
                deciding(False)
            )
        assert stable(row) == stable(old_row)
    header = run_header(ScriptedChatModel(), "questions.jsonl", asked, settings) | RunHeader(
        drawn=None, after=0, seed=3, judge=None, concurrency=1
    )
    old = json.loads(renamed(HEADER))["run"]
    assert list(header) == list(old)
    assert {**header, "machine": "", "date": ""} == {**old, "machine": "", "date": ""}


def test_fields_of_other_versions_are_ignored_and_missing_ones_have_their_default() -> None:
    assert Record.from_dict({"id": "a", "error": "timed out", "colour": "red"}) == Record(
        "a", error="timed out"
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"id": ""}, "id: string should have at least 1 character"),
        ({"correct": "yes"}, "correct: input should be a valid boolean"),
        ({"assessment": {"schema": "other/1"}}, "assessment.schema: "),
        ({"assessment": [1]}, "assessment: "),
    ],
)
def test_an_error_names_its_field(changes: dict[str, object], message: str) -> None:
    with pytest.raises(BadRecord, match=f"^{message}"):
        Record.from_dict({"id": "a", **changes})


def test_signals_are_found_by_name_also_in_a_copy() -> None:
    first = Record.from_dict(json.loads(LINES[0]))
    assert first.assessment is not None
    assert set(first.by_name) == {signal.name for signal in first.assessment.signals}
    assert replace(first, id="b").by_name == first.by_name


def test_a_run_on_our_own_questions_says_so() -> None:
    for named, name in (
        (QUESTIONS, OWN),
        (QUESTIONS / ".." / "data", OWN),
        (Path("mine/data"), "data"),
    ):
        assert run_header(ScriptedChatModel(), named, [], Settings())["questions"] == name
