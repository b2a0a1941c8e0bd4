"""Question files of every kind, and their error messages."""

import json
from pathlib import Path
from typing import Any

import pytest

from evaluation.questions.reader import AskedQuestion, drawn, read_questions
from files.errors import BadFile

BEE = {"id": "bee", "question": "Which one flies?", "choices": ["dog", "bee"], "answer": 1}
RIVER = {"id": "river", "domain": "geo", "question": "Which river is it?", "answers": ["Danube", "Donau"]}


def jsonl(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_jsonl_with_both_kinds_of_question(tmp_path: Path) -> None:
    bee, river = read_questions(jsonl(tmp_path / "mine.jsonl", BEE, RIVER))
    assert bee == AskedQuestion(
        id="bee", domain="mine", question="Which one flies?", choices=("dog", "bee"), answer=1
    )
    assert bee.text == "Which one flies?\nA. dog\nB. bee"
    assert (river.domain, river.answers, river.text) == ("geo", ("Danube", "Donau"), "Which river is it?")


def test_csv_with_choices_letters_texts_and_short_answers(tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_text(
        "\ufeffid,question,choices,answer,answers\n"
        "a,Which one flies?,dog | bee,B,\n"
        'b,"Which one, then, barks?",dog|bee,dog,\n'
        ",Which river is it?,,Danube,Donau|Dunaj\n",
        encoding="utf-8",
    )
    letters, two, three = read_questions(file)
    assert (letters.choices, letters.answer) == (("dog", "bee"), 1)
    assert (two.question, two.answer) == ("Which one, then, barks?", 0)
    assert (three.answers, three.domain) == (("Danube", "Donau", "Dunaj"), "mine")
    assert three.id == read_questions(file)[2].id and three.id not in ("", "a", "b")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({**BEE, "answer": 2}, "line 2: answer 2 is not an index of 2 choices, counted from 0"),
        ({**BEE, "answer": -1}, "line 2: answer -1 is not an index"),
        ({**BEE, "answer": "C"}, "line 2: answer 'C' is neither the letter nor the text of a choice"),
        (
            {**BEE, "answer": ["bee"]},
            "line 2: answer is ['bee']: a question with choices has one right answer",
        ),
        ({**BEE, "answer": True}, "line 2: answer is True, but must be text"),
        ({**BEE, "question": ["?"]}, "line 2: question is ['?'], but must be text"),
        ({**BEE, "choices": [["dog"], "bee"]}, "line 2: choices is ['dog'], but must be text"),
        ({**BEE, "choices": ["dog"]}, "line 2: 1 choices; a question needs 2 to 26"),
        ({**BEE, "choices": ["bee", "bee"]}, "line 2: the right choice appears twice"),
        ({**BEE, "choices": ["dog", ""]}, "line 2: the choices cannot be asked as lettered lines"),
        ({**BEE, "question": " "}, "line 2: the question is blank"),
        ({"id": "x", "question": "?", "answer": 1}, "line 2: answer is the index of a choice"),
        ({**RIVER, "answers": [""], "id": "x"}, "line 2: an accepted answer is blank"),
        (
            {"id": "x"},
            "line 2: not in the Credence layout of the other rows; its columns are id: fix or remove it",
        ),
        (RIVER, "line 2: the id 'river' is used twice"),
    ],
)
def test_a_wrong_line_is_named_with_its_fault(tmp_path: Path, row: object, message: str) -> None:
    with pytest.raises(BadFile) as error:
        read_questions(jsonl(tmp_path / "mine.jsonl", RIVER, row))
    assert message in str(error.value) and "mine.jsonl" in str(error.value)


def test_a_wrong_line_can_be_left_out(tmp_path: Path) -> None:
    faults: list[str] = []
    file = jsonl(tmp_path / "mine.jsonl", BEE, {**BEE, "id": "b", "answer": 9}, RIVER)
    assert [question.id for question in read_questions(file, faults)] == ["bee", "river"]
    assert len(faults) == 1 and "line 2" in faults[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty: it has no questions"),
        (" \n,,\n", "is empty: it has no questions"),
        ("text,answer\n1,2\n", "line 1: no column named question; the columns are text, answer"),
        (
            "question,choices,answer\nWhich?,dog|bee,C\n",
            "line 2: answer 'C' is neither the letter nor the text",
        ),
        ("question,answer\nWhich, then?,bee\n", "line 2: more cells than columns"),
        ("question,answer\n", "is empty"),
    ],
)
def test_a_wrong_csv_is_named_with_its_fault(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "mine.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadFile) as error:
        read_questions(file)
    assert message in str(error.value)


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    for name in ("none.jsonl", "none.csv"):
        with pytest.raises(BadFile, match="There is no file"):
            read_questions(tmp_path / name)


def test_a_data_set_of_the_datasets_library_is_read_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("datasets", reason="the datasets library is not installed")
    (tmp_path / "org" / "bees").mkdir(parents=True)
    row: dict[str, Any] = {"id": "q1", "question_stem": "Which one flies?", "answerKey": "B"}
    row |= {"choices": {"text": ["dog", "bee"], "label": ["A", "B"]}}
    for split in ("train", "test"):
        jsonl(tmp_path / "org" / "bees" / f"{split}.jsonl", {**row, "id": split})
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    (question,) = read_questions("hf:org/bees")
    assert (question.id, question.choices, question.answer) == ("test", ("dog", "bee"), 1)
    assert read_questions("hf:org/bees@train")[0].id == "train"
    with pytest.raises(BadFile, match=r"no split 'dev'; its splits: train, test"):
        read_questions("hf:org/bees@dev")


def test_a_name_that_cannot_be_fetched_says_what_to_do() -> None:
    pytest.importorskip("datasets", reason="the datasets library is not installed")
    with pytest.raises(BadFile, match=r"neither a local file nor a data set that could be downloaded"):
        read_questions("nobody/nothing")


def test_a_larger_draw_keeps_the_smaller_one() -> None:
    questions = [AskedQuestion(id=str(place), question="?", domain="d") for place in range(20)]
    few, more = drawn(questions, 5, seed=3), drawn(questions, 12, seed=3)
    assert more[:5] == few and len(set(more)) == 12
    assert drawn(questions, 5, seed=4) != few
    assert drawn(questions, None, seed=3) == tuple(questions)
    with pytest.raises(BadFile, match="21 questions were requested, but there are only 20"):
        drawn(questions, 21, seed=0)


def test_a_draw_continues_after_its_first_part() -> None:
    questions = tuple(AskedQuestion(id=str(place), question="?", domain="d") for place in range(12))
    whole = drawn(questions, 9, seed=3)
    assert drawn(questions, 5, seed=3) + drawn(questions, 9, seed=3, after=5) == whole
    assert drawn(questions, None, seed=3, after=10) == questions[10:]
    with pytest.raises(BadFile, match="no question is left after the first 9 of 9"):
        drawn(questions, 9, seed=3, after=9)


def test_a_folder_is_read_file_by_file_and_ids_are_unique(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"contains no \.jsonl, "):
        read_questions(tmp_path)
    for name, ids in (("b.jsonl", "34"), ("a.jsonl", "12")):
        (tmp_path / name).write_text(
            "".join(f'{{"id": "{question_id}", "question": "?"}}\n' for question_id in ids)
        )
    (tmp_path / "README.md").write_text("not a question")
    assert [(question.id, question.domain) for question in read_questions(tmp_path)] == [
        ("1", "a"), ("2", "a"), ("3", "b"), ("4", "b"),
    ]  # fmt: skip
    (tmp_path / "c.jsonl").write_text('{"id": "2", "question": "?"}\n')
    with pytest.raises(BadFile, match=r"c\.jsonl: the id '2' is also used in a\.jsonl"):
        read_questions(tmp_path)
