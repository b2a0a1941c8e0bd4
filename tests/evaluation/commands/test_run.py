"""Runs over question files: records, failures, resuming after kill -9, and the embedded model."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.outputs import ChatGenerationChunk
from pydantic import PrivateAttr

from chains.engines.scripted import DEMONSTRATION, ScriptedChatModel, ScriptedReply
from estimators.types import Assessment
from evaluation.__main__ import main
from evaluation.questions.reader import AskedQuestion
from evaluation.runs import asking

BEE = {"id": "bee", "domain": "life", "question": "Which one flies?", "choices": ["dog", "bee"], "answer": 1}
CITY = {
    "id": "city",
    "domain": "geo",
    "question": "What is the capital of Australia?",
    "answers": ["Canberra"],
}
OPEN = {"id": "open", "domain": "geo", "question": "What should Australia's capital be?"}


def write(path: Path, *rows: object) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def records(path: Path) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """The header and the last record of every id."""
    header, *rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return header["run"], {row["id"]: row for row in rows}


def test_a_record_holds_the_assessment_and_its_grade(tmp_path: Path) -> None:
    out = tmp_path / "run.jsonl"
    asked = write(tmp_path / "mine.jsonl", BEE, CITY, OPEN)
    assert main(["run", asked, "--model", "scripted", "--out", str(out), "--seed", "7"]) == 0
    header, rows = records(out)
    assert (header["model"], header["engine"], header["questions"], header["seed"]) == (
        "scripted",
        "script",
        "mine.jsonl",
        7,
    )
    assert {name: (row["correct"], row["graded_by"]) for name, row in rows.items()} == {
        "bee": (True, "option"), "city": (True, "contained"), "open": (None, ""),
    }  # fmt: skip
    assert rows["open"]["ungraded"] == "the question file has no right answer to it"
    assessment = Assessment.from_dict(rows["bee"]["assessment"])
    assert assessment.evidence.options == ("dog", "bee")
    assert assessment.evidence.provenance.seed == 7
    assert assessment.evidence.provenance.options["asking"] == "as_typed"
    assert assessment.evidence.provenance.cost.prompt_tokens is not None
    assert rows["bee"]["seconds"] > 0
    p_ic = assessment.signal("p_ic")
    assert p_ic is not None and p_ic.confidence == pytest.approx(0.62 / 0.92)  # B 0.62 against A 0.30


class Failing(ScriptedChatModel):
    """Fails at questions that say so, as long as it is told to."""

    _broken: bool = PrivateAttr(default=True)

    def _stream(self, messages: Any, *arguments: Any, **options: Any) -> Iterator[ChatGenerationChunk]:
        if self._broken and "fail" in str(messages[-1].text):
            raise RuntimeError("the server hung up")
        yield from super()._stream(messages, *arguments, **options)


def test_a_failed_question_is_recorded_and_can_be_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    model = Failing()
    monkeypatch.setattr(asking, "open_chat_model", lambda *_, **__: model)
    out = tmp_path / "run.jsonl"
    asked = write(tmp_path / "mine.jsonl", BEE, {**OPEN, "id": "bad", "question": "Will it fail?"}, CITY)
    command = ["run", asked, "--out", str(out)]
    assert main(command) == 1
    assert "1 failed" in capsys.readouterr().err
    _, rows = records(out)
    assert rows["bad"]["error"] == "RuntimeError: the server hung up" and rows["bad"]["assessment"] is None
    assert [row["error"] for name, row in rows.items() if name != "bad"] == ["", ""]

    model._broken = False
    before = out.read_text()
    assert main(command) == 1 and out.read_text() == before  # nothing is asked twice unasked
    assert main([*command, "--retry"]) == 0
    _, rows = records(out)
    assert rows["bad"]["error"] == "" and rows["bad"]["assessment"]
    assert len(out.read_text().splitlines()) == 1 + 3 + 1


def test_a_dead_server_ends_the_run_and_keeps_what_was_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(asking, "open_chat_model", lambda *_, **__: Failing())
    out = tmp_path / "run.jsonl"
    rows = [{**OPEN, "id": str(place), "question": f"Will {place} fail?"} for place in range(30)]
    assert (
        main(["run", write(tmp_path / "m.jsonl", BEE, *rows), "--out", str(out), "--concurrency", "1"]) == 2
    )
    assert "10 questions failed in a row" in capsys.readouterr().err
    assert len(records(out)[1]) == 12  # the bee, ten that failed, and the one that was being asked


class Meeting(ScriptedChatModel):
    """Answers only when as many callers as its barrier wants are there at once."""

    _barrier: Any = PrivateAttr(default=None)

    def _stream(self, messages: Any, *arguments: Any, **options: Any) -> Iterator[ChatGenerationChunk]:
        self._barrier.wait(30)
        yield from super()._stream(messages, *arguments, **options)


def test_questions_are_asked_at_once_as_far_as_concurrency_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = Meeting()
    model._barrier = threading.Barrier(3)
    monkeypatch.setattr(asking, "open_chat_model", lambda *_, **__: model)
    rows = [{**OPEN, "id": str(place)} for place in range(6)]
    out = tmp_path / "run.jsonl"
    command = ["run", write(tmp_path / "m.jsonl", *rows), "--out", str(out), "--concurrency", "3"]
    assert (
        main([*command, "--signals", "sequence_probability"]) == 0
    )  # one call a question: two meetings of three
    assert len(records(out)[1]) == 6


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (["--seed", "5"], "was started with settings"),
        (["--signals", "msp"], "was started with settings"),
        (["--model", "other"], "was started with model 'scripted'"),
        (["--questions"], "was started with questions_sha256"),
    ],
)
def test_another_run_is_not_mixed_into_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], change: list[str], message: str
) -> None:  # fmt: skip
    about = {"credence": {"model": "other", "engine": "script", "model_sha256": None}}
    options: dict[str, Any] = {"metadata": about} if "other" in change else {}
    monkeypatch.setattr(asking, "open_chat_model", lambda *_, **__: ScriptedChatModel())
    out = tmp_path / "run.jsonl"
    asked = write(tmp_path / "m.jsonl", BEE)
    assert main(["run", asked, "--out", str(out)]) == 0
    before = out.read_text()
    monkeypatch.setattr(asking, "open_chat_model", lambda *_, **__: ScriptedChatModel(**options))
    if change == ["--questions"]:
        write(tmp_path / "m.jsonl", BEE, CITY)
        change = []
    assert main(["run", asked, "--out", str(out), *change]) == 2
    assert message in capsys.readouterr().err and out.read_text() == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--signals", "vibes"], "there is no signal named vibes"),
        (["--samples", "26"], "samples: input should be less than or equal to 25"),
        (["--draw", "9"], "9 questions were requested, but there are only 1"),
        (["--model", "no such model"], "is not the name of a model"),
    ],
)
def test_wrong_arguments_are_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], message: str
) -> None:
    out = tmp_path / "run.jsonl"
    model = [] if "--model" in options else ["--model", "scripted"]
    assert main(["run", write(tmp_path / "m.jsonl", BEE), "--out", str(out), *model, *options]) == 2
    printed = capsys.readouterr().err
    *layout, sentence = printed.strip().splitlines()
    assert (
        message in sentence
        and all("Credence layout, 1 question" in line for line in layout[:1])
        and not layout[1:]
    )
    assert not out.exists()


def test_a_bad_question_file_is_reported_before_a_model_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(asking, "open_chat_model", lambda *_, **__: pytest.fail("a model was opened"))
    asked = write(tmp_path / "m.jsonl", BEE, {**BEE, "id": "b", "answer": 5})
    assert main(["run", asked, "--out", str(tmp_path / "run.jsonl")]) == 2
    assert "line 2: answer 5 is not an index" in capsys.readouterr().err


def test_bad_questions_can_be_left_out_and_are_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run.jsonl"
    asked = write(tmp_path / "m.jsonl", BEE, {**BEE, "id": "b", "answer": 5})
    assert main(["run", asked, "--model", "scripted", "--out", str(out), "--skip-bad"]) == 0
    assert "left out:" in (printed := capsys.readouterr().err) and "line 2: answer 5" in printed
    assert f"{asked}: Credence layout, 1 question\n" in printed
    assert set(records(out)[1]) == {"bee"}


def test_a_file_that_is_no_run_is_not_written_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "notes.jsonl"
    out.write_text('{"mine": 1}\n')
    asked = write(tmp_path / "m.jsonl", BEE)
    assert main(["run", asked, "--model", "scripted", "--out", str(out)]) == 2
    assert "line 1: not the header of a run" in capsys.readouterr().err
    assert out.read_text() == '{"mine": 1}\n'


def test_two_runs_do_not_write_to_one_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from evaluation.runs.writer import open_run_file

    out = tmp_path / "run.jsonl"
    with open_run_file(out, {}, ()):
        assert main(["run", write(tmp_path / "m.jsonl", BEE), "--model", "scripted", "--out", str(out)]) == 2
    assert "is being written by another run" in capsys.readouterr().err


def test_the_judge_grades_what_the_rules_do_not_find(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    judge = ScriptedReply.of("Yes.", match="name one of the accepted answers")
    monkeypatch.setattr(
        asking, "open_chat_model", lambda *_, **__: ScriptedChatModel(replies=(judge, *DEMONSTRATION))
    )
    out = tmp_path / "run.jsonl"
    asked = write(tmp_path / "m.jsonl", {**CITY, "answers": ["the bush capital"]})
    assert main(["run", asked, "--out", str(out), "--judge", "another"]) == 0
    assert records(out)[1]["city"]["graded_by"] == "judge"


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [("Yes.", True), ("**Yes**", True), ("- No, it is not", False), ("“no”", False), ("Yesterday", None),
     ("Nothing", None), ("I cannot say yes", None), ("Well, no", None)],
)  # fmt: skip
def test_the_judge_is_read_from_the_word_that_opens_its_reply(reply: str, verdict: bool | None) -> None:
    asked = AskedQuestion(id="city", domain="", question="Which city?", answers=("Rome",))
    judge = asking._judge(ScriptedChatModel(replies=(ScriptedReply.of(reply),)), asked, "the eternal city")
    assert judge is not None and judge() is verdict


def test_a_run_killed_at_any_moment_resumes_without_losing_or_repeating_a_question(tmp_path: Path) -> None:
    out, n = tmp_path / "run.jsonl", 60
    asked = write(tmp_path / "m.jsonl", *({**BEE, "id": str(place)} for place in range(n)))
    command = [sys.executable, "-m", "evaluation", "run", asked, "--model", "scripted", "--out", str(out)]
    command += ["--signals", "msp"]

    def lines() -> int:
        return out.read_bytes().count(b"\n") if out.exists() else 0

    for enough in (10, 30):
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        while lines() < enough:
            assert process.poll() is None
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert 30 <= lines() < n
    with out.open("a") as file:  # what a kill in mid-write leaves
        file.write('{"schema": 1, "id": "59", "que')
    assert subprocess.run(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL).returncode == 0
    ids = [json.loads(line)["id"] for line in out.read_text().splitlines()[1:]]
    assert sorted(ids, key=int) == [str(place) for place in range(n)]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_twenty_questions_with_the_embedded_model(tmp_path: Path) -> None:
    out = tmp_path / "run.jsonl"
    questions = asking.QUESTIONS / "short.jsonl"
    command = [
        "run",
        str(questions),
        "--draw",
        "20",
        "--max-tokens",
        "24",
        "--out",
        str(out),
        "--asking",
        "letter_first",
        "--model",
        "tiny",
    ]
    assert main([*command, "--signals", "sequence_probability,p_true_third"]) == 0
    header, rows = records(out)
    assert header["model"] == "SmolLM2-135M-Instruct" and len(header["model_sha256"]) == 64
    assert len(rows) == 20
    graded = [row["correct"] for row in rows.values() if row["correct"] is not None]
    assert 1 <= sum(graded) < len(graded)  # it knows some of them
    for row in rows.values():
        assessment = Assessment.from_dict(row["assessment"])
        likely = assessment.signal("sequence_probability")
        assert likely is not None and likely.confidence is not None and 0 < likely.confidence <= 1
