"""What a turn costs, measured with a scripted model."""

import json
from pathlib import Path

import pytest

pytest.importorskip("benchmarks.speed", reason="benchmarks are not in the wheel")

from benchmarks.speed import turns
from benchmarks.speed.questions import AGREE, CHOICE, DISAGREE, LINE, PARAGRAPH
from chains.engines.scripted import ScriptedChatModel
from tests.chains.script import OPTION_SIGNALS, scripted

ASKED = [(question, way) for question in (LINE, PARAGRAPH, CHOICE) for way in turns.WAYS]


def test_a_run_ends_and_writes_every_value(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "turns.json"
    arguments = ["--model", "scripted", "--repeats", "2", "--checks", "1", "--json", str(file)]
    assert turns.main(arguments) == 0
    rows = json.loads(file.read_text())["rows"]
    assert sorted((row["question"], row["way"], len(row["runs"])) for row in rows) == sorted(
        [
            *((question, way, 2) for question, way in ASKED),
            *((question, way, 1) for question in (AGREE, DISAGREE) for way in turns.CHECKS),
        ]
    )
    out = capsys.readouterr().out
    assert f"| {LINE} | {turns.ALONE} | 2 |" in out and "processors" in out


def test_the_panel_is_the_default_one_and_the_answer_alone_asks_nothing_more() -> None:
    model = scripted()
    alone, _ = turns.ask(model, "Which one flies?\nA. dog\nB. bee", turns.ALONE)
    run, turn = turns.ask(model, "Which one flies?\nA. dog\nB. bee", turns.PANEL)
    assert alone.calls == 1
    assert run.calls == 1 + len(turn.probes) > 4
    assert set(turns.signal_names(turn)) == set(OPTION_SIGNALS)


def test_a_check_counts_only_what_it_adds() -> None:
    model = ScriptedChatModel()
    run = turns.check(model, "What is the capital of Australia?", turns.CHECKS[turns.CHECK])
    received = len(model.received)
    answer_and_panel = 1 + 4
    assert run.calls == received - answer_and_panel
    assert run.calls >= 10 == run.samples


def test_a_check_of_the_page_stops_once_samples_agree() -> None:
    run = turns.check(
        ScriptedChatModel(), "What is the capital of Australia?", turns.CHECKS[turns.EARLY_CHECK]
    )
    assert run.samples == 4  # of the same meaning: it stays ahead with a probability of 97 %
    assert run.calls <= 4 + 3


def test_no_question_is_asked_twice() -> None:
    model = ScriptedChatModel()
    turns.measure(model, 1, 1)
    first = {str(messages[0].text) for messages in model.received if len(messages) == 1}
    numbers = [text.split(":")[0] for text in first if text.startswith("Question ")]
    assert len(set(numbers)) == 1 + len(ASKED) + 4  # the warm-up, every way, two checks of two questions


def test_an_engine_that_is_not_there_ends_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LLAMA_SERVER", "wheel")
    assert turns.main(["--model", "tiny", "--engine", "native"]) == 1
    assert capsys.readouterr().err.startswith("credence: There is no llama-server on this machine.")
