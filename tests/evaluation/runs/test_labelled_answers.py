"""The data of a calibration if older records hold signals that are now asked or read differently."""

import json
from pathlib import Path
from typing import Any

import pytest

from chains.assess import assess
from chains.engines.scripted import ScriptedChatModel
from chains.settings import Settings
from estimators.types import Assessment
from evaluation.runs.labelled_answers import read_labelled
from tests.evaluation.run_files import HEADER, write_run

SIGNALS = ("msp", "likert_third_label", "likert_third_expected", "likert_third_oc_label", "semantic_entropy")
QUESTION, CHOICES = "Which one flies?", ("dog", "wasp", "cow")


def record(assessment: dict[str, Any]) -> dict[str, Any]:
    return {
        "schema": 1, "id": "q", "domain": "", "question": QUESTION, "choices": CHOICES, "answer": 1, "answers": None,
        "correct": True, "graded_by": "option", "ungraded": "", "error": "", "assessment": assessment, "seconds": 0.5,
    }  # fmt: skip


def read(tmp_path: Path, assessment: dict[str, Any]) -> dict[str, float | None]:
    labelled = read_labelled(write_run(tmp_path / "run.jsonl", [record(assessment)], HEADER), signals=SIGNALS)
    return dict(labelled.answers[0].readings)


@pytest.fixture(scope="module")
def now() -> dict[str, Any]:
    current = assess(
        ScriptedChatModel(), QUESTION, choices=CHOICES, signals=SIGNALS, samples=3,
        settings=Settings(calibration="none"),
    )  # fmt: skip
    return json.loads(json.dumps(current.to_dict()))  # type: ignore[no-any-return]


def test_a_current_record_is_used_unchanged(tmp_path: Path, now: dict[str, Any]) -> None:
    stored = {signal.name: signal.confidence for signal in Assessment.from_dict(now).signals}
    assert read(tmp_path, now) == {name: stored[name] for name in SIGNALS}
    assert None not in stored.values()


def test_an_older_record_loses_signals_asked_differently_and_its_entropy_is_computed_again(
    tmp_path: Path, now: dict[str, Any]
) -> None:
    old = json.loads(json.dumps(now))
    prompts = old["evidence"]["provenance"]["prompts"]
    prompts["quoted"] = prompts.pop("quoted_without_options")
    entropy = next(signal for signal in old["signals"] if signal["name"] == "semantic_entropy")
    kept, entropy["confidence"] = entropy["confidence"], 0.123  # as it was normalised then
    labelled = read(tmp_path, old)
    assert labelled["likert_third_label"] is labelled["likert_third_expected"] is None
    assert labelled["semantic_entropy"] == kept
    assert labelled["msp"] is not None and labelled["likert_third_oc_label"] is not None
