"""CSVs of answers: reading them, and errors with line numbers."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from evaluation.runs.csv_answers import read_answers
from evaluation.runs.written_numbers import Scale
from files.errors import BadFile


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
        "CONFIDENCE,Correct\n0.9,yes\n0.25,NO\n",
        "Correct,confidence\nright,0.9\nwrong,0.25\n",
        "\r\nconfidence,correct\r\n0.9,y\r\n0.25,n\r\n",
    ],
)  # fmt: skip
def test_what_people_write_is_read(tmp_path: Path, text: str) -> None:
    answers = read_answers(written(tmp_path, text))
    assert answers.confidence["confidence"].tolist() == [0.9, 0.25]
    assert answers.correct.tolist() == [1.0, 0.0]


def test_empty_fields_are_missing_and_not_zero(tmp_path: Path) -> None:
    answers = read_answers(written(tmp_path, "confidence,correct\n,1\n0.5,\nNA,0\n0.7,1\n"))
    assert np.isnan(answers.confidence["confidence"]).tolist() == [True, True, False]
    assert (answers.correct.tolist(), answers.ungraded) == ([1, 0, 1], 1)


def test_other_columns_and_other_names(tmp_path: Path) -> None:
    file = written(tmp_path, "p,q,right\n0.1,0.2,1\n")
    answers = read_answers(file, ("q", "p"), "right")
    assert {name: values.tolist() for name, values in answers.confidence.items()} == {"q": [0.2], "p": [0.1]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty: it needs a header line with confidence, correct"),
        ("conf,correct\n0.5,1\n", "has no column 'confidence'; its header is: conf, correct. Rename one"),
        ("confidence,label\n0.5,1\n", "no column 'correct'; its header is: confidence, label"),
        ("0.5,1\n0.6,0\n", r"begins with data \(0.5, 1\): it needs a header line"),
        ("confidence,correct,Confidence\n0.5,1,0.5\n", "names 'confidence' 2 times"),
        ("confidence,correct\n0.5,1\n0.5\n", "line 3: 1 fields, but the header has 2"),
        ("confidence,correct\n0.5,1,2\n", "line 2: 3 fields"),
        ("confidence,correct\nhigh,1\n", "line 2: confidence is 'high': write a number from 0 to 1"),
        ("confidence,correct\n0.5,1\nnan,1\n", "line 3: confidence is nan.*Leave it empty if it is missing"),
        ("confidence,correct\n85,1\n", "line 2: confidence is 85, .*If these are percentages, use --percent"),
        ("confidence,correct\n85 %,1\n", "line 2: confidence is '85 %', a percentage: use --percent"),
        ("confidence,correct\n0.85%,1\n", "a percentage: use --percent"),
        ("confidence;correct\n0,85;1\n", "line 2: confidence is '0,85', with a decimal comma: use --decimal-comma"),
        ('confidence,correct\n"0,85",1\n', "with a decimal comma: use --decimal-comma"),
        ("confidence;correct\n,85;1\n", "with a decimal comma: use --decimal-comma"),
        ("confidence;correct\n85,5;1\n", "use --decimal-comma. For percentages, use --percent as well"),
        ("confidence;correct\n85,5 %;1\n", "use --percent. For the decimal comma, use --decimal-comma as well"),
        ("confidence,correct\n0,85,1\n", "line 2: 3 fields.* decimal commas need semicolons or tabs"),
        ("confidence;correct\n1.234,5;1\n", "write a number from 0 to 1"),
        ("confidence,correct\n101,1\n", r"is 101, which is not from 0 to 1\.$"),
        ("confidence,correct\n-0.1,1\n", r"line 2: confidence is -0.1, which is not from 0 to 1\.$"),
        ("confidence,correct\ninf,1\n", "line 2: confidence is inf"),
        ("confidence,correct\n0.5,maybe\n", "line 2: correct is 'maybe': write 1 or 0, true or false, yes or no"),
        ("confidence,correct\n0.5,0.5\n", "line 2: correct is '0.5'"),
        ('confidence,correct\n0.5,1\n"0.5\n",2\n', "line 4: correct is '2'"),  # as an editor counts the lines
        ("confidence,correct\n", "has a header and no rows"),
        ("confidence,correct\n0.5,\n0.6,\n", "has 2 rows, none of them graded"),
    ],
)  # fmt: skip
def test_errors_name_their_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(BadFile, match=message) as error:
        read_answers(written(tmp_path, text))
    assert "answers.csv" in str(error.value) and "\n" not in str(error.value)


PERCENT, COMMA, BOTH = Scale(percent=True), Scale(decimal_comma=True), Scale(True, True)


@pytest.mark.parametrize(
    ("text", "scale", "values"),
    [
        ("confidence,correct\n85,1\n85 %,0\n85%,1\n0,0\n100.0,1\n", PERCENT, [0.85, 0.85, 0.85, 0, 1]),
        ("confidence,correct\n12.5,1\n0.5 %,0\n", PERCENT, [0.125, 0.005]),
        ("confidence;correct\n0,85;1\n,5;0\n1;1\n0;0\n1,0e-1;1\n", COMMA, [0.85, 0.5, 1, 0, 0.1]),
        ('confidence,correct\n"0,85",1\n', COMMA, [0.85]),
        ("confidence\tcorrect\n0,85\t1,0\n0,1\t0,0\n", COMMA, [0.85, 0.1]),
        ("confidence;correct\n85,5 %;ja\n", BOTH, None),
        ("confidence;correct\n85,5 %;yes\n7;no\n", BOTH, [0.855, 0.07]),
        ("confidence,correct\n1,1\n0,0\n", PERCENT, [0.01, 0]),
    ],
)
def test_percentages_and_decimal_commas_are_read_where_it_is_said(
    tmp_path: Path, text: str, scale: Scale, values: list[float] | None
) -> None:
    if values is None:
        with pytest.raises(BadFile, match="correct is 'ja'"):
            read_answers(written(tmp_path, text), scale=scale)
    else:
        assert read_answers(written(tmp_path, text), scale=scale).confidence["confidence"] == pytest.approx(
            values
        )


@pytest.mark.parametrize(
    ("text", "scale", "message"),
    [
        ("confidence,correct\n101,1\n", PERCENT, r"is 101, which is not from 0 to 100\.$"),
        ("confidence,correct\n0.85,1\n0.9,1\n", PERCENT, "no confidence is above 1, .*leave out --percent"),
        ("confidence,correct\nhigh,1\n", PERCENT, "write a number from 0 to 100"),
        ("confidence;correct\n0.85;1\n", COMMA, "with --decimal-comma, decimals follow a comma"),
        ("confidence;correct\n1.234,5;1\n", COMMA, "with --decimal-comma, decimals follow a comma"),
        ("confidence;correct\n85 %;1\n", COMMA, "a percentage: use --percent"),
        ("confidence;correct\n85,5;1\n", PERCENT, "with a decimal comma: use --decimal-comma"),
        (
            "confidence;correct\n85,5;1\n",
            COMMA,
            "which is not from 0 to 1. If these are percentages, use --percent",
        ),
    ],
)
def test_values_off_the_scale_are_reported(tmp_path: Path, text: str, scale: Scale, message: str) -> None:
    with pytest.raises(BadFile, match=message):
        read_answers(written(tmp_path, text), scale=scale)


def test_a_table_of_a_spreadsheet_in_utf_16_or_gzipped_is_read(tmp_path: Path) -> None:
    text = "confidence\tcorrect\r\n0.9\t1\r\n"
    for data in (text.encode("utf-16"), gzip.compress(text.encode())):
        (tmp_path / "answers.csv").write_bytes(data)
        assert read_answers(tmp_path / "answers.csv").confidence["confidence"].tolist() == [0.9]


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="There is no file"):
        read_answers(tmp_path / "none.csv")
    (tmp_path / "latin.csv").write_bytes("confidence,correct,né\n0.5,1,é\n".encode("latin-1"))
    with pytest.raises(BadFile, match="not UTF-8"):
        read_answers(tmp_path / "latin.csv")
    with pytest.raises(BadFile, match="cannot be read"):
        read_answers(tmp_path)
