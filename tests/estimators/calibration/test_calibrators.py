"""Calibrators compared with scikit-learn and hand calculations; invalid input."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter
from scipy.optimize import minimize_scalar
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from estimators.calibration.calibrators import (
    CANDIDATES,
    CLIP,
    AnyCalibrator,
    CannotCalibrate,
    Isotonic,
    Platt,
    Temperature,
    choose_calibrator,
    mean_log_loss,
)
from estimators.calibration.logistic import fit_logistic, folds, logit

RNG = np.random.default_rng(7)
C = RNG.beta(3, 2, 200)
Y = (RNG.random(200) < C**2).astype(float)  # overconfident
every = pytest.mark.parametrize("calibrator", CANDIDATES, ids=lambda calibrator: calibrator.kind)
shares = st.lists(st.floats(0, 1), min_size=30, max_size=60)


def test_platt_matches_scikit_learn_on_smoothed_targets() -> None:
    right, wrong = Y.sum(), (1 - Y).sum()
    target = np.where(Y == 1, (right + 1) / (right + 2), 1 / (wrong + 2))
    rows = np.tile(logit(C, CLIP)[:, None], (2, 1))
    model = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000)
    model.fit(rows, np.repeat([1, 0], 200), sample_weight=np.concatenate([target, 1 - target]))
    fitted = Platt().fit(C, Y)
    assert fitted.slope == pytest.approx(model.coef_[0, 0], abs=1e-4)
    assert fitted.intercept == pytest.approx(model.intercept_[0], abs=1e-4)
    assert fitted.predict(C) == pytest.approx(model.predict_proba(logit(C, CLIP)[:, None])[:, 1], abs=1e-4)


def test_temperature_minimizes_the_log_loss_of_smoothed_targets() -> None:
    right = Y.sum()
    target = np.where(Y == 1, (right + 1) / (right + 2), 1 / (Y.size - right + 2))

    def loss(t: float) -> float:
        p = Temperature(t).predict(C)
        return float(-(target * np.log(p) + (1 - target) * np.log(1 - p)).mean())

    optimum = minimize_scalar(loss, bounds=(0.05, 50), method="bounded", options={"xatol": 1e-8})
    assert Temperature().fit(C, Y).temperature == pytest.approx(optimum.x, rel=1e-4)


def test_a_temperature_stays_away_from_zero_if_the_confidence_separates_all_answers() -> None:
    y = np.repeat([0.0, 1.0], 12)
    p = Temperature().fit(np.linspace(0.3, 0.8, 24), y).predict([0.3, 0.8])
    assert 0.01 < p[0] < 0.3 and 0.8 < p[1] < 0.999


def test_isotonic_matches_scikit_learn_except_at_certainty() -> None:
    rounded = C.round(2)  # ties
    expected = IsotonicRegression(out_of_bounds="clip").fit(rounded, Y).predict(C)
    predictions = Isotonic().fit(rounded, Y).predict(C)
    assert predictions == pytest.approx(np.clip(expected, 1 / 202, 201 / 202), abs=2e-3)
    assert predictions.min() >= 1 / 202 and predictions.max() <= 201 / 202


def test_logistic_regression_with_penalty_and_weights_matches_scikit_learn() -> None:
    rows = np.column_stack([np.ones(200), RNG.normal(size=(200, 3))])
    y = (RNG.random(200) < 0.4).astype(float)
    weights = RNG.integers(0, 3, 200).astype(float)
    model = LogisticRegression(C=1 / 5, tol=1e-10, max_iter=1000).fit(rows[:, 1:], y, sample_weight=weights)
    beta = fit_logistic(rows, y, np.stack([weights, np.ones(200)]), np.array([[0, 5, 5, 5], [0, 1, 1, 1.0]]))
    assert beta[0] == pytest.approx([model.intercept_[0], *model.coef_[0]], abs=1e-4)
    other = LogisticRegression(C=1.0, tol=1e-10, max_iter=1000).fit(rows[:, 1:], y)
    assert beta[1] == pytest.approx([other.intercept_[0], *other.coef_[0]], abs=1e-4)


@every
@given(shares)
def test_a_calibrator_never_reverses_the_order_silently(
    calibrator: AnyCalibrator, values: list[float]
) -> None:
    c = np.array(values)
    y = np.arange(c.size) % 3 == 0
    fitted = calibrator.fit(c, y)
    grid = fitted.predict(np.linspace(0, 1, 50))
    assert (grid >= 0).all() and (grid <= 1).all()
    rising = (np.diff(grid) >= -1e-12).all()
    assert rising or fitted.backwards
    assert calibrator == type(calibrator)()  # the one that was asked stays as it was


def test_a_signal_that_points_the_wrong_way_is_reported() -> None:
    wrong_way = 1 - Y
    platt, temperature = Platt().fit(C, wrong_way), Temperature().fit(np.clip(C, 0.02, 0.98), wrong_way)
    assert platt.slope < 0 and platt.backwards
    assert temperature.backwards and temperature.predict([0.01, 0.99]) == pytest.approx([0.5, 0.5], abs=0.01)
    assert not Isotonic().fit(C, wrong_way).backwards


@every
def test_a_calibrator_survives_json(calibrator: AnyCalibrator) -> None:
    adapter: TypeAdapter[AnyCalibrator] = TypeAdapter(AnyCalibrator)
    fitted = calibrator.fit(C, Y)
    text = json.dumps(adapter.dump_python(fitted, mode="json"))
    assert adapter.validate_python(json.loads(text)) == fitted


def test_the_chosen_calibrator_has_the_lowest_loss_and_all_losses_are_kept() -> None:
    chosen = choose_calibrator(C, Y, seed=3)
    assert set(chosen.scores) == {"platt", "temperature", "isotonic"}
    assert chosen.scores[chosen.calibrator.kind] == min(chosen.scores.values())
    # Out of fold by hand: each fold predicted by a fit of the others.
    place, out_of_fold = folds(Y, 5, 3), np.empty_like(C)
    for fold in range(5):
        fitted = type(chosen.calibrator)().fit(C[place != fold], Y[place != fold])
        out_of_fold[place == fold] = fitted.predict(C[place == fold])
    assert chosen.scores[chosen.calibrator.kind] == pytest.approx(mean_log_loss(out_of_fold, Y), abs=1e-6)
    assert choose_calibrator(C, Y, seed=3).scores == chosen.scores


def test_calibration_lowers_the_error_of_an_overconfident_score_on_new_answers() -> None:
    rng = np.random.default_rng(1)
    c = rng.beta(3, 2, 4000)
    y = (rng.random(4000) < c**2).astype(float)
    fitted = choose_calibrator(C, Y).calibrator
    assert mean_log_loss(fitted.predict(c), y) < mean_log_loss(c, y) - 0.02
    assert abs(fitted.predict(c).mean() - y.mean()) < 0.05 < abs(c.mean() - y.mean())


def test_stratified_folds_contain_both_outcomes() -> None:
    place = folds(np.array([1.0] * 7 + [0.0] * 13), 5, 0)
    assert np.bincount(place).tolist() == [4, 4, 4, 4, 4]
    assert np.bincount(place[:7]).max() == 2 and np.bincount(place[7:]).max() == 3


@pytest.mark.parametrize(
    ("confidence", "correct", "sentence"),
    [
        ([0.5, 0.6], [1, 1], "right and wrong answers are needed, but all 2 are right"),
        ([0.5, 0.6], [0, 0], "all 2 are wrong"),
        ([], [], "there are none"),
        ([0.5, 1.2], [0, 1], r"confidence\[1\] is 1.2: not in \[0, 1\]"),
        ([0.5, float("nan")], [0, 1], r"confidence\[1\] is nan"),
        ([0.5, 0.6, 0.7], [0, 1], "3 confidences but 2 labels"),
        ([0.5, 0.6], [0, 2], "neither right nor wrong"),
    ],
)
@every
def test_impossible_fits_raise_with_the_reason(
    calibrator: AnyCalibrator, confidence: list[float], correct: list[int], sentence: str
) -> None:
    with pytest.raises(CannotCalibrate, match=sentence):
        calibrator.fit(confidence, correct)


def test_invalid_parameters_raise() -> None:
    with pytest.raises(ValueError, match="not finite"):
        Platt(float("nan"), 0.0)
    with pytest.raises(ValueError, match="not above 0"):
        replace(Temperature(), temperature=0.0)
    for x, y in (
        ((0.5, 0.2), (0.1, 0.2)),
        ((0.2, 0.5), (0.3, 0.1)),
        ((0.2,), (0.1, 0.2)),
        ((0.2, 1.5), (0, 1)),
    ):
        with pytest.raises(ValueError, match="isotonic"):
            Isotonic(x, y)
