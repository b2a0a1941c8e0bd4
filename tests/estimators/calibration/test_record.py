"""Applying a calibration: confidences, decisions, guarantees and rejections, calculated by hand."""

from dataclasses import replace

import numpy as np
import pytest

from estimators import alignment
from estimators.calibration.apply import (
    FOLLOW_UP,
    NOT_YET,
    cuts,
    guarantee_sentence,
    notice,
    out_of_distribution_reason,
    redecide,
)
from estimators.calibration.calibrators import Platt, Temperature
from estimators.calibration.out_of_distribution import FEWEST, Neighbourhood, neighbourhood
from estimators.calibration.record import KindCalibration, SignalCalibration, misfit
from estimators.types import Assessment, Distance, Message, Signal
from tests.estimators.measured import NO_EMBEDDER, NONE, POINTS, assessment, calibration, part

SHOWN = 0.36 / (0.36 + 0.16)  # σ(2 · logit 0.6)


def test_the_combined_confidence_decides_and_each_signal_is_calibrated_separately() -> None:
    decided = redecide(assessment(0.6), calibration())
    assert [signal.name for signal in decided.signals] == ["msp", "p_ic", "combined"]
    assert decided.signals[0].calibrated == pytest.approx(SHOWN)
    assert decided.signals[1].calibrated == pytest.approx(0.5)
    combined = decided.signal("combined")
    assert combined is not None and combined.confidence == combined.calibrated == pytest.approx(SHOWN)
    decision = decided.decision
    assert (decision.signal, decision.calibrated, decision.confidence) == (
        "combined",
        True,
        combined.confidence,
    )


@pytest.mark.parametrize(
    ("risk", "threshold", "abstain", "accepted", "guaranteed"),
    [
        (0.3, 0.4, False, 0.3, True),
        (0.2, 0.7, True, 0.2, True),  # σ = 0.692 lies below 0.7
        (0.25, 0.7, True, 0.2, True),  # between two positions the stricter one counts
        (
            0.1,
            0.9,
            True,
            0.1,
            False,
        ),  # no guarantee: shown if its own probability of being wrong is accepted
        (0.05, 0.9, True, 0.1, False),
    ],
)
def test_the_slider(risk: float, threshold: float, abstain: bool, accepted: float, guaranteed: bool) -> None:
    decision = redecide(assessment(0.6), calibration(), risk=risk).decision
    assert decision.threshold == pytest.approx(threshold)
    assert (decision.abstain, decision.risk) == (abstain, accepted)
    assert bool(decision.promise) == guaranteed != bool(decision.no_promise)


def test_the_guarantee_in_one_sentence() -> None:
    assert redecide(assessment(), calibration(), risk=0.2).decision.promise == (
        "it is 90 % certain that at most 20 % of the answers shown at this setting are wrong, on questions like the 250 "
        "used for calibration (125 for fitting, 125 for testing)"
    )
    assert guarantee_sentence(part(), POINTS[0]) == ""


def test_other_rules() -> None:
    cost = redecide(assessment(0.6), calibration(), rule="cost", cost=3.0).decision
    assert (cost.threshold, cost.abstain, cost.risk, cost.promise) == (0.75, True, None, "")
    assert "the cost of a wrong answer" in cost.no_promise
    balanced = redecide(assessment(0.6), calibration(), rule="balanced").decision
    assert (balanced.threshold, balanced.abstain) == (0.5, False)
    with pytest.raises(ValueError, match="rule 'other'"):
        redecide(assessment(), calibration(), rule="other")


def test_redeciding_is_idempotent_and_reversible() -> None:
    once = redecide(assessment(0.6), calibration(), risk=0.3)
    assert redecide(once, calibration(), risk=0.3) == once
    bare = redecide(once, None)
    assert bare.signals == assessment(0.6).signals
    assert replace(bare.decision, uncalibrated="") == assessment(0.6).decision
    assert bare.decision.uncalibrated == NOT_YET
    assert redecide(once, None, threshold=0.7, reason="switched off").decision.uncalibrated == "switched off"
    assert redecide(once, None, threshold=0.7).decision.abstain


def test_the_record_is_lossless_and_old_records_still_load() -> None:
    record = redecide(replace(assessment(), distance=Distance("mine", 0.4)), calibration())
    assert Assessment.from_dict(record.to_dict()) == record
    old = assessment().to_dict()
    old.pop("distance")
    for name in ("risk", "promise", "no_promise", "uncalibrated", "outside", "unchecked"):
        old["decision"].pop(name)  # type: ignore[attr-defined]
    assert Assessment.from_dict(old) == assessment()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"sha256": "bb"}, "it was measured with another model file"),
        ({"sha256": None, "model": "other"}, "it was measured with m, but this is other"),
        ({"prompts": {"options": "s2"}}, "the wording of the prompt options has changed"),
        (
            {"asking": "hedged"},
            "asked as typed during calibration, but with a request for short answers and words of",
        ),
        ({"temperature": 0.7}, "the temperature was 0.0 during calibration, but is 0.7 here"),
        ({"system": "Be brief."}, "the system message was empty during calibration, but is “Be brief.” here"),
    ],
)
def test_a_mismatched_calibration_is_rejected_with_the_reason(
    changes: dict[str, object], sentence: str
) -> None:
    refused = redecide(assessment(**changes), calibration())  # type: ignore[arg-type]
    assert sentence in refused.decision.uncalibrated
    assert not refused.decision.calibrated and refused.signal("combined") is None
    assert all(signal.calibrated is None for signal in refused.signals)


def test_the_model_file_takes_precedence_over_the_name() -> None:
    other_name = assessment(model="other").evidence.provenance
    assert misfit(calibration(), other_name) == ""
    assert misfit(calibration(model_sha256=None), assessment(sha256="bb").evidence.provenance) == ""


def test_an_unmeasured_kind_of_question_is_uncalibrated_with_the_reason() -> None:
    measured = calibration(unmeasured={"free": "7 labelled answers are too few"})
    assert (
        redecide(assessment(options=()), measured).decision.uncalibrated == "7 labelled answers are too few"
    )


def test_signals_that_were_not_requested_or_are_missing() -> None:
    without = replace(assessment(), signals=(Signal("p_ic", 0.5),))
    decided = redecide(without, calibration())
    assert decided.decision.uncalibrated == "the calibration needs signals that were not requested: msp"
    assert decided.signals[0].calibrated == pytest.approx(0.5)  # its own calibrator still applies
    none = redecide(assessment(None), calibration())
    assert none.decision.uncalibrated == "none of the signals that the calibration needs is available"
    assert none.decision.confidence is None


def test_the_notice_appears_only_if_no_setting_has_a_guarantee() -> None:
    assert notice(None, "choice") == notice(calibration(), "choice") == ""
    sentence = notice(calibration(part(points=NONE)), "choice")
    assert "could be guaranteed" in sentence and "from 10 % to 30 %" in sentence
    assert "If every answer is shown, it is 90 % certain that at most 46 % are wrong" in sentence
    assert calibration().parts[0].best == POINTS[1]


def test_the_cuts_of_the_alignment_are_the_medians() -> None:
    signals = [Signal("p_ic", 0.75), Signal("likert_third_label", 0.6)]
    before = alignment(signals)
    assert before is not None and before.type == "consistent alignment"
    assert not before.measured and before.cut == before.expressed_cut == 0.5
    aligned = alignment(signals, medians={**cuts(calibration(), ("a",)), "likert_third_label": 0.5})
    assert aligned is not None and (aligned.cut, aligned.expressed_cut, aligned.measured) == (0.8, 0.5, True)
    assert aligned.type == "external overconfidence"
    assert cuts(None, ()) == cuts(calibration(), ()) == {}


@pytest.mark.parametrize(("n", "median"), [(0, None), (6, None), (19, None), (20, 0.8), (250, 0.8)])
def test_a_median_needs_20_answers(n: int, median: float | None) -> None:
    signals = tuple(replace(signal, n=n) if signal.name == "p_ic" else signal for signal in part().signals)
    assert cuts(calibration(replace(part(), signals=signals)), ("a",)).get("p_ic") == median


CHANGED_NOW = ["likert_third_label", "likert_third_expected", "rating_third", "semantic_entropy"]


@pytest.mark.parametrize(
    "name", [*CHANGED_NOW, "likert_third_oc_label", "likert_own_expected", "p_true_third", "uf"]
)
def test_a_calibration_of_signals_that_are_now_read_differently_is_rejected(name: str) -> None:
    signals = (*part().signals, SignalCalibration(name, 250, 0.8, Platt(1.0, 0.0)))
    measured = replace(part(), signals=signals)
    who = assessment().evidence.provenance
    assert misfit(calibration(measured), who) == ""
    assert (f"{name} of questions with options" in misfit(calibration(measured, readings=1), who)) == (
        name in CHANGED_NOW
    )
    free = replace(
        part("free"), signals=(*part("free").signals, SignalCalibration(name, 250, 0.8, Platt(1.0, 0.0)))
    )
    assert misfit(calibration(free, readings=1), who) == ""


def near() -> tuple[Neighbourhood, np.ndarray]:
    vectors = np.random.default_rng(0).normal([3, 0, 0, 0, 0, 0, 0, 0], 1, (60, 8))
    return neighbourhood(vectors, "builtin"), vectors


def test_the_distance_by_hand() -> None:
    neighbours, vectors = near()
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = unit @ unit.T
    np.fill_diagonal(cosines, -1)
    distances = 1 - np.sort(cosines, axis=1)[:, -3:].mean(axis=1)
    assert neighbours.limit == pytest.approx(np.quantile(distances, 0.95), abs=0.01)
    probe = np.arange(8.0)
    expected = 1 - np.sort(unit @ probe / np.linalg.norm(probe))[-3:].mean()
    assert neighbours.distance(probe) == pytest.approx(expected, abs=0.01)
    assert neighbours.matrix() == pytest.approx(unit, abs=0.01)  # one byte for a component
    assert neighbourhood(vectors[: FEWEST - 1], "x").missing.startswith("19 questions are too few")


def test_out_of_distribution_questions() -> None:
    neighbours, _ = near()
    measured = calibration(part(near=neighbours))
    asked, limit = assessment(), neighbours.limit or 0.0

    def reasons(distance: Distance | None) -> tuple[str, str]:
        return out_of_distribution_reason(measured, measured.parts[0], asked.evidence, distance)

    assert reasons(Distance(measured.key, limit)) == ("", "")
    assert reasons(Distance(measured.key, limit + 0.01)) == (
        "it is unlike the 60 calibration questions",
        "",
    )
    assert reasons(Distance(measured.key, None, "no embedder")) == ("", "no embedder")
    assert "from the calibration questions was not measured" in reasons(Distance("another", 1.0))[1]
    assert redecide(asked, calibration()).decision.unchecked == NO_EMBEDDER
    far = replace(asked, distance=Distance(measured.key, 1.5))
    assert redecide(far, measured).decision.outside.startswith("it is unlike")
    follow_up = assessment(history=(Message("user", "Hello"), Message("assistant", "Hello.")))
    assert redecide(follow_up, measured).decision.outside == FOLLOW_UP
    system = assessment(history=(Message("system", "Be brief."),))
    assert redecide(system, calibration()).decision.outside == ""


def test_invalid_records_raise() -> None:
    good = part()
    with pytest.raises(ValueError, match="must rise with the score"):
        replace(good, shown=Platt(-1.0, 0.0))
    with pytest.raises(ValueError, match="must ascend"):
        replace(good, points=POINTS[::-1])
    with pytest.raises(ValueError, match="at least one part, and only one for each kind"):
        calibration(good, good)
    with pytest.raises(ValueError, match="the same length"):
        replace(good.held_out, after=(0.5,))


def test_the_shown_confidence_is_the_calibrated_score() -> None:
    warm: KindCalibration = replace(part(), shown=Temperature(2.0))
    assert warm.confidence({"msp": 0.6}) == pytest.approx(0.6)  # 2 · logit / 2
