"""Answers are numbered, so that unlabelled ones show: which count, for which model, and what is kept of them."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from chains.engines.scripted import ScriptedChatModel, ScriptedReply
from chains.pipeline.pipeline import confidence_pipeline
from estimators.types import Message, Question
from ui.chat.conversation import Entry
from ui.chat.labels import label_record, number_answer

QUESTION = "What is the capital of Australia?"


def answered(question: str | Question = QUESTION, model: ScriptedChatModel | None = None) -> Entry:
    turn = confidence_pipeline(model or ScriptedChatModel(), signals=()).invoke(question)
    return Entry(turn.question.text, turn)


def test_each_answer_gets_the_next_number_of_its_model_once(tmp_path: Path) -> None:
    entries = [answered() for _ in range(3)]
    for entry in (*entries, entries[0]):
        number_answer(tmp_path, entry)
    assert [entry.number for entry in entries] == [1, 2, 3]
    other = ScriptedChatModel()
    other.metadata = {"credence": {"model": "other", "engine": "script", "model_sha256": "ff"}}
    entry = answered(model=other)
    number_answer(tmp_path, entry)
    assert entry.number == 1
    assert json.loads((tmp_path / "answers.json").read_text()) == {"scripted": 3, "ff": 1}  # and nothing else
    assert label_record(entries[2])["number"] == 3


def test_answers_that_no_calibration_uses_get_none(tmp_path: Path) -> None:
    follow_up = Question(QUESTION, (Message("user", "Hello"), Message("assistant", "Hello.")))
    silent = ScriptedChatModel(replies=(ScriptedReply.of("I don't know."),))
    for entry in (answered(follow_up), answered(model=silent), Entry("?")):
        number_answer(tmp_path, entry)
        assert entry.number is None
    assert not (tmp_path / "answers.json").exists()


def test_pages_that_answer_at_once_never_share_a_number(tmp_path: Path) -> None:
    entries = [answered() for _ in range(24)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda entry: number_answer(tmp_path, entry), entries))
    assert sorted(entry.number or 0 for entry in entries) == list(range(1, 25))


def test_where_the_number_cannot_be_written_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "answers.json").write_text("{broken")
    entry = answered()
    number_answer(tmp_path, entry)
    assert entry.number is None and label_record(entry)["number"] is None
