"""Every layout in every container gives the same questions."""

import json
import string
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evaluation.commands import run
from evaluation.questions.layouts.recognition import NAMES
from evaluation.questions.reader import AskedQuestion, read_question_set, read_questions
from files.errors import BadFile
from tests.evaluation.question_writers import (
    CHOICE,
    ENCODINGS,
    PAIR,
    SHORT,
    TEXTS,
    Written,
    json_lines,
    written,
)

CONTAINERS = [(container, encoding) for container in TEXTS for encoding in ENCODINGS] + [("parquet", "utf-8")]
# A text that any container can hold, quotes, separators and letters of other scripts included.
_INNER = st.text(string.ascii_letters + " ,;\t'\"é山%-", max_size=12)
TEXT = _INNER.map(lambda inner: f"w{inner}x")
# A text of an option that is no letter and, joined by "; " in one layout, holds no semicolon.
OPTION = st.text(string.ascii_lowercase + " ,'é山-", max_size=8).map(
    lambda inner: f"o{' '.join(inner.split())}p"
)


def flat(question: str) -> str:
    """White space at the ends of a text is not kept by a CSV, and a tab is a space to the eye."""
    return " ".join(question.split())


OPTIONS = 4


@st.composite
def questions(draw: st.DrawFn) -> list[Written]:
    """Two to four different questions; the first two show where numbers count from."""
    texts = draw(st.lists(TEXT, min_size=2, max_size=4, unique_by=flat))
    drawn_questions = []
    for number, text in enumerate(texts):
        choices = draw(st.lists(OPTION, min_size=OPTIONS, max_size=OPTIONS, unique_by=str.casefold))
        place = (OPTIONS - 1, 0, draw(st.integers(0, OPTIONS - 1)))[min(number, 2)]
        drawn_questions.append(Written(text, choices[0], tuple(choices[1:]), place))
    return drawn_questions


def of_two_options(question: Written) -> Written:
    return Written(question.question, question.right, question.wrong[:1], question.place % 2)


@pytest.mark.parametrize(
    ("container", "encoding"), CONTAINERS, ids=[" ".join(container) for container in CONTAINERS]
)
@settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=questions())
def test_every_layout_is_read_back_from_every_container(
    container: str, encoding: str, drawn: list[Written], tmp_path: Path
) -> None:
    for (name, form), row in (CHOICE | PAIR | SHORT).items():
        asked = [of_two_options(question) for question in drawn] if (name, form) in PAIR else drawn
        path = written(tmp_path, container, encoding, [row(question) for question in asked])
        question_set = read_question_set(path)
        assert question_set.summary.partition(";")[0] == f"{name} layout, {len(asked)} questions", form
        for question, back in zip(asked, question_set.questions, strict=True):
            assert flat(back.question) == flat(question.question)
            if (name, form) in SHORT:
                assert back.answers == tuple(dict.fromkeys((question.right, *question.wrong)))
                continue
            assert back.answer is not None and back.choices[back.answer] == question.right, form
            assert sorted(back.choices) == sorted(question.texts)
            if name not in ("TruthfulQA", "SciQ", "GPQA"):
                assert (back.choices, back.answer) == (tuple(question.texts), question.place), form


@pytest.mark.parametrize("layout", [key for key in CHOICE if key[0] in ("TruthfulQA", "SciQ", "GPQA")])
def test_a_right_option_that_is_always_first_is_shuffled_by_the_content(
    layout: tuple[str, str], tmp_path: Path
) -> None:
    asked = [Written(f"question {number}?", "right", ("x", "y", "z")) for number in range(80)]
    rows = [CHOICE[layout](question) for question in asked]
    shuffled = read_questions(written(tmp_path, "json lines", "utf-8", rows))
    places = Counter(question.answer for question in shuffled)
    assert set(places) == {0, 1, 2, 3} and max(places.values()) < 40
    again = read_questions(written(tmp_path, "json list", "utf-8", rows[::-1]))
    assert {question.id: question for question in again} == {question.id: question for question in shuffled}


def first(tmp_path: Path, *rows: object, name: str = "q.jsonl") -> AskedQuestion:
    path = tmp_path / name
    path.write_text(json_lines(rows), encoding="utf-8")  # type: ignore[arg-type]
    return read_questions(path)[0]


THREE = {"text": ["oxygen", "neon", "helium"], "label": ["1", "2", "3"]}


@pytest.mark.parametrize(
    ("row", "choices", "answer", "answers"),
    [
        # Answers in other forms than the layout's usual one
        ({"question": "?", "choices": THREE, "answerKey": 2}, THREE["text"], 1, ()),
        ({"question": "?", "choices": THREE, "answerKey": "neon"}, THREE["text"], 1, ()),
        ({"question": "?", "choices": THREE, "answer": "2"}, THREE["text"], 1, ()),
        ({"question": "?", "choices": ["x", "y"], "answer": "(B)"}, ["x", "y"], 1, ()),
        ({"question": "?", "choices": ["x", "y"], "answer": "b."}, ["x", "y"], 1, ()),
        ({"question": "?", "choices": ["x", "y"], "answer": 1.0}, ["x", "y"], 1, ()),
        ({"question": "?", "choices": ["New York", "y"], "answer": "new  york"}, ["New York", "y"], 0, ()),
        ({"question": "?", "choices": [3, 4], "answer": "4"}, ["3", "4"], 1, ()),
        ({"question": "?", "choices": "x | y", "answer": 1}, ["x", "y"], 1, ()),
        ({"question": "?", "options": {"A": "x", "B": "y"}, "answer": "y", "answer_idx": "B"}, ["x", "y"], 1, ()),
        ({"question": "?", "options": ["x", "y"], "answer": "B", "answer_index": 1}, ["x", "y"], 1, ()),
        ({"question": "?", "choices": ["a\nb", "y"], "answer": 1}, ["a b", "y"], 1, ()),
        ({"question": "?", "A": "A", "B": "C", "C": "B", "D": "D", "answer": "B"}, ["A", "C", "B", "D"], 1, ()),
        ({"question": "?", "A": "x", "B": "y", "C": "", "answer": "B"}, ["x", "y"], 1, ()),
        ({"question": "?", "passage": "p", "answer": True}, ["yes", "no"], 0, ()),
        ({"question": "?", "passage": "p", "answer": "False"}, ["yes", "no"], 1, ()),
        ({"question": "?", "subject": "law", "choices": [3, 4, 1], "answer": "1"}, ["3", "4", "1"], 1, ()),
        # Nobody says what is right: test sets
        ({"question": "?", "choices": THREE, "answerKey": ""}, THREE["text"], None, ()),
        ({"sentence": "_ it", "option1": "x", "option2": "y", "answer": ""}, ["x", "y"], None, ()),
        ({"goal": "?", "sol1": "x", "sol2": "y", "label": -1}, ["x", "y"], None, ()),
        ({"ctx": "?", "endings": ["x", "y"], "label": ""}, ["x", "y"], None, ()),
        ({"question": "?", "question_id": "t", "answer": {"value": "<unk>", "aliases": []}}, [], None, ()),
        ({"Question": "?", "QuestionId": "t", "QuestionSource": "web"}, [], None, ()),
        ({"question": "?", "id": "1", "level": "hard"}, [], None, ()),
        # Short answers
        ({"question": "?", "answer": "x"}, [], None, ("x",)),
        ({"question": "?", "answer": {"normalized_value": "x", "aliases": []}}, [], None, ("x",)),
        ({"question": "?", "answers": [1912, "x", 1912]}, [], None, ("1912", "x")),
        ({"question": "?", "answers": "x | y"}, [], None, ("x", "y")),
        ({"question": "?", "possible_answers": "['x', 'y']"}, [], None, ("x", "y")),
        ({"question": "?", "answers": [{"text": "x", "answer_start": 3}, {"text": "x"}]}, [], None, ("x",)),
    ],
)  # fmt: skip
def test_answers_as_files_give_them(
    row: dict[str, Any], choices: list[str], answer: int | None, answers: tuple[str, ...], tmp_path: Path
) -> None:
    question = first(tmp_path, row)
    assert (question.choices, question.answer, question.answers) == (tuple(choices), answer, answers)


def test_the_original_files_of_squad_are_read_and_impossible_questions_counted(tmp_path: Path) -> None:
    asked = [
        {
            "id": "1",
            "question": "Who?",
            "answers": [{"text": "Ann", "answer_start": 0}],
            "is_impossible": False,
        },
        {
            "id": "2",
            "question": "Whom?",
            "answers": [],
            "plausible_answers": [{"text": "Bo"}],
            "is_impossible": True,
        },
    ]
    articles = [
        {"title": "t", "paragraphs": [{"context": "Ann", "qas": asked}, {"context": "c", "qas": asked[1:]}]}
    ]
    (tmp_path / "dev.json").write_text(json.dumps({"version": "v2.0", "data": articles}))
    question_set = read_question_set(tmp_path / "dev.json")
    assert [(question.id, question.question, question.answers) for question in question_set.questions] == [
        ("1", "Who?", ("Ann",))
    ]
    passages = "SQuAD layout, 1 question; asked without their passages"
    assert question_set.summary == f"{passages}; 2 left out whose passage does not contain the answer"
    rows = [{"question": "Whom?", "answers": {"text": [], "answer_start": []}}]
    (tmp_path / "none.jsonl").write_text(json_lines(rows))
    with pytest.raises(
        BadFile, match="it has no questions, only 1 whose passage does not contain the answer"
    ):
        read_questions(tmp_path / "none.jsonl")


def test_the_original_file_of_triviaqa_is_read(tmp_path: Path) -> None:
    row = {"Question": "Who?", "QuestionId": "tc_1", "Answer": {"Value": "Ann", "Aliases": ["Ann", "A."]}}
    more = {"QuestionSource": "http://x", "EntityPages": [{"Title": "t"}], "SearchResults": [{"Title": "t"}]}
    (tmp_path / "web.json").write_text(
        json.dumps({"Data": [{**row, **more}], "Domain": "Web", "Version": 1.0})
    )
    question_set = read_question_set(tmp_path / "web.json")
    assert (question_set.questions[0].id, question_set.questions[0].answers) == ("tc_1", ("Ann", "A."))
    assert question_set.summary == "TriviaQA layout, 1 question"
    one_line = tmp_path / "one.jsonl"  # its lists of objects are no lists of questions
    one_line.write_text(json_lines([{**row, "EntityPages": [{"Title": "t"}]}]))
    assert read_questions(one_line)[0].id == "tc_1"


def test_mmlu_without_a_header(tmp_path: Path) -> None:
    file = tmp_path / "law_test.csv"
    file.write_text('"Which, then?",a,b,c,d,C\n"Over two\nlines?",e,f,g,h,A\n')
    question_set = read_question_set(file)
    assert question_set.summary == "MMLU layout, 2 questions"
    assert [
        (question.question, question.choices, question.answer, question.domain)
        for question in question_set.questions
    ] == [
        ("Which, then?", ("a", "b", "c", "d"), 2, "law_test"),
        ("Over two\nlines?", ("e", "f", "g", "h"), 0, "law_test"),
    ]
    assert (
        first(tmp_path, {"question": "?", "subject": "law", "choices": ["x", "y"], "answer": 0}).domain
        == "law"
    )


@pytest.mark.parametrize(
    ("answers", "right"),
    [
        (("1", "4", "2"), [0, 3, 1]),  # a 4 of 4 options: from 1
        (("0", "3", "2"), [0, 3, 2]),  # a 0: from 0
        (
            ("1", "2", "3"),
            "line 2: answer 1 counts from 0 or from 1: the file does not show which; write the letter",
        ),
        (
            ("2", "0", "4"),
            "line 2: answer 2 counts from 0 or from 1: other rows contain both 0 and the number",
        ),
        (
            ("4", "5", "1"),
            "line 3: answer 5 is not one of 4 choices counted from 1, as in the rest of the file",
        ),
        (("B", "4", "c"), [1, 3, 2]),
    ],
)
@pytest.mark.parametrize("columns", [True, False])
def test_the_whole_file_decides_where_numbers_count_from(
    answers: tuple[str, ...], right: list[int] | str, columns: bool, tmp_path: Path
) -> None:
    head, middle = ("A,B,C,D", "k,l,m,n") if columns else ("choices", "k|l|m|n")
    rows = "".join(f"Question {n}?,{middle},{answer}\n" for n, answer in enumerate(answers))
    (tmp_path / "q.csv").write_text(f"question,{head},answer\n{rows}")
    if isinstance(right, str):
        with pytest.raises(BadFile, match=right):
            read_questions(tmp_path / "q.csv")
    else:
        assert [question.answer for question in read_questions(tmp_path / "q.csv")] == right


def test_a_number_that_is_a_text_of_an_option_is_that_text_unless_the_file_counts(tmp_path: Path) -> None:
    file = tmp_path / "q.csv"
    file.write_text("question,choices,answer\nTwo and two?,3|4|5|6,4\n")
    assert read_questions(file)[0].answer == 1
    file.write_text(
        "question,choices,answer\nTwo and two?,3|4|5|6,1\nWhich flies?,bee|dog|ant|cow,0\nFour?,4|3|2|1,3\n"
    )
    assert [question.answer for question in read_questions(file)] == [1, 0, 3]


def test_ids_that_are_missing_come_from_the_content(tmp_path: Path) -> None:
    rows = [{"question": "Who?", "answers": ["Ann"]}, {"question": "Where?", "answers": ["here"]}]
    file = tmp_path / "q.jsonl"
    file.write_text(json_lines([*rows, rows[0], {**rows[0], "id": None}, {**rows[0], "id": 7}]))
    who, where, again, third, given_id = (question.id for question in read_questions(file))
    assert (again, third, given_id) == (f"{who}-2", f"{who}-3", "7") and len({who, where}) == 2
    file.write_text(json_lines(rows[::-1]))
    assert [question.id for question in read_questions(file)] == [where, who]
    (tmp_path / "other.csv").write_text("question,answers\nWho?,Ann\n")
    read = read_questions(tmp_path)  # the same question in another file of a folder is another question
    assert [question.id for question in read] == [who, where, f"{who}-2"]


def test_mixed_layouts_are_each_read_and_counted(tmp_path: Path) -> None:
    asked = Written("Which flies?", "bee", ("dog", "cow", "ant"), 2)
    rows = [write(asked) for write in (CHOICE | SHORT).values()]
    (tmp_path / "q.jsonl").write_text(json_lines(rows))
    question_set = read_question_set(tmp_path / "q.jsonl")
    assert len(question_set.questions) == len(rows)
    assert "ARC layout (2) and" in question_set.summary and "Credence layout (5)" in question_set.summary
    assert question_set.summary.partition(";")[0].endswith(f", {len(rows)} questions")


def test_questions_without_a_right_answer_are_reported(tmp_path: Path) -> None:
    rows = [{"id": str(n), "question": "?", "choices": THREE, "answerKey": ""} for n in range(3)]
    (tmp_path / "q.jsonl").write_text(json_lines(rows))
    assert read_question_set(tmp_path / "q.jsonl").summary == (
        "ARC layout, 3 questions; none has a right answer, as in test sets that withhold them, "
        "so none can be graded"
    )
    (tmp_path / "q.jsonl").write_text(json_lines([*rows, {**rows[0], "id": "x", "answerKey": "2"}]))
    summary = read_question_set(tmp_path / "q.jsonl").summary
    assert summary == "ARC layout, 4 questions; 3 without a right answer, which cannot be graded"


@pytest.mark.repository
def test_every_layout_is_named_where_people_look() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    for name in NAMES:
        assert name in (run.__doc__ or "") and name in readme
    assert {name for name, _ in CHOICE | PAIR | SHORT} >= set(NAMES) - {"BoolQ"}
