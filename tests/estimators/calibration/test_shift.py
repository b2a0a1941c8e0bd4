"""Tests of a run of questions against a calibration: level, power, and what is said."""

from dataclasses import replace

import numpy as np
import pytest

from estimators.calibration.calibrators import Platt
from estimators.calibration.combined import Readings
from estimators.calibration.logistic import sigmoid
from estimators.calibration.record import KindCalibration
from estimators.calibration.shift import calibration_error_p, check_run, signal_shifts
from estimators.calibration.validity import Validity
from estimators.missing import Missing
from tests.estimators.measured import part

PASSES = Validity(125, 1.0, 0.0, 100, 0.7, 0.6, 0.8)


def sampled(rng: np.random.Generator, n: int, shift: float = 0.0) -> tuple[list[Readings], list[bool]]:
    """Readings whose logits are normal, and outcomes drawn from the confidence σ(2 · logit(msp))."""
    logits = rng.normal(size=(n, 2)) + shift
    right = [bool(y) for y in rng.random(n) < sigmoid(2 * logits[:, 0])]
    return [{"msp": float(a), "p_ic": float(b)} for a, b in sigmoid(logits)], right


def measured(rng: np.random.Generator) -> KindCalibration:
    """A calibration of such answers; msp = logit → σ(2 · logit), which is exactly right."""
    readings, _ = sampled(rng, 250)
    signals = tuple(
        replace(s, validity=PASSES, sample=tuple(sorted(round(float(r[s.name] or 0), 4) for r in readings)))
        for s in part().signals
    )
    return replace(part(), signals=signals, shown=Platt(1.0, 0.0))


def test_a_run_of_the_same_kind_is_rarely_called_shifted_or_off() -> None:
    shifted = off = 0
    for draw in range(300):
        rng = np.random.default_rng(draw)
        check = check_run(measured(rng), *sampled(rng, 100))
        shifted, off = shifted + check.shifted, off + bool(check.off)
    assert shifted <= 8 and off <= 8  # 1 % of 300 each, and chance


def test_a_shift_of_the_signals_and_an_error_of_the_level_are_seen() -> None:
    rng = np.random.default_rng(1)
    readings, right = sampled(rng, 150, shift=0.8)
    without = check_run(measured(rng), readings)
    assert without.shifted and without.off is None and "unlike those of the calibration" in without.sentence
    wrong = check_run(measured(rng), readings, [False if k % 2 else y for k, y in enumerate(right)])
    assert wrong.off and wrong.sentence.startswith(
        "The calibration does not hold for these questions: it shows "
    )
    fine = check_run(measured(rng), readings, right)
    assert fine.off is False and fine.sentence.startswith(
        "On these questions, the calibration shows no error"
    )


def test_the_first_p_is_corrected_for_the_number_of_signals() -> None:
    from scipy.stats import ks_2samp

    rng = np.random.default_rng(3)
    fitted, (readings, _) = measured(rng), sampled(rng, 60)
    alone = [
        ks_2samp([round(float(r[s.name] or 0), 4) for r in readings], s.sample).pvalue for s in fitted.signals
    ]
    shifts = signal_shifts(fitted, readings)
    assert shifts[0].p == pytest.approx(min(1.0, 2 * min(alone))) and shifts[0].p <= shifts[1].p


def test_a_signal_that_fails_the_screen_and_an_older_file_are_not_compared() -> None:
    rng = np.random.default_rng(4)
    readings, _ = sampled(rng, 60, shift=3.0)
    fitted = measured(rng)
    bad = replace(fitted.signals[1], validity=replace(PASSES, failure="auroc", reason="it is noise"))
    kept = signal_shifts(replace(fitted, signals=(fitted.signals[0], bad)), readings)
    assert [shift.signal for shift in kept] == ["msp"]
    assert signal_shifts(part(), readings) == () and not check_run(part(), readings).shifted


def test_too_few_answers_have_a_reason() -> None:
    with pytest.raises(Missing, match="19 answers are too few"):
        check_run(part(), [{"msp": 0.5}] * 19)
    few = check_run(part(), [{"msp": 0.5}] * 30, [True] * 10 + [None] * 20)
    assert few.labelled == 10 and few.error_p is None


def test_a_constant_confidence_is_tested_for_its_level_alone() -> None:
    y = np.repeat([1.0, 0.0], [60, 40])
    assert calibration_error_p(np.full(100, 0.6), y) > 0.9 > 0.01 > calibration_error_p(np.full(100, 0.9), y)
