"""The combined score: comparison with scikit-learn, missing signals, and weights."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from estimators.calibration.calibrators import CLIP, CannotCalibrate, varies
from estimators.calibration.combined import PENALTIES, Combined, Weight, fit_combined
from estimators.calibration.fit import fit_halves
from estimators.calibration.logistic import logit, sigmoid
from estimators.calibration.record import shown_confidence

RNG = np.random.default_rng(11)
N = 300
Z = RNG.normal(size=(N, 3)) * [1.5, 1.0, 1.0] + [1.0, -0.5, 0.0]
Y = (RNG.random(N) < sigmoid(1.2 * (Z[:, 0] - 1) + 1.0 * (Z[:, 1] + 0.5))).astype(np.float64)
READINGS = [dict(zip("abc", map(float, sigmoid(row)), strict=True)) for row in Z]


def test_the_weights_match_scikit_learn_at_the_chosen_penalty() -> None:
    combined, _ = fit_combined(READINGS, Y, seed=1)
    scores = logit(np.array([[reading[name] for name in "abc"] for reading in READINGS]), CLIP)
    standard = (scores - scores.mean(axis=0)) / scores.std(axis=0)
    model = LogisticRegression(C=1 / combined.penalty, tol=1e-10, max_iter=1000).fit(standard, Y)
    assert combined.weights == pytest.approx(model.coef_[0], abs=1e-4)
    assert sigmoid(combined.score(READINGS)) == pytest.approx(model.predict_proba(standard)[:, 1], abs=1e-4)


def test_the_penalty_has_the_lowest_cross_validated_log_loss() -> None:
    combined, held_out = fit_combined(READINGS, Y, seed=1)
    assert set(combined.scores) == {f"{value:g}" for value in PENALTIES}
    assert combined.scores[f"{combined.penalty:g}"] == min(combined.scores.values())
    p = sigmoid(held_out)
    assert float(-np.log(np.where(Y, p, 1 - p)).mean()) == pytest.approx(min(combined.scores.values()))


def test_informative_signals_get_large_weights_and_noise_small_ones() -> None:
    combined, _ = fit_combined(READINGS, Y)
    assert [weight.signal for weight in combined.ranked_weights[:2]] == ["a", "b"]
    a, b, c = combined.weights
    assert abs(c) < 0.25 < b < a


def test_a_missing_signal_counts_as_its_mean_and_its_absence_has_a_weight() -> None:
    rng = np.random.default_rng(2)
    lacking = np.where(Y, rng.random(N) < 0.1, rng.random(N) < 0.6)  # it is missing where the answer is wrong
    readings = [
        {**reading, "b": None if gone else reading["b"]}
        for reading, gone in zip(READINGS, lacking, strict=True)
    ]
    combined, _ = fit_combined(readings, Y)
    absent = combined.absent[combined.names.index("b")]
    assert absent < -0.3 and Weight("b", absent, of_absence=True) in combined.ranked_weights
    average = float(sigmoid(np.array([combined.means[combined.names.index("b")]]))[0])
    with_mean, without = combined.score([{**READINGS[0], "b": average}, {**READINGS[0], "b": None}])
    assert without - with_mean == pytest.approx(absent)
    assert combined.score([{"a": 0.5}])[0] == combined.score([{"a": 0.5, "b": None, "c": None}])[0]


def test_absence_in_a_few_answers_gets_no_weight() -> None:
    readings = [{**reading, "b": None if k < 4 else reading["b"]} for k, reading in enumerate(READINGS)]
    assert fit_combined(readings, Y)[0].absent == (0.0, 0.0, 0.0)


def test_constant_and_missing_signals_are_left_out() -> None:
    readings = [{**reading, "same": 0.9, "never": None} for reading in READINGS]
    assert fit_combined(readings, Y)[0].names == ("a", "b", "c")


@pytest.mark.parametrize(
    ("readings", "correct", "sentence"),
    [
        ([{"a": 0.2}, {"a": 0.3}], [1, 1], "right and wrong answers are needed"),
        ([{"a": 0.2}] * 4, [1, 0, 1, 0], "no signal separates the answers"),
        ([{"a": None}] * 4, [1, 0, 1, 0], "no signal separates the answers"),
    ],
)
def test_impossible_combinations_raise_with_the_reason(
    readings: list[dict[str, float | None]], correct: list[int], sentence: str
) -> None:
    with pytest.raises(CannotCalibrate, match=sentence):
        fit_combined(readings, np.array(correct, float))


def test_invalid_weights_raise() -> None:
    good = {"names": ("a",), "weights": (1.0,), "means": (0.0,), "spreads": (1.0,), "absent": (0.0,)}
    rest = {"intercept": 0.0, "penalty": 1.0, "scores": {}}
    Combined(**good, **rest)  # type: ignore[arg-type]
    for change in ({"weights": ()}, {"spreads": (0.0,)}, {"weights": (float("nan"),)}, {"names": ()}):
        with pytest.raises(ValueError, match="combined"):
            Combined(**{**good, **change}, **rest)  # type: ignore[arg-type]


# ---- signals that hardly vary, and readings beyond the fitted range

CROWD = 250


def stated(off: int, at: float = 1.0, away: float = 0.0) -> tuple[list[dict[str, float | None]], np.ndarray]:
    """250 answers, three in four right; only some wrong ones differ in their stated number."""
    rng = np.random.default_rng(21)
    y = (rng.random(CROWD) < 0.77).astype(float)
    msp = sigmoid(rng.normal(size=CROWD) + 1.2 * y)
    rows: list[dict[str, float | None]] = [{"numeric": at, "msp": float(value)} for value in msp]
    for place in np.flatnonzero(y == 0)[:off]:
        rows[int(place)]["numeric"] = away
    return rows, y


@pytest.mark.parametrize("off", [0, 1, 5, 9, 10, 30])
@pytest.mark.parametrize(("at", "away"), [(1.0, 0.0), (0.9, 0.1), (0.5, 0.99)])
def test_a_signal_with_fewer_than_ten_readings_off_its_mode_is_not_used(
    off: int, at: float, away: float
) -> None:
    rows, y = stated(off, at, away)
    combined, _ = fit_combined(rows, y)
    assert ("numeric" in combined.names) is (off >= 10)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("confidence", [0.95, 0.8, 0.5, 0.0])
def test_one_wrong_answer_at_zero_never_makes_the_figure_collapse(seed: int, confidence: float) -> None:
    rows, y = stated(1)
    halves = fit_halves(rows, y, seed=seed)
    score = halves.combined.score([{"numeric": 1.0, "msp": 0.8}, {"numeric": confidence, "msp": 0.8}])
    usual, other = shown_confidence(halves.shown, score)
    assert other == pytest.approx(usual) and usual > 0.7


def test_rounding_noise_does_not_count_as_variation() -> None:
    rng = np.random.default_rng(1)
    noisy = 0.99 + rng.uniform(-4e-4, 4e-4, CROWD)
    assert not varies(noisy) and varies(rng.uniform(0.3, 0.9, CROWD))
    assert not varies(np.array([0.1, 0.9])) and not varies(np.array([]))


@pytest.mark.parametrize(("beyond", "end"), [(0.999, 1), (1.0, 1), (0.001, 0), (0.0, 0)])
def test_a_reading_beyond_the_fitted_range_is_clipped(beyond: float, end: int) -> None:
    rng = np.random.default_rng(9)
    rows = [{"a": float(value)} for value in rng.uniform(0.3, 0.7, 60)]
    combined, _ = fit_combined(rows, (np.arange(60) % 2).astype(float))
    values = [row["a"] for row in rows]
    low, high = combined.ranges[0]
    assert sigmoid(np.array([low, high])) == pytest.approx([min(values), max(values)])
    nearest = (min(values), max(values))[end]
    assert combined.score([{"a": beyond}]) == pytest.approx(combined.score([{"a": nearest}]))
    old = replace(combined, ranges=())
    assert old.score([{"a": beyond}]) != pytest.approx(old.score([{"a": nearest}]))


def test_absence_in_fewer_than_ten_answers_gets_no_weight_either() -> None:
    for lacking in (9, 10):
        rows = [{**reading, "b": None if k < lacking else reading["b"]} for k, reading in enumerate(READINGS)]
        combined, _ = fit_combined(rows, Y)
        assert bool(combined.absent[combined.names.index("b")]) is (lacking == 10)


def test_invalid_ranges_raise() -> None:
    combined, _ = fit_combined(READINGS, Y)
    for ranges in (((0.0, 1.0),), ((1.0, 0.0), *combined.ranges[1:])):
        with pytest.raises(ValueError, match="every signal needs its range"):
            replace(combined, ranges=ranges)
