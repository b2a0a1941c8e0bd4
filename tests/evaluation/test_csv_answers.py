"""CSVs of answers: what is read, and what is said where a line is wrong."""

from pathlib import Path

import numpy as np
import pytest

from evaluation.csv_answers import read_answers
from evaluation.jsonl_file import BadFile


def written(folder: Path, text: str) -> Path:
    file = folder / "answers.csv"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    "text",
    [
        "confidence,correct\n0.9,1\n0.25,0\n",
        "\ufeffid, Confidence ,Correct,note\r\na,0.9,TRUE,\"x, y\"\r\n\r\nb,2.5e-1,False,\r\n",
        "correct;confidence\n1.0;0.9\n0.0;.25",
        "correct\tconfidence\ntrue\t0.9\nfalse\t0.25\n",
    ],
)  # fmt: skip
def test_what_people_write_is_read(tmp_path: Path, text: str) -> None:
    found = read_answers(written(tmp_path, text))
    assert found.confidence["confidence"].tolist() == [0.9, 0.25]
    assert found.correct.tolist() == [1.0, 0.0]


def test_empty_fields_are_missing_and_not_zero(tmp_path: Path) -> None:
    found = read_answers(written(tmp_path, "confidence,correct\n,1\n0.5,\nNA,0\n0.7,1\n"))
    assert np.isnan(found.confidence["confidence"]).tolist() == [True, True, False]
    assert (found.correct.tolist(), found.ungraded) == ([1, 0, 1], 1)


def test_other_columns_and_other_names(tmp_path: Path) -> None:
    file = written(tmp_path, "p,q,right\n0.1,0.2,1\n")
    found = read_answers(file, ("q", "p"), "right")
    assert {name: values.tolist() for name, values in found.confidence.items()} == {"q": [0.2], "p": [0.1]}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is empty: a header line with confidence, correct is needed"),
        ("conf,correct\n0.5,1\n", "has no column 'confidence'; its header is: conf, correct. Rename one"),
        ("confidence,label\n0.5,1\n", "no column 'correct'; its header is: confidence, label"),
        ("0.5,1\n0.6,0\n", r"begins with data \(0.5, 1\): a header line"),
        ("confidence,correct,Confidence\n0.5,1,0.5\n", "names 'confidence' 2 times"),
        ("confidence,correct\n0.5,1\n0.5\n", "line 3: 1 fields, and the header has 2"),
        ("confidence,correct\n0.5,1,2\n", "line 2: 3 fields"),
        ("confidence,correct\nhigh,1\n", "line 2: confidence is 'high': write a number from 0 to 1"),
        ("confidence,correct\n0.5,1\nnan,1\n", "line 3: confidence is nan.*Leave it empty where it is missing"),
        ("confidence,correct\n85,1\n", "line 2: confidence is 85, .*Percentages are divided by 100"),
        ("confidence,correct\n-0.1,1\n", r"line 2: confidence is -0.1, which is not from 0 to 1\.$"),
        ("confidence,correct\ninf,1\n", "line 2: confidence is inf"),
        ("confidence,correct\n0.5,yes\n", "line 2: correct is 'yes': write 1 or 0"),
        ("confidence,correct\n0.5,0.5\n", "line 2: correct is '0.5'"),
        ('confidence,correct\n0.5,1\n"0.5\n",2\n', "line 4: correct is '2'"),  # as an editor counts the lines
        ("confidence,correct\n", "has a header and no rows"),
        ("confidence,correct\n0.5,\n0.6,\n", "has 2 rows, and none of them is graded"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(BadFile, match=told) as error:
        read_answers(written(tmp_path, text))
    assert "answers.csv" in str(error.value) and "\n" not in str(error.value)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="There is no file"):
        read_answers(tmp_path / "none.csv")
    (tmp_path / "latin.csv").write_bytes("confidence,correct,né\n0.5,1,é\n".encode("latin-1"))
    with pytest.raises(BadFile, match="not UTF-8"):
        read_answers(tmp_path / "latin.csv")
    with pytest.raises(BadFile, match="cannot be read"):
        read_answers(tmp_path)
