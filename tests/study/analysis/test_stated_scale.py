"""A scale whose labels said nothing gets its meaning when it is analysed, and its confidences are P(right) then."""

from pathlib import Path

import pytest
from pytest import approx

from study.__main__ import main
from study.analysis.stated_scale import with_scale
from study.design.parts import Meaning
from study.tables.tidy_files import csv_lines
from study.tables.trial_row import TRIALS
from tests.study.trial_rows import trial

RATED = trial(
    confidence_scale="rating", scale_low=1.0, scale_high=7.0, chance=0.25, own_slider=1.0, final_slider=4.0,
    outcome_correct=True, status="completed", flow="own-answer-first", study="small", design_sha256="ab" * 32,
    practice=False, seconds=1.0,
).to_dict()  # fmt: skip


def test_the_confidences_follow_from_the_sliders() -> None:
    stated = with_scale(RATED, "guess-to-certain")
    assert stated["own_confidence"] == approx(0.25)  # a pure guess
    assert stated["final_confidence"] == approx(0.25 + 0.75 / 2)
    assert stated["confidence_scale"] == "guess-to-certain"
    assert with_scale(stated, "rating") == RATED


def test_a_trial_of_an_older_file_stays_as_it_is() -> None:
    older = RATED | {"confidence_scale": None, "scale_low": None, "scale_high": None, "own_confidence": 0.4}
    assert with_scale(older, "guess-to-certain") == older


@pytest.mark.parametrize(
    ("low", "high", "means", "said"),
    [
        (1.0, 7.0, "probability", "from 1 to 7 is not a probability"),
        (-1.0, 1.0, "probability", "from -1 to 1 is not a probability"),
        (50.0, 100.0, "guess-to-certain", "from 50 to 100 are already probabilities"),
    ],
)
def test_numbers_that_contradict_the_meaning_are_refused(
    low: float, high: float, means: Meaning, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        with_scale(RATED | {"scale_low": low, "scale_high": high}, means)


def test_the_command_takes_the_meaning_and_names_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = tmp_path / "trials.csv", tmp_path / "report.html"
    data.write_text("".join(csv_lines(TRIALS, [RATED])), newline="")
    asked = ["analyse", str(data), "--out", str(out), "--intervals", "0"]
    assert main([*asked, "--scale", "guess-to-certain"]) == 0
    page = out.read_text(encoding="utf-8")
    assert "scale 1 to 7" in page and "--scale guess-to-certain" in page
    assert main([*asked, "--scale", "probability"]) == 2
    assert "from 1 to 7 is not a probability" in capsys.readouterr().err
