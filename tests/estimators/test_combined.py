"""The combined score: scikit-learn's figures, what is missing, and what the weights say."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from estimators.calibrators import CLIP, CannotCalibrate
from estimators.combined import PENALTIES, Combined, fit_combined
from estimators.logistic import logit, sigmoid

RNG = np.random.default_rng(11)
N = 300
Z = RNG.normal(size=(N, 3)) * [1.5, 1.0, 1.0] + [1.0, -0.5, 0.0]
Y = RNG.random(N) < sigmoid(1.2 * (Z[:, 0] - 1) + 1.0 * (Z[:, 1] + 0.5))
READINGS = [dict(zip("abc", map(float, sigmoid(row)), strict=True)) for row in Z]


def test_the_weights_are_scikit_learns_at_the_chosen_penalty() -> None:
    found, _ = fit_combined(READINGS, Y, seed=1)
    scores = logit(np.array([[one[name] for name in "abc"] for one in READINGS]), CLIP)
    standard = (scores - scores.mean(axis=0)) / scores.std(axis=0)
    model = LogisticRegression(C=1 / found.penalty, tol=1e-10, max_iter=1000).fit(standard, Y)
    assert found.weights == pytest.approx(model.coef_[0], abs=1e-4)
    assert sigmoid(found.score(READINGS)) == pytest.approx(model.predict_proba(standard)[:, 1], abs=1e-4)


def test_the_penalty_has_the_lowest_cross_validated_log_loss() -> None:
    found, held_out = fit_combined(READINGS, Y, seed=1)
    assert set(found.scores) == {f"{value:g}" for value in PENALTIES}
    assert found.scores[f"{found.penalty:g}"] == min(found.scores.values())
    p = sigmoid(held_out)
    assert float(-np.log(np.where(Y, p, 1 - p)).mean()) == pytest.approx(min(found.scores.values()))


def test_what_tells_most_weighs_most_and_noise_next_to_nothing() -> None:
    found, _ = fit_combined(READINGS, Y)
    assert list(found.weights_by_name)[:2] == ["a", "b"]
    assert abs(found.weights_by_name["c"]) < 0.25 < found.weights_by_name["b"] < found.weights_by_name["a"]


def test_a_missing_signal_counts_as_its_mean_and_its_lack_has_a_weight() -> None:
    rng = np.random.default_rng(2)
    lacking = np.where(Y, rng.random(N) < 0.1, rng.random(N) < 0.6)  # it is missing where the answer is wrong
    readings = [{**one, "b": None if gone else one["b"]} for one, gone in zip(READINGS, lacking, strict=True)]
    found, _ = fit_combined(readings, Y)
    absent = found.absent[found.names.index("b")]
    assert absent < -0.3 and found.weights_by_name["b missing"] == absent
    average = float(sigmoid(np.array([found.means[found.names.index("b")]]))[0])
    with_mean, without = found.score([{**READINGS[0], "b": average}, {**READINGS[0], "b": None}])
    assert without - with_mean == pytest.approx(absent)
    assert found.score([{"a": 0.5}])[0] == found.score([{"a": 0.5, "b": None, "c": None}])[0]


def test_a_lack_of_a_few_answers_gets_no_weight() -> None:
    readings = [{**one, "b": None if k < 4 else one["b"]} for k, one in enumerate(READINGS)]
    assert fit_combined(readings, Y)[0].absent == (0.0, 0.0, 0.0)


def test_a_signal_that_says_the_same_of_all_or_nothing_is_left_out() -> None:
    readings = [{**one, "same": 0.9, "never": None} for one in READINGS]
    assert fit_combined(readings, Y)[0].names == ("a", "b", "c")


@pytest.mark.parametrize(
    ("readings", "correct", "sentence"),
    [
        ([{"a": 0.2}, {"a": 0.3}], [1, 1], "right and wrong answers are needed"),
        ([{"a": 0.2}] * 4, [1, 0, 1, 0], "no signal tells the answers apart"),
        ([{"a": None}] * 4, [1, 0, 1, 0], "no signal tells the answers apart"),
    ],
)
def test_what_cannot_be_combined_is_said(
    readings: list[dict[str, float | None]], correct: list[int], sentence: str
) -> None:
    with pytest.raises(CannotCalibrate, match=sentence):
        fit_combined(readings, np.array(correct, float))


def test_broken_weights_are_refused() -> None:
    good = {"names": ("a",), "weights": (1.0,), "means": (0.0,), "spreads": (1.0,), "absent": (0.0,)}
    rest = {"intercept": 0.0, "penalty": 1.0, "scores": {}}
    Combined(**good, **rest)  # type: ignore[arg-type]
    for change in ({"weights": ()}, {"spreads": (0.0,)}, {"weights": (float("nan"),)}, {"names": ()}):
        with pytest.raises(ValueError, match="combined"):
            Combined(**{**good, **change}, **rest)  # type: ignore[arg-type]
