"""The calibrations that are there, from the command line."""

import dataclasses
from pathlib import Path

import pytest

from chains.calibration.store import chosen_calibration, save
from evaluation.__main__ import main
from tests.estimators.measured import calibration


@pytest.fixture(autouse=True)
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDENCE_DATA", str(tmp_path))
    made = calibration()
    save(dataclasses.replace(made, name="first"))
    half = tuple(
        dataclasses.replace(part, after=dataclasses.replace(part.after, ece=0.25)) for part in made.parts
    )
    save(dataclasses.replace(made, name="second", parts=half))


def told(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["calibrations", *words]) == 0
    return capsys.readouterr().out


def test_they_are_listed_with_the_one_in_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert "second is in use where it fits" in told(capsys, "use", "second")
    lines = told(capsys).splitlines()
    by_name = {line.split("  ")[0].strip(): line for line in lines[1:]}
    assert {"first", "second", "SmolLM2-135M-Instruct"} <= set(by_name)
    assert by_name["second"].rstrip().endswith("in use") and "in use" not in by_name["first"]
    assert by_name["SmolLM2-135M-Instruct"].rstrip().endswith("came with Credence")


def test_one_is_shown_and_two_are_compared(capsys: pytest.CaptureFixture[str]) -> None:
    assert "of them wrong" in told(capsys, "show", "first")
    row = next(line for line in told(capsys, "compare", "first", "second").splitlines() if "ECE" in line)
    assert row.split()[-1] == "0.250" and row.split()[-2] != "0.250"


def test_choosing_renaming_and_deleting(capsys: pytest.CaptureFixture[str]) -> None:
    told(capsys, "use", "first")
    told(capsys, "rename", "first", "third")
    assert chosen_calibration() == "third"
    assert told(capsys, "delete", "third") == "third is deleted.\n"
    assert chosen_calibration() is None
    assert told(capsys, "use", "none") == "No calibration is in use.\n" and chosen_calibration() == "none"
    told(capsys, "use", "latest")
    assert chosen_calibration() is None
    assert "third" not in told(capsys, "list")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("show",), "`show` takes one name, and 0 were given."),
        (("use", "nobody"), "There is no calibration named nobody. Available: first, second, SmolLM2"),
        (("delete", "SmolLM2-135M-Instruct"), "is part of Credence and cannot be changed."),
        (("rename", "first", "second"), "There is already a calibration named second"),
    ],
)
def test_what_is_given_wrongly_is_said(
    words: tuple[str, ...], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["calibrations", *words]) == 2
    assert sentence in capsys.readouterr().err
