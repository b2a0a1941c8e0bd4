"""Selected labels allow no guarantee; only labels without gaps do."""

import copy
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chains.calibration.store import from_json, to_json
from estimators.calibration.apply import notice, redecide
from estimators.calibration.guarantee import CHOSEN, UNRECORDED
from estimators.calibration.record import Calibration
from evaluation.__main__ import main
from evaluation.calibration import calibrating
from evaluation.calibration.fit import fit_calibration, not_embedded
from evaluation.calibration.report import calibration_lines
from evaluation.runs.labelled_answers import read_labelled
from tests.evaluation.run_files import HEADER, records, write_run
from tests.ui.panel.test_panel import read
from ui.calibration.results import results
from ui.risk import risk_value

POOL = records(120, samples=0, skill=0.05)
SKILLED = records(120, samples=0, skill=0.25)


def label(place: int, said: str | None = None, number: int | None = None, pool: Any = POOL) -> dict[str, Any]:
    """The label of an answer of the pool, as the chat writes it; None: by whether it was right."""
    record = pool[place]
    said = said or ("yes" if record["correct"] else "no")
    row = {
        "id": f"2026-11-26T12:00:00/{place}", "question": record["question"], "label": said,
        "correct": {"yes": True, "no": False}.get(said), "assessment": record["assessment"],
    }  # fmt: skip
    return row if number is None else {**row, "number": number}


def written(path: Path, rows: Iterable[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def made(path: Path) -> Calibration:
    return fit_calibration(read_labelled(path), "own", draws=0)


def test_labels_of_every_answer_can_guarantee(tmp_path: Path) -> None:
    path = written(tmp_path / "labels.jsonl", (label(k, number=k + 7, pool=SKILLED) for k in range(120)))
    calibrated = made(path)
    assert calibrated.no_guarantee == "" and calibrated.parts[0].best is not None
    run = fit_calibration(read_labelled(write_run(tmp_path / "r.jsonl", SKILLED, HEADER)), "own", draws=0)
    assert run.no_guarantee == "" and run.parts[0].points == calibrated.parts[0].points


def test_labelled_four_times_as_often_when_right_no_calibration_guarantees_anything(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    for numbered in (False, True):
        for draw in range(20):
            order = rng.permutation(120)
            chosen = [k for k in order if rng.random() < (0.8 if POOL[k]["correct"] else 0.2)]
            number = {int(k): place for place, k in enumerate(order)}
            rows = [
                label(int(k), number=number[int(k)] if numbered else None)
                for k in sorted(chosen, key=number.__getitem__)
            ]
            calibrated = made(written(tmp_path / f"{numbered}{draw}.jsonl", rows))
            (part,) = calibrated.parts
            assert calibrated.no_guarantee.startswith(CHOSEN)
            assert part.best is None and part.overall_bound == 1.0
            assert {point.missing for point in part.points} == {calibrated.no_guarantee}


GAPS = f"{CHOSEN}, and {{}} not labelled right or wrong between the first and the last of them"


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({}, ""),
        ({5: None}, GAPS.format("1 answer was")),
        ({5: None, 6: None}, GAPS.format("2 answers were")),
        ({5: "unknown"}, GAPS.format("1 answer was")),
        ({0: None}, ""),  # before the first
        ({59: None}, ""),  # after the last
        ({5: "number"}, UNRECORDED),
        ({5: "twice"}, UNRECORDED),  # the count began again
    ],
)
def test_what_makes_a_gap(changed: dict[int, str | None], why: str, tmp_path: Path) -> None:
    rows = [label(k, number=k) for k in range(60)]
    for place, how in changed.items():
        if how is None:
            rows[place] = {}
        elif how == "number":
            del rows[place]["number"]
        elif how == "twice":
            rows[place]["number"] = 6
        else:
            rows[place] = label(place, how, place)
    path = written(tmp_path / "labels.jsonl", [row for row in rows if row])
    assert read_labelled(path).no_guarantee == why


def test_a_label_that_was_taken_back_leaves_a_gap_and_another_models_does_not(tmp_path: Path) -> None:
    rows = [label(k, number=k) for k in range(60)]
    back = {**rows[9], "label": None, "correct": None}
    foreign = copy.deepcopy(label(70, number=500))
    foreign["assessment"]["evidence"]["provenance"]["model"] = "another"
    from estimators.types import Provenance

    who = Provenance(POOL[0]["assessment"]["evidence"]["provenance"]["model"])
    path = written(tmp_path / "labels.jsonl", [*rows, foreign])
    assert read_labelled(path, model=who).no_guarantee == ""
    path = written(tmp_path / "labels.jsonl", [*rows, foreign, back])
    assert read_labelled(path, model=who).no_guarantee == GAPS.format("1 answer was")


def test_the_file_the_page_the_slider_and_the_command_say_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CREDENCE_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(calibrating, "_neighbours", not_embedded)
    path = written(tmp_path / "labels.jsonl", (label(k) for k in range(60)))
    assert main(["calibrate", str(path), "--name", "own"]) == 0
    assert UNRECORDED in capsys.readouterr().out
    text = (tmp_path / "data" / "calibration" / "own.json").read_text()
    assert json.loads(text)["no_guarantee"] == UNRECORDED
    loaded = from_json(text)
    sentence = f"No guarantee for questions with options: {UNRECORDED}."
    assert notice(loaded, "choice") == sentence and sentence in "\n".join(calibration_lines(loaded))
    assert sentence in read(results(loaded, 0.3)).text
    from chains.calibration.fitting import Fit
    from chains.settings import Settings

    assert risk_value(Fit(loaded), Settings())["notice"] == sentence
    from estimators.types import Assessment

    decision = redecide(Assessment.from_dict(POOL[0]["assessment"]), loaded, risk=0.3).decision
    assert decision.calibrated and not decision.promise and decision.no_promise == UNRECORDED


def test_an_older_calibration_from_labels_loses_its_guarantees(tmp_path: Path) -> None:
    path = written(tmp_path / "labels.jsonl", (label(k, number=k, pool=SKILLED) for k in range(120)))
    row = json.loads(to_json(made(path)))
    assert any(point["threshold"] is not None for point in row["parts"][0]["points"])
    del row["no_guarantee"]  # as an older version wrote it
    loaded = from_json(json.dumps(row))
    assert loaded.no_guarantee == UNRECORDED and loaded.parts[0].best is None


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda e: e["answer"].update(finish="length"), "the answer was cut off at the token limit"),
        (lambda e: e["provenance"].update(begun="B"), "a person chose a word of the answer"),
        (lambda e: e["provenance"].update(given=True), "the answer was supplied, not written by the model"),
        (
            lambda e: e["question"].update(history=[{"role": "system", "content": "x"}]),
            "the conversation has a system message",
        ),
        (lambda e: e["answer"].update(text="I don't know.", tokens=[], span=None), "the answer chooses none of the options"),
    ],
)  # fmt: skip
def test_answers_that_no_calibration_holds_for_are_left_out_when_one_is_made(
    change: Any, why: str, tmp_path: Path
) -> None:
    rows = [copy.deepcopy(label(k, number=k)) for k in range(40)]
    for row in rows[:3]:
        change(row["assessment"]["evidence"])
    labelled = read_labelled(written(tmp_path / "labels.jsonl", rows))
    assert labelled.left_out == {why: 3} and len(labelled.answers) == 37
