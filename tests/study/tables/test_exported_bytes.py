"""The exported trials and the codebook of recorded sessions stay the same, byte for byte."""

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from study.design.parts import Scale
from study.tables.export import codebook_lines
from study.tables.tidy_files import csv_lines, jsonl_lines, read_table
from study.tables.tidy_rows import Session, trial_rows
from study.tables.trial_row import TRIALS

SESSIONS = Path(__file__).parent / "sessions"  # one session of each flow: live, timed out, unfinished, cut
LINES = {"csv": csv_lines, "jsonl": jsonl_lines}


def recorded(name: str) -> str:
    return (SESSIONS / name).read_bytes().decode("utf-8")


def exported() -> Iterator[dict[str, Any]]:
    """The trials of all sessions."""
    for number, line in enumerate(recorded("sessions.jsonl").splitlines(), 1):
        stored = json.loads(line)
        session = Session(
            "small", "ab" * 32, f"p{number}", stored["status"], stored["checks_failed"], stored["flow"],
            Scale(**stored["scale"]), stored["options"], stored["condition"],
        )  # fmt: skip
        events = [
            SimpleNamespace(**event | {"payload": json.dumps(event["payload"])}) for event in stored["events"]
        ]
        yield from trial_rows(session, events)


@pytest.mark.parametrize("ending", LINES)
def test_trials_are_written_as_before(ending: str) -> None:
    assert "".join(LINES[ending](TRIALS, exported())) == recorded(f"trials.{ending}")


@pytest.mark.parametrize("ending", LINES)
def test_the_codebook_is_written_as_before(ending: str) -> None:
    assert "".join(codebook_lines(ending)) == recorded(f"codebook.{ending}")


def test_both_files_are_read_as_the_same_trials() -> None:
    tables = [list(read_table(SESSIONS / f"trials.{ending}", TRIALS)) for ending in LINES]
    assert tables[0] == tables[1] and len(tables[0]) == 28
