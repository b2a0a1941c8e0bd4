"""The file formats of questions, and messages for files that cannot be read."""

import gzip
import json
import sys
from pathlib import Path

import pytest

from chains import CredenceError
from evaluation.questions.reader import read_question_set, read_questions
from tests.evaluation.question_writers import parquet
from training.data.reader import read_training_questions

ROW = {"id": "a", "question": "Who?", "answers": ["Ann"]}
LINE = json.dumps(ROW)
TABLE = "id,question,answers\na,Who?,Ann\n"
QUOTED = 'id;question;answers\r\na;"Who;\r\nthen?";Ann\r\n\r\nb;Whom?;Bo|B.\r\n'


@pytest.mark.parametrize(
    ("name", "data", "ids"),
    [
        ("q.jsonl", b"\xef\xbb\xbf" + LINE.encode() + b"\r\n\r\n", ["a"]),
        ("q.ndjson", LINE.encode(), ["a"]),
        ("q.json", f"[{LINE},\n {LINE.replace('a', 'b', 1)}]\n".encode(), None),
        ("q.txt", LINE.encode(), ["a"]),
        ("q.txt", TABLE.encode(), ["a"]),
        ("Q.CSV", TABLE.encode("utf-16"), ["a"]),
        ("q.csv.gz", gzip.compress(TABLE.encode(), mtime=0), ["a"]),
        ("q.JSONL.GZ", gzip.compress(LINE.encode(), mtime=0), ["a"]),
        ("q.parquet", parquet([ROW]), ["a"]),
        ("q.parquet.gz", gzip.compress(parquet([ROW]), mtime=0), ["a"]),
        ("whatever", parquet([ROW]), ["a"]),
        ("q.csv", QUOTED.encode(), ["a", "b"]),
        ("q.csv", b"id,question,answers,\na,Who?,Ann,\n", ["a"]),
        ("q.tsv", b'id\tquestion\tanswers\na\t"Heroes" is by whom?\tAnn\n', ["a"]),
        ("q.csv", b'id;question;answers\na;"Who, what, where, when?";"x, y, z"\n', ["a"]),
        ("q.csv", b"id,question,answers\na,Who; or; which?,Ann; and\n", ["a"]),
    ],
)
def test_a_file_of_any_kind_is_read(name: str, data: bytes, ids: list[str] | None, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    read = read_questions(tmp_path / name)
    assert read[0].domain == name.partition(".")[0]
    if ids is not None:
        assert [question.id for question in read] == ids
    assert {question.id: question.answers for question in read} == {
        question.id: question.answers for question in read_training_questions(tmp_path / name)
    }


PDF, PNG = b"%PDF-1.7\n%\xe2\xe3", b"\x89PNG\r\n\x1a\n\x00"
LATIN = "question,answers\nWho is André?,André\n".encode("latin-1")


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("q.jsonl", b"", "is empty: it has no questions"),
        ("q.jsonl", b"\xef\xbb\xbf\r\n \r\n", "is empty: it has no questions"),
        ("q.json", b"[]", "is empty: it has no questions"),
        ("q.csv", b"question,answers\n", "is empty: it has no questions"),
        ("q.parquet", parquet([ROW])[:40], "is a damaged Parquet file"),
        ("q.jsonl", PDF, "is a PDF, not a text file: save or export it as CSV or JSON lines"),
        ("q.csv", PNG, "is a picture (PNG), not a text file"),
        ("q.csv", b"PK\x03\x04....", "is a ZIP archive or an Excel or Word file"),
        ("q.jsonl.gz", gzip.compress(PDF, mtime=0), "is a PDF"),
        ("q.jsonl.gz", gzip.compress(LINE.encode() * 99, mtime=0)[:40], "is a damaged gzip file"),
        (
            "q.csv",
            LATIN,
            "is not UTF-8 text (invalid continuation byte on line 2), perhaps Latin-1 or Windows-1252",
        ),
        ("q.jsonl", b"\xff\xfea", "is not UTF-16-LE, although its first bytes say so"),
        ("q.jsonl", LINE.encode("utf-16-le"), "contains zero bytes"),
        ("q.jsonl", b"who,what\n", "line 1: not JSON"),
        ("q.jsonl", f"{LINE}\n{{\n".encode(), "line 2: not JSON"),
        ("q.jsonl", f"{LINE}\n7\n".encode(), "line 2: not a JSON object"),
        ("q.jsonl", b"7", "line 1: not a JSON object"),
        ("q.json", f"[\n{LINE},\n7]".encode(), "line 3: not a JSON object"),
        ("q.json", f"[\n{LINE}\n{LINE}]".encode(), "line 3: not JSON (a comma or ] is missing)"),
        ("q.json", f"[\n{LINE},\n".encode(), "line 3: not JSON"),
        ("q.json", f"[{LINE}]\n[{LINE}]".encode(), "line 2: there is text after the list"),
        ("q.json", b"[" * 100_000, "too deeply to read"),
        (
            "q.csv",
            b"question,answers\nWho?,Ann,Bo\n",
            "line 2: more cells than columns (3 and 2); quote texts",
        ),
        ("q.csv", b'question,answers\n"a\nb",Ann\nWho?\n', "line 4: fewer cells than columns (1 and 2)"),
        ("q.csv", b'question,answers\n"Who?,Ann\n', "is not a CSV file"),
        ("q.csv", b"question,answers,question\nWho?,Ann,?\n", "line 1: two columns are called question"),
        ("q.csv", b'question,answers\n"a\nb",Ann\n\n ,Bo\n', "line 5: the question is blank"),
    ],
)
def test_a_file_that_cannot_be_read_is_reported(name: str, data: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    for read in (read_questions, read_training_questions):
        with pytest.raises(CredenceError) as error:
            read(tmp_path / name)
        printed = str(error.value)
        assert message in printed and name in printed and "\n" not in printed


def test_a_parquet_file_without_the_library_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "q.parquet").write_bytes(parquet([ROW]))
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(CredenceError, match=r"is a Parquet file. Reading it needs .*pip install pyarrow"):
        read_questions(tmp_path / "q.parquet")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("q.csv", "prompt,target\na?,b\n", "q.csv, line 1: no column named question; the columns are prompt, target. "
         "A row needs question, and either choices with answer or answers: rename prompt to question and target to answer."),
        ("q.jsonl", '{"question": "?", "Gold Answer": "x"}', "line 1: no column with the right answer; the columns are "
         "question, Gold Answer. A row needs question, and either choices with answer or answers: rename Gold Answer to "),
        ("q.csv", "\n\nprompt,target\na?,b\n", "q.csv, line 3: no column named question"),
        ("q.jsonl", '\n{"q": "?", "alternatives": ["x", "y"], "label": 0}', "line 2: no column named question"),
        ("q.jsonl", '{"q": "?", "alternatives": ["x", "y"], "label": 0}',
         "rename q to question and alternatives to choices and label to answer"),
        ("q.csv", "Which river?,Danube\nWhich town?,Ulm\n", "the columns are Which river?, Danube. A row needs question, "
         "and either choices with answer or answers: rename the columns that hold them (if the file has no header line"),
        ("q.json", '{"a": [1]}', "line 1: no column named question; the columns are a"),
        ("q.jsonl", "{}", "the columns are none"),
    ],
)  # fmt: skip
def test_an_unknown_layout_is_reported_with_the_names_in_the_file(
    name: str, text: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(text)
    nothing: list[str] = []
    for left_out in (None, nothing):  # also where bad rows may be left out: all of them would be
        with pytest.raises(CredenceError) as error:
            read_questions(tmp_path / name, left_out)
        assert message in str(error.value)
        assert "MMLU" in str(error.value) and "SQuAD" in str(error.value)


GOOD = [
    {"question": f"{n}?", "choices": {"text": ["x", "y"], "label": ["A", "B"]}, "answerKey": "B"}
    for n in range(3)
]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({**GOOD[0], "answerKey": "E"}, "answer 'E' is neither the label A, B nor the text of a choice"),
        ({**GOOD[0], "choices": {"text": ["x", "y"], "label": ["A"]}}, "the labels A do not name 2 options"),
        (
            {**GOOD[0], "choices": {"text": ["x", "y"], "label": ["A", "A"]}},
            "the labels A, A do not name 2 options",
        ),
        ({**GOOD[0], "question": " "}, "the question is blank"),
        ({"id": "x", "prompt": "?"}, "not in the ARC layout of the other rows; its columns are id, prompt"),
        (
            {"question": "?", "choices": ["B", "y"], "answer": "B"},
            "is the letter of one choice and the text of another",
        ),
        ({"question": "?", "choices": [{"label": "A"}], "answer": "A"}, "an option of choices has no text"),
        ({"question": "?", "choices": ["x"], "answer": 0}, "1 choices; a question needs 2 to 26"),
        ({"question": "?", "A": "x", "B": "", "C": "y", "answer": "A"}, "option B is blank"),
        (
            {"question": "?", "option1": "2", "option2": "4", "answer": "2"},
            "is the number of one option and the text of",
        ),
        (
            {"sentence": "?", "option1": "x", "option2": "y", "answer": "0"},
            "is '0', but the layout counts from 1 to 2",
        ),
        ({"goal": "?", "sol1": "x", "sol2": "y", "label": 2}, "is '2', but the layout counts from 0 to 1"),
        (
            {"question": "?", "mc1_targets": {"x": 1, "y": 1}},
            "mc1_targets has 2 right options of 2, but 1 is needed",
        ),
        ({"question": "?", "correct_answer": "", "distractor1": "y"}, "the right answer is blank"),
        ({"paragraphs": [{"qas": ["?"]}]}, "paragraphs contains something that is not a question: '?'"),
        ({"question": {"a": 1}, "answers": ["x"]}, "not in the ARC layout"),
        ({"question": "?", "answers": [["x"]]}, "the answer is ['x'], but must be text"),
        ({"question": "?", "answers": [""]}, "an accepted answer is blank"),
        ({"question": "?", "answer": 4}, "answer is the index of a choice, but there are no choices"),
        ({"question": "?", "choices": ["x", "y"], "answer": {"a": 1}}, "not in the ARC layout"),
    ],
)
def test_a_bad_row_in_a_good_file_is_reported_with_its_line_or_left_out(
    row: dict[str, object], message: str, tmp_path: Path
) -> None:
    file = tmp_path / "q.jsonl"
    file.write_text("\n".join(json.dumps(fields) for fields in (GOOD[0], GOOD[1], row, GOOD[2])))
    with pytest.raises(CredenceError) as error:
        read_questions(file)
    printed = str(error.value)
    assert message in printed and f"{file}, line 3: " in printed
    assert not any(word in printed for word in ("valid", "input should", "pydantic", "Error"))
    left_out: list[str] = []
    assert [question.question for question in read_question_set(file, left_out).questions] == [
        "0?",
        "1?",
        "2?",
    ]
    assert left_out == [printed]
