"""``python -m evaluation``: its commands, and messages for wrong arguments and input."""

import json
from pathlib import Path

import pytest

from evaluation.__main__ import MODULES, main

GOOD = json.dumps({"id": "a", "domain": "art", "question": "Who?"})


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    assert end.value.code == 0
    printed = capsys.readouterr().out
    assert {"run", "mic", "judges", "replies"} <= set(MODULES)
    assert all(name in printed for name in MODULES)


def test_an_unknown_command_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["sing"])
    assert end.value.code == 2
    assert "sing" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["run", "mic", "judges", "replies"])
def test_a_command_tells_about_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([command, "--help"])
    assert end.value.code == 0
    assert "--model" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "There is no file"),
        ("", "is empty"),
        (GOOD + "\n{", "line 2: not JSON"),
        (GOOD + "\n\n[1]", "line 3: not a JSON object"),
        (GOOD + '\n{"id": "b", "domain": "art"}', "line 2: not in the Credence layout of the other rows"),
        (GOOD + "\n" + GOOD, "'a' is used twice"),
    ],
)
def test_a_bad_question_file_is_one_sentence_and_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str | None, message: str
) -> None:
    file = tmp_path / "questions.jsonl"
    if text is not None:
        file.write_text(text)
    assert main(["mic", "--model", "scripted", "--questions", str(file)]) == 2
    printed = capsys.readouterr().err
    assert message in printed and "questions.jsonl" in printed
    assert len(printed.strip().splitlines()) == 1


def test_a_bad_label_file_names_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    labels = tmp_path / "labels.jsonl"
    labels.write_text('{"question": "?", "sentence": "s", "sample": "t", "label": "maybe"}\n')
    assert main(["judges", "--model", "scripted", "--labels", str(labels)]) == 2
    assert "labels.jsonl, line 1: label" in capsys.readouterr().err


def test_a_model_that_is_not_there_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "q.jsonl").write_text(GOOD)
    arguments = ["mic", "--model", str(tmp_path / "none.gguf"), "--questions", str(tmp_path / "q.jsonl")]
    assert main(arguments) == 2
    printed = capsys.readouterr().err
    *layout, error = printed.strip().splitlines()
    assert "none.gguf" in error and len(layout) == 1 and "Credence layout, 1 question" in layout[0]


def test_a_missing_reply_file_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replies", str(tmp_path / "none.jsonl"), str(tmp_path / "out.jsonl")]) == 2
    assert "There is no file" in capsys.readouterr().err
