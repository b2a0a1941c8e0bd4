"""The calibrations that come with Credence: each fits its model, and its figures are reproducible."""

import math
from collections.abc import Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from chains import Settings, assess, open_chat_model
from chains.calibration import store
from chains.calibration.fitting import Fit, fitting
from chains.calibration.store import Saved, _shipped, choose_calibration, from_json
from chains.engines.scripted import ScriptedChatModel
from chains.model_files import BUILTIN_SHA256, TINY_SHA256
from estimators.calibration.apply import NOT_YET
from estimators.calibration.calibrators import Platt, Temperature
from estimators.calibration.record import KINDS, USUAL_ALTERNATIVES, Calibration, KindCalibration
from estimators.calibration.risk_control import upper_bound
from estimators.calibration.scope import uncovered_evidence
from evaluation.calibration.fit import expected_metrics, refitted_ece
from evaluation.calibration.sources import BUNDLED
from evaluation.metrics import auroc, ece, measure
from evaluation.questions.reader import read_questions

HEDGED = from_json((Path(__file__).parent / "older" / "hedged-calibration.json").read_text(encoding="utf-8"))
SHIPPED: Mapping[str, Saved] = {
    str(calibration.calibration.model_sha256): calibration for calibration in _shipped()
}


@pytest.fixture(autouse=True)
def nothing_of_ones_own(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDENCE_DATA", str(tmp_path))


def parts() -> list[tuple[Calibration, KindCalibration]]:
    return [(saved.calibration, part) for saved in SHIPPED.values() for part in saved.calibration.parts]


@pytest.mark.parametrize("sha256", [BUILTIN_SHA256, TINY_SHA256])
def test_it_is_used_with_its_model_and_was_asked_as_the_chat_asks(sha256: str) -> None:
    model = ScriptedChatModel()
    model.metadata = {"credence": {"model": "any", "engine": "llama.cpp", "model_sha256": sha256}}
    fitted = fitting(model).calibration
    assert fitted is not None and fitted == SHIPPED[sha256].calibration
    assert {part.kind for part in fitted.parts} == {"choice", "free"}
    asked = {
        name: value for name, value in fitted.asked.items() if name in ("asking", "system", "temperature")
    }
    assert asked == {"asking": "as_typed", "system": "", "temperature": 0.0}
    assert fitted.asked.get("top_logprobs", USUAL_ALTERNATIVES) == 20


def test_one_whose_questions_were_asked_otherwise_is_used_by_its_name_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(store, "_shipped", lambda: iter((Saved(HEDGED, None),)))
    model = ScriptedChatModel()
    model.metadata = {"credence": {"model": "any", "engine": "llama.cpp", "model_sha256": TINY_SHA256}}
    assert fitting(model) == Fit(None, NOT_YET)
    assert fitting(model, HEDGED.name) == Fit(HEDGED)
    choose_calibration(HEDGED.name)
    assert fitting(model) == Fit(HEDGED)


def test_the_built_in_model_has_a_guarantee_at_20_percent_for_both_kinds() -> None:
    for part in SHIPPED[BUILTIN_SHA256].calibration.parts:
        assert part.point(0.2).threshold is not None, part.kind
        assert part.after.auroc is not None and part.after.auroc >= 0.75, (
            part.kind
        )  # docs/calibration.md has the figures


@pytest.mark.parametrize(("calibration", "part"), parts(), ids=lambda value: getattr(value, "kind", ""))
def test_its_figures_come_out_of_its_answers_again(calibration: Calibration, part: KindCalibration) -> None:
    y = np.array(part.held_out.correct, float)
    after = np.array(part.held_out.after)
    assert (y.size, part.after.n) == (part.tested, part.tested)
    assert isinstance(part.shown, Platt | Temperature)
    score, seed = np.array(part.held_out.score), calibration.seed
    refitted = refitted_ece(score, y, part.shown, part.flattened, seed)
    assert part.after.ece == pytest.approx(refitted if part.combined.ranges else ece(after, y))
    assert expected_metrics(part).ece == pytest.approx(
        refitted_ece(score, y, part.shown, part.flattened, 0), abs=0.01
    )
    assert part.after.auroc == pytest.approx(auroc(part.held_out.score, y))
    there = [k for k, confidence in enumerate(part.held_out.before) if confidence is not None]
    before = [part.held_out.before[k] for k in there]
    figures = measure(np.array(before, float), y[there])
    assert part.before.n == len(there)
    assert (part.before.ece, part.before.brier) == (figures["ece"].value, figures["brier"].value)
    assert part.overall_bound == pytest.approx(upper_bound(int((y == 0).sum()), y.size, part.delta))
    for point in part.points:
        if point.threshold is not None:
            assert point.bound == pytest.approx(upper_bound(point.wrong, point.n, part.delta))
            assert point.bound is not None and point.bound <= point.risk
            assert point.coverage == pytest.approx(point.n / part.tested)


def test_a_constant_figure_of_an_older_file_has_the_error_of_new_questions() -> None:
    choice = HEDGED.part("choice")
    assert choice is not None
    expected = expected_metrics(choice).ece
    assert expected is not None and choice.after.ece is not None
    p, n = choice.accuracy, choice.tested  # √(2 p (1 − p) / (π n)) = .032
    assert choice.after.ece < 0.001 and expected == pytest.approx(
        math.sqrt(2 * p * (1 - p) / (math.pi * n)), abs=0.01
    )
    without = replace(choice, held_out=replace(choice.held_out, score=()))
    assert expected_metrics(without).ece is None


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_embedded_model_is_calibrated_on_its_own_questions() -> None:
    model = open_chat_model("tiny")
    calibration = SHIPPED[TINY_SHA256].calibration
    questions = read_questions(BUNDLED)
    settings = Settings()
    try:
        for kind in KINDS:
            of_kind = (question for question in questions if bool(question.choices) == (kind == "choice"))
            answers = (
                assess(model, answer.question, choices=answer.choices or None, settings=settings)
                for answer in of_kind
            )
            usable = next(answer for answer in islice(answers, 20) if not uncovered_evidence(answer.evidence))
            part = calibration.part(kind)
            assert part is not None and usable.decision.calibrated
            readings = {signal.name: signal.confidence for signal in usable.signals}
            assert usable.decision.confidence == pytest.approx(part.confidence(readings))
            assert usable.decision.outside == ""  # nothing lies nearer to these questions than they do
    finally:
        model.close()  # type: ignore[attr-defined]
