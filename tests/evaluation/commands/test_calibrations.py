"""Managing calibrations from the command line."""

import dataclasses
from pathlib import Path

import pytest

from chains.calibration.store import chosen_calibration, save
from evaluation.__main__ import main
from evaluation.calibration.fit import fit_calibration
from evaluation.runs.labelled_answers import labelled_answers
from evaluation.runs.reader import read_run
from tests.estimators.measured import calibration
from tests.evaluation.run_files import HEADER, records, write_run


@pytest.fixture(autouse=True)
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDENCE_DATA", str(tmp_path))
    current = calibration()
    save(dataclasses.replace(current, name="first"))
    half = tuple(
        dataclasses.replace(part, after=dataclasses.replace(part.after, brier=0.25)) for part in current.parts
    )
    save(dataclasses.replace(current, name="second", parts=half))


def output(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["calibrations", *words]) == 0
    return capsys.readouterr().out


def test_they_are_listed_with_the_one_in_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert "Now using second where it fits" in output(capsys, "use", "second")
    lines = output(capsys).splitlines()
    by_name = {line.split("  ")[0].strip(): line for line in lines[1:]}
    assert {"first", "second", "SmolLM2-135M-Instruct"} <= set(by_name)
    assert by_name["second"].rstrip().endswith("in use") and "in use" not in by_name["first"]
    assert by_name["SmolLM2-135M-Instruct"].rstrip().endswith("came with Credence")


def test_one_is_shown_and_two_are_compared(capsys: pytest.CaptureFixture[str]) -> None:
    assert "error rate" in output(capsys, "show", "first")
    row = next(line for line in output(capsys, "compare", "first", "second").splitlines() if "Brier" in line)
    assert row.split()[-1] == "0.250" and row.split()[-2] != "0.250"


def test_choosing_renaming_and_deleting(capsys: pytest.CaptureFixture[str]) -> None:
    output(capsys, "use", "first")
    output(capsys, "rename", "first", "third")
    assert chosen_calibration() == "third"
    assert output(capsys, "delete", "third") == "Deleted third.\n"
    assert chosen_calibration() is None
    assert output(capsys, "use", "none") == "Now using no calibration.\n" and chosen_calibration() == "none"
    output(capsys, "use", "latest")
    assert chosen_calibration() is None
    assert "third" not in output(capsys, "list")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("use", "nobody"), "There is no calibration named nobody. Available: first, second, Qwen2.5"),
        (("delete", "SmolLM2-135M-Instruct"), "is part of Credence and cannot be changed."),
        (("rename", "first", "second"), "There is already a calibration named second"),
    ],
)
def test_wrong_arguments_are_reported(
    words: tuple[str, ...], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["calibrations", *words]) == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("show",), "the following arguments are required: NAME"),
        (("use", "first", "second"), "unrecognized arguments: second"),
        (("sing",), "sing"),
    ],
)
def test_every_action_says_which_names_it_takes(
    words: tuple[str, ...], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["calibrations", *words])
    assert ended.value.code == 2
    assert sentence in capsys.readouterr().err


def test_a_run_is_checked_against_a_calibration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_run(tmp_path / "run.jsonl", records(80, seed=3, domains=("arc",), samples=0), HEADER)
    fitted = fit_calibration(labelled_answers(path, read_run(path).records), "simulated", draws=0)
    save(fitted)
    printed = output(capsys, "check", "simulated", str(path))
    assert "Questions with options:" in printed and "p of the calibration being right" in printed
    assert "On these questions, the calibration shows no error: it shows " in printed
    assert "Kolmogorov–Smirnov distance" in printed
    assert "left out: 80 (it was measured with m, but this is " in output(capsys, "check", "first", str(path))
