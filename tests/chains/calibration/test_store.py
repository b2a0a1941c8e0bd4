"""Calibration files: finding and rejecting them, and saving them so that an interruption never leaves a part of one."""

import json
import logging
import math
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chains import assess, with_confidence
from chains.calibration import store as calibration_files
from chains.calibration.apply import with_distance
from chains.calibration.fitting import fitting
from chains.calibration.store import (
    NONE,
    SCHEMA,
    BadCalibration,
    checked_name,
    choose_calibration,
    chosen_calibration,
    delete,
    from_json,
    list_calibrations,
    load,
    rename,
    save,
    to_json,
)
from chains.engines.scripted import ScriptedChatModel
from chains.settings import Settings
from chains.with_confidence import assessment_of
from estimators.calibration.apply import NOT_YET, failed_signals
from estimators.calibration.combined import Combined, SingleSignal
from estimators.calibration.out_of_distribution import neighbourhood
from estimators.calibration.panel import Panel, PanelRow
from estimators.calibration.record import Calibration
from estimators.calibration.validity import Validity
from prompts import load as load_prompt
from tests.chains.script import OPTION_SIGNALS, OPTIONS, QUESTION, scripted
from tests.estimators.measured import NONE as NO_POINTS
from tests.estimators.measured import calibration, part

PROMPTS = {name: load_prompt(name).sha256 for name in ("options_hedged", "hedged")}


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The person's own folder, with nothing shipped beside it."""
    monkeypatch.setenv("CREDENCE_DATA", str(tmp_path))
    monkeypatch.setattr(calibration_files, "_shipped", lambda: iter(()))
    return tmp_path / "calibration"


def fitted(**changes: Any) -> Calibration:
    """A calibration of the scripted model, for questions of both kinds."""
    kinds = changes.pop("parts", (part("choice"), part("free")))
    return calibration(*kinds, **{"model": "scripted", "model_sha256": None, "prompts": PROMPTS, **changes})


def test_a_calibration_comes_back_as_it_was_saved_and_can_be_read_by_people(own: Path) -> None:
    path = save(fitted())
    assert path == own / "mine.json"
    assert load("mine") == fitted()
    row = json.loads(path.read_text())
    assert row["schema"] == SCHEMA
    assert row["parts"][0]["points"][1]["threshold"] == 0.7
    assert row["parts"][0]["signals"][0]["calibrator"] == {"slope": 2.0, "intercept": 0.0, "kind": "platt"}
    assert from_json(to_json(fitted())) == fitted()


def test_names(own: Path) -> None:
    save(fitted(), "Physics 250")
    with pytest.raises(BadCalibration, match="already a calibration named Physics 250: replace it"):
        save(fitted(), "Physics 250")
    save(fitted(seed=7), "Physics 250", replace=True)
    assert load("Physics 250").seed == 7
    rename("Physics 250", "Physics")
    assert [calibration.name for calibration in list_calibrations()] == ["Physics"]
    with pytest.raises(BadCalibration, match=r"no calibration named Physics 250\. Available: Physics\."):
        load("Physics 250")
    delete("Physics")
    assert list_calibrations() == ()
    with pytest.raises(BadCalibration, match="no calibration named Physics"):
        delete("Physics")


@pytest.mark.parametrize("name", ["", "  ", "../evil", "a/b", ".hidden", "none", "x" * 61, "a..b", "a\x00b"])
def test_a_name_never_leaves_the_folder(name: str) -> None:
    with pytest.raises(BadCalibration, match="cannot be the name"):
        checked_name(name)


def test_the_one_that_fits(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = ScriptedChatModel()
    assert fitting(model).reason == NOT_YET
    shipped = fitted(name="shipped", created="2027-01-01T00:00:00+00:00")
    monkeypatch.setattr(
        calibration_files, "_shipped", lambda: iter((calibration_files.Saved(shipped, None),))
    )
    assert fitting(model).calibration == shipped
    save(fitted(name="older", created="2026-01-01T00:00:00+00:00"))
    save(fitted(name="newer"))
    save(fitted(name="foreign", model="other", created="2028-01-01T00:00:00+00:00"))
    best = fitting(model).calibration
    assert best is not None and best.name == "newer"  # own before shipped, the latest of them
    choose_calibration("older")
    best = fitting(model).calibration
    assert chosen_calibration() == "older" and best is not None and best.name == "older"
    choose_calibration(NONE)
    assert fitting(model).reason == "calibration is switched off"
    named = fitting(model, "newer").calibration
    assert named is not None and named.name == "newer"
    choose_calibration("older")
    delete("older")
    assert chosen_calibration() is None
    with pytest.raises(BadCalibration, match="shipped is part of Credence"):
        delete("shipped")


def test_a_calibration_of_another_model_or_wording_is_rejected_with_the_reason(own: Path) -> None:
    model = ScriptedChatModel()
    model.metadata = {"credence": {"model": "scripted", "engine": "x", "model_sha256": "ff"}}
    save(fitted(model_sha256="aa"))
    assert fitting(model).reason == (
        "the calibration mine does not fit: it was measured with another model file (scripted); calibrate this model"
    )
    save(fitted(prompts={"hedged": "old"}), replace=True)
    assert "the wording of the prompt hedged has changed" in fitting(model, "mine").reason
    save(fitted(prompts={"gone": "old"}), replace=True)
    assert "the prompt gone that it was measured with no longer exists" in fitting(model).reason
    assert fitting(model, "nobody").reason == "there is no calibration named nobody"
    (saved,) = list_calibrations(model)
    assert saved.misfit and not saved.shipped


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda row: "{", "not JSON"),
        (lambda row: "[]", "schema None"),
        (
            lambda row: json.dumps({**row, "schema": "credence.calibration/2"}),
            "this version of Credence reads",
        ),
        (lambda row: json.dumps({**row, "parts": []}), "at least one part, and only one for each kind"),
        (lambda row: json.dumps({name: row[name] for name in row if name != "model"}), "model"),
        (lambda row: json.dumps(row).replace('"slope": 2.0', '"slope": NaN'), "not finite"),
        (lambda row: json.dumps(row).replace('"threshold": 0.7', '"threshold": "x"'), "threshold"),
    ],
)
def test_a_broken_file_is_named_and_left_out(
    own: Path, caplog: pytest.LogCaptureFixture, change: Any, sentence: str
) -> None:
    save(fitted(name="good"))
    text = change(json.loads(to_json(fitted())))
    with pytest.raises(BadCalibration, match=sentence):
        from_json(text)
    (own / "bad.json").write_text(text)
    with caplog.at_level(logging.WARNING):
        assert [calibration.name for calibration in list_calibrations()] == ["good"]
    assert "bad.json" in caplog.text


def test_every_shipped_calibration_can_be_read_and_fits_its_prompts(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.undo()
    for saved in calibration_files._shipped():
        who = {"model": saved.calibration.model, "engine": "", "model_sha256": saved.calibration.model_sha256}
        model = ScriptedChatModel()
        model.metadata = {"credence": who}
        assert calibration_files._misfit(saved.calibration, model) == ""
        assert saved.calibration.model_sha256, "shipped ones are identified by their checksum"
    assert not caplog.text


SAVING = """
import os
import sys
from dataclasses import replace
from pathlib import Path
from chains.calibration.store import from_json, save
saved = from_json(Path(sys.argv[1]).read_text())
for _ in sys.stdin:  # one process to kill for each line
    child = os.fork()
    if child:
        print(child, flush=True)
        os.waitpid(child, 0)
    while not child:
        for name in ("first", "second"):
            save(replace(saved, engine=name * 200_000), replace=True)
"""


@pytest.mark.repository
def test_a_kill_while_saving_leaves_a_complete_calibration(own: Path, tmp_path: Path) -> None:
    save(fitted())
    source = tmp_path / "source.json"
    source.write_text(to_json(fitted()))
    root = Path(__file__).parents[3]
    command, pipe = [sys.executable, "-c", SAVING, str(source)], subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, cwd=root, text=True) as parent:
        assert parent.stdin is not None and parent.stdout is not None
        for turn in range(6):
            parent.stdin.write("save\n")
            parent.stdin.flush()
            child = int(parent.stdout.readline())
            time.sleep(0.01 + 0.017 * turn)  # somewhere within a save of a megabyte
            os.kill(child, signal.SIGKILL)
            loaded = load("mine")
            assert set(loaded.engine.replace("first", "1").replace("second", "2")) in (
                {"1"},
                {"2"},
                set("script"),
            )
            assert replace(loaded, engine="script") == fitted()
            assert [calibration.name for calibration in list_calibrations()] == ["mine"]


def test_a_disk_error_is_reported_and_the_old_calibration_stays(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(fitted())

    def refuse(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(BadCalibration, match="No space left on device"):
        save(fitted(seed=9), replace=True)
    assert load("mine").seed == 1
    assert [path.name for path in own.iterdir()] == ["mine.json"]


# ---- through the pipeline


def test_the_pipeline_decides_with_the_calibration_that_fits(own: Path) -> None:
    save(fitted())
    assessment = assess(scripted(), OPTIONS, settings=Settings(risk=0.3))
    assert OPTION_SIGNALS["msp"] == 0.6
    expected = 0.36 / 0.52  # σ(2 · logit 0.6)
    assert assessment.decision.calibrated and assessment.decision.confidence == pytest.approx(expected)
    assert (assessment.decision.threshold, assessment.decision.abstain) == (0.4, False)
    assert "at most 30 %" in assessment.decision.promise
    signal_of = {signal.name: signal for signal in assessment.signals}
    assert signal_of["p_ic"].calibrated == pytest.approx(0.25)  # σ(−logit 0.75)
    assert signal_of["numeric"].calibrated is None
    assert assessment.evidence.provenance.options["risk"] == 0.3
    strict = assess(scripted(), OPTIONS, settings=Settings(risk=0.2))
    assert strict.decision.abstain and strict.decision.threshold == 0.7


def test_nothing_changes_without_a_calibration(own: Path) -> None:
    assessment = assess(scripted(), QUESTION)
    assert (assessment.decision.calibrated, assessment.decision.uncalibrated) == (False, NOT_YET)
    assert assessment.signal("combined") is None
    save(fitted())
    off = assess(scripted(), QUESTION, settings=Settings(calibration=NONE))
    assert off.decision.uncalibrated == "calibration is switched off"
    assert replace(off.decision, uncalibrated=NOT_YET) == assessment.decision


def test_answers_asked_differently_are_not_calibrated(own: Path) -> None:
    save(fitted())
    otherwise = assess(scripted(), OPTIONS, settings=Settings(asking="letter_first"))
    assert "with the letter first here" in otherwise.decision.uncalibrated
    message = with_confidence(scripted(), system="Be brief.").invoke(OPTIONS)
    kept = assessment_of(message)
    assert kept is not None and "the system message was empty" in kept.decision.uncalibrated
    kept = assessment_of(with_confidence(scripted()).invoke(OPTIONS))
    assert kept is not None and kept.decision.calibrated


def test_signals_that_the_calibration_needs_are_asked_for(own: Path) -> None:
    needing = replace(
        part(), combined=Combined(("msp", "likert_own_label"), (2.0, 0.5), (0.0, 0.0), (1.0, 1.0), (0.0, 0.0), 0.0, 1.0, {})
    )  # fmt: skip
    save(calibration(needing, model="scripted", model_sha256=None, prompts=PROMPTS))
    assessment = assess(scripted(), OPTIONS)
    assert assessment.decision.calibrated and "likert_own" in assessment.evidence.probes
    chosen = assess(scripted(), OPTIONS, signals=("msp",))
    assert (
        chosen.decision.uncalibrated
        == "the calibration needs signals that were not requested: likert_own_label"
    )


def test_an_out_of_distribution_question_is_marked(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import numpy as np

    class Embedder:
        def embed(self, texts: list[str]) -> Any:
            return np.array(
                [[0.0, 1.0] if "Australia" in text else [1.0, 0.01] for text in texts], np.float32
            )

    monkeypatch.setattr("chains.meaning.embedding.open_embedder", lambda model: Embedder())
    near = neighbourhood(np.array([[1.0, 0.001 * k] for k in range(30)]), "builtin")
    save(
        calibration(
            part("choice", near=near),
            part("free", near=near),
            model="scripted",
            model_sha256=None,
            prompts=PROMPTS,
        )
    )
    like, unlike = assess(scripted(), OPTIONS), assess(scripted(), QUESTION)
    assert (like.decision.outside, like.decision.unchecked) == ("", "")
    assert unlike.decision.outside == "it is unlike the 30 calibration questions"
    assert unlike.distance is not None and unlike.distance.value == pytest.approx(1.0, abs=0.05)
    other = assess(scripted(), QUESTION, settings=Settings(embedding="elsewhere"))
    assert (
        other.decision.unchecked
        == "the calibration's questions were embedded with builtin, not with elsewhere"
    )
    bare = replace(unlike, distance=None)
    assert with_distance(bare, load("mine")).distance == unlike.distance


def test_answers_are_decided_even_if_no_setting_has_a_guarantee(own: Path) -> None:
    save(calibration(part(points=NO_POINTS), model="scripted", model_sha256=None, prompts=PROMPTS))
    decision = assess(scripted(), OPTIONS, settings=Settings(risk=0.2)).decision
    assert (decision.calibrated, decision.promise, decision.threshold) == (True, "", 0.8)
    assert decision.no_promise == "too many were wrong"


def test_a_file_of_the_first_versions_opens_and_is_refused_only_where_a_reading_has_changed() -> None:
    row = json.loads(to_json(fitted()))
    assert row.pop("readings") == 2
    old = from_json(json.dumps(row))
    assert old.readings == 1
    assert old == replace(fitted(), readings=1)
    save(old)
    assert fitting(scripted()).calibration == old  # p_ic and msp are read as they were
    next(saved for saved in row["parts"] if saved["kind"] == "choice")["signals"][1]["name"] = (
        "semantic_entropy"
    )
    save(from_json(json.dumps(row)), "sampled")
    assert fitting(scripted(), "sampled").reason == (
        "the calibration sampled does not fit: semantic_entropy of questions with options is now asked or read "
        "differently; calibrate again"
    )


@pytest.mark.parametrize("lacking", [(), ("p_ic",), ("msp", "numeric"), ("linguistic", "p_true_own")])
def test_a_file_from_before_the_screen_keeps_applying_as_it_was_fitted(
    monkeypatch: pytest.MonkeyPatch, lacking: tuple[str, ...]
) -> None:
    monkeypatch.undo()
    path = Path(__file__).parents[2] / "evaluation" / "older" / "hedged-calibration.json"
    row = next(kind for kind in json.loads(path.read_text())["parts"] if kind["kind"] == "choice")["combined"]
    opened = from_json(path.read_text()).part("choice")
    assert opened is not None and (opened.combined.alone, opened.combined.tail) == ((), 0.0)
    assert failed_signals(opened) == {}
    readings = {name: None if name in lacking else 0.3 + 0.05 * k for k, name in enumerate(row["names"])}
    by_hand = row["intercept"]
    for k, reading in enumerate(readings.values()):
        weight = opened.combined.weights[k]  # a nearly constant signal has lost its weight, as before
        assert weight in (0.0, row["weights"][k])
        if reading is None:
            by_hand += row["absent"][k]
        else:
            by_hand += weight * (math.log(reading / (1 - reading)) - row["means"][k]) / row["spreads"][k]
    assert opened.combined.score([readings])[0] == pytest.approx(by_hand)
    assert set(opened.used(readings)) == {
        n for n, w in zip(row["names"], opened.combined.weights, strict=True) if w
    } - set(lacking)


def test_a_calibration_with_its_screen_comes_back_as_it_was_saved() -> None:
    passes = Validity(125, 1.0, 0.0, 99, 0.8, 0.7, 0.9)
    fails = Validity(125, 0.4, 0.0, 9, failure="read", reason="it could be read in only 50 of 125 answers")
    alone = (SingleSignal("msp", 0.1, 0.7, -2.0, 2.0),)
    score = Combined(
        ("msp",), (0.8,), (0.0,), (1.0,), (0.0,), 0.1, 1.0, {"msp": 0.6}, ((-2.0, 2.0),), 0.1, alone, "it is the best"
    )  # fmt: skip
    signals = tuple(
        replace(signal, validity=validity, sample=(0.25, 0.5))
        for signal, validity in zip(part().signals, (passes, fails), strict=True)
    )
    saved = fitted(parts=(replace(part(), combined=score, signals=signals),))
    opened = from_json(to_json(saved))
    assert opened == saved
    assert failed_signals(opened.parts[0]) == {"p_ic": "it could be read in only 50 of 125 answers"}


def test_the_default_panel_is_kept_and_older_files_have_none() -> None:
    chosen = Panel((PanelRow("msp", "it decides"), PanelRow("numeric", "AUROC 0.70 [0.60, 0.80]")), 1)
    made = calibration(replace(part("choice"), panel=chosen), part("free"))
    again = from_json(to_json(made))
    assert again == made and again.parts[0].panel == chosen
    older = json.loads(to_json(made))
    for row in older["parts"]:
        del row["panel"]
    assert [kind.panel for kind in from_json(json.dumps(older)).parts] == [None, None]
    older["parts"][0]["panel"] = {"rows": [], "calls": 0}
    with pytest.raises(BadCalibration, match="needs a row"):
        from_json(json.dumps(older))
