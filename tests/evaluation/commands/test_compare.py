"""``python -m evaluation compare``: two runs on the questions they share."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytest import approx

from evaluation import metrics
from evaluation.__main__ import main
from evaluation.runs.record import header_of
from tests.evaluation.run_files import HEADER, records, write_run

ONE, TWO = records(40), records(40, skill=0.2)
BETTER = {
    "schema": 1,
    "run": {"model": "better", "engine": "script", "seed": 0, "settings": {"asking": "as_typed"}},
}


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    # The second has the questions from 5 on, in another order.
    return write_run(tmp_path / "one.jsonl", ONE, HEADER), write_run(
        tmp_path / "two.jsonl", TWO[:4:-1], BETTER
    )


def json_output(capsys: pytest.CaptureFixture[str], *arguments: object) -> Any:
    assert main(["compare", *map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out, parse_constant=lambda name: pytest.fail(f"{name} in JSON"))


def test_the_shared_questions_are_compared(
    files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    result = json_output(capsys, *files, "--signal", "p_ic", "--intervals", "100")
    assert (result["n"], result["not_shared"], result["models"]) == (35, [5, 0], ["simulated", "better"])
    right = [[row["correct"] for row in rows[5:]] for rows in (ONE, TWO)]
    assert result["accuracy"]["first"] == np.mean(right[0])
    only = [sum(a and not b for a, b in zip(*side, strict=True)) for side in (right, right[::-1])]
    assert [result["accuracy"][key] for key in ("only_first", "only_second")] == only
    assert only == [0, 5] and result["accuracy"]["p"] == approx(2 * 0.5**5)  # five coins, all on one side
    assert result["differing"] == {"model": ["simulated", "better"], "settings.asking": [None, "as_typed"]}
    p_ic = result["signals"]["p_ic"]
    confidence = [[row["assessment"]["signals"][0]["confidence"] for row in rows[5:]] for rows in (ONE, TWO)]
    both = [metrics.auroc(c, y) for c, y in zip(confidence, right, strict=True)]
    assert (p_ic["n"], p_ic["auroc"]["difference"]) == (35, approx(both[0] - both[1]))
    assert p_ic["auroc"]["interval"][0] < both[0] - both[1] < p_ic["auroc"]["interval"][1]


def test_a_run_against_itself_differs_in_nothing(
    files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    result = json_output(capsys, files[0], files[0], "--signal", "numeric", "--intervals", "100")
    assert result["accuracy"]["p"] == 1
    for name, metric in result["signals"]["numeric"].items():
        if name != "n" and "missing" not in metric:
            assert (metric["difference"], metric["interval"], metric["p"]) == (0, [0, 0], 1)


def test_for_people(files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", *map(str, files), "--intervals", "100"]) == 0
    printed = capsys.readouterr().out
    assert "35 shared questions" in printed and "graded in one run only: 5 of A, 0 of B" in printed
    assert (
        "model: simulated · better" in printed
        and "only A right 0, only B right 5" in printed
        and "0.062" in printed
    )
    assert all(title in printed for title in ("Internal confidence (p_ic), n = 35", "AUROC", "Accuracy"))


def test_answers_without_the_signal_in_one_run_are_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = json.loads(json.dumps(TWO[:10]))
    for row in other[:4]:
        row["assessment"]["signals"][0].update(confidence=None, missing="no letter", per_option=[])
    for row in other:
        row["assessment"]["signals"][1].update(confidence=None, missing="no letter", per_option=[])
    files = write_run(tmp_path / "a.jsonl", ONE[:10]), write_run(tmp_path / "b.jsonl", other)
    result = json_output(capsys, *files, "--intervals", "100")
    assert result["signals"]["p_ic"]["n"] == 6 and result["signals"]["msp"] == {"n": 0}
    assert main(["compare", *map(str, files), "--intervals", "100"]) == 0
    assert "no shared answer has this signal in both runs" in capsys.readouterr().out


def test_errors_are_one_sentence(
    tmp_path: Path, files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    apart = write_run(tmp_path / "apart.jsonl", TWO[:5])
    renamed = write_run(tmp_path / "renamed.jsonl", [{**ONE[0], "question": "Another one?"}])
    for arguments, text in (
        ((apart, files[1]), "share no graded question"),
        ((files[0], renamed), "1 ids belong to different questions, the first of them 'q-0'"),
        ((*files, "--signal", "nose"), "the runs do not both have the signal nose; both have: p_ic"),
        ((*files, "--intervals", "0"), "a paired comparison needs resamples"),
    ):
        assert main(["compare", *map(str, arguments)]) == 2
        printed = capsys.readouterr().err
        assert text in printed and len(printed.splitlines()) == 1


def test_settings_of_older_runs_are_compared_under_todays_names(tmp_path: Path) -> None:
    older = {"hedge": False, "instruct": True, "temperature": 0.0}
    assert header_of({"model": "m", "settings": older})["settings"] == {
        "asking": "letter_first", "system": "", "temperature": 0.0
    }  # fmt: skip
