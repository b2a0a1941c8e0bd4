"""Files that were started when ``builtin`` was another model are never mixed, and the way back is named."""

from pathlib import Path

import pytest

from chains.engines.scripted import ScriptedChatModel
from chains.model_files import TINY_SHA256
from evaluation.__main__ import main
from evaluation.commands import replies
from evaluation.mic.work import open_work
from evaluation.runs.record import RunHeader
from evaluation.runs.writer import open_run_file
from files.errors import BadFile

OLDER: RunHeader = {"model": "SmolLM2-135M-Instruct", "model_sha256": TINY_SHA256}
NOW: RunHeader = {"model": "Qwen", "model_sha256": "another"}


def test_a_run(tmp_path: Path) -> None:
    with open_run_file(tmp_path / "run.jsonl", OLDER, ("model", "model_sha256")):
        pass
    with (
        pytest.raises(
            BadFile, match=r"'SmolLM2-135M-Instruct', not 'Qwen'.*started with \(--model tiny\)\.$"
        ),
        open_run_file(tmp_path / "run.jsonl", NOW, ("model", "model_sha256")),
    ):
        pass


def test_the_work_of_a_marker_measurement(tmp_path: Path) -> None:
    open_work(tmp_path / "work.jsonl", OLDER)
    with pytest.raises(BadFile, match=r"holds replies from SmolLM2.*, but Qwen is open.*\(--model tiny\)\.$"):
        open_work(tmp_path / "work.jsonl", NOW)


def test_sampled_replies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def opened(spec: str) -> ScriptedChatModel:
        return ScriptedChatModel(metadata={"credence": {**NOW, "engine": "script"}})

    monkeypatch.setattr(replies, "open_chat_model", opened)
    questions, out = tmp_path / "questions.jsonl", tmp_path / "out.jsonl"
    questions.write_text('{"id": "a", "question": "Who?", "answers": ["me"]}\n')
    row = '{"id": "b", "question": "Who?", "style": "hedged", "seed": 1, "model": "SmolLM2-135M-Instruct", "text": "I"}\n'
    out.write_text(row)
    assert main(["replies", str(questions), str(out)]) == 2
    assert "line 1: a reply from SmolLM2-135M-Instruct, but Qwen is open now" in capsys.readouterr().err
    assert out.read_text() == row
    out.unlink()
    assert main(["replies", str(questions), str(out), "--samples", "1"]) == 0
    kept = out.read_text()
    assert main(["replies", str(questions), str(out), "--samples", "1"]) == 0 and out.read_text() == kept
