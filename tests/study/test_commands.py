"""``python -m study``: one table of commands, sentences instead of tracebacks."""

from pathlib import Path

import pytest

from study import __main__ as study_main
from tests.study.studies import design_text, write_study


def test_every_command_exists_and_is_described(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        study_main.main(["--help"])
    output = capsys.readouterr().out
    assert ended.value.code == 0
    assert all(name in output for name in study_main.MODULES)


@pytest.mark.parametrize("command", ["check", "freeze", "serve"])
def test_a_faulty_design_ends_with_2_and_its_lines(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "s.yaml"
    path.write_text("study: s\nflow: talk\n")
    code = study_main.main([command, str(path)])
    output = capsys.readouterr().err
    assert f"{path}, line 2: flow is 'talk'; use one of: own-answer-first" in output
    assert "Traceback" not in output
    assert code in (1, 2) and (command == "serve" or code == 2)


def test_a_missing_file_and_an_unknown_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert study_main.main(["check", "/nowhere/s.yaml"]) == 2
    assert "There is no file /nowhere/s.yaml" in capsys.readouterr().err
    with pytest.raises(SystemExit) as ended:
        study_main.main(["frieze"])
    assert ended.value.code == 2


def test_serving_refuses_on_a_space_without_a_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("CREDENCE_DATA", "CREDENCE_STUDY_DATABASE", "CREDENCE_STUDY_DATASET"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SPACE_ID", "me/space")
    file, _ = write_study(tmp_path, design_text())
    assert study_main.main(["serve", str(file.path), "--port", "0"]) != 0
    assert "A Space loses its disk" in capsys.readouterr().err
