"""Risk control: bounds compared with scipy, tests by hand, and simulations of the entire procedure."""

import numpy as np
import pytest
from scipy.stats import binom, binomtest

from estimators.calibration.calibrators import CLIP, CannotCalibrate
from estimators.calibration.combined import Combined
from estimators.calibration.fit import fit_halves
from estimators.calibration.logistic import logit, sigmoid
from estimators.calibration.record import shown_confidence
from estimators.calibration.risk_control import (
    DELTA,
    LADDER,
    Hypothesis,
    OperatingPoint,
    certify,
    fewest_shown,
    sequence,
    upper_bound,
    utility_threshold,
)
from estimators.calibration.selection import fit_combined

LABELS = 120
ATOMS = 400  # kinds of answers in the population, all equally frequent: the true risk is known exactly


def population(which: str, seed: int = 5) -> tuple[list[dict[str, float]], np.ndarray]:
    """Readings of two signals for every kind of answer, and the probability that it is right."""
    rng = np.random.default_rng(seed)
    p = np.full(ATOMS, 0.595) if which == "borderline" else rng.beta(2.6, 1.4, ATOMS)
    score = np.log(p / (1 - p)) if which != "borderline" else rng.normal(0, 1, ATOMS)
    noisy = score + rng.normal(0, 0.8, ATOMS)
    first = sigmoid(noisy * {"over": 3.0, "under": 0.3}.get(which, 1.0) + (1.5 if which == "over" else 0.0))
    second = sigmoid(score + rng.normal(0, 1.5, ATOMS))
    if which == "ties":
        first, second = (np.round(score * 3) / 3 for score in (first, second))
    return [{"a": float(a), "b": float(b)} for a, b in zip(first, second, strict=True)], p


def broken_share(which: str, draws: int, labels: int = LABELS) -> tuple[float, np.ndarray]:
    """How often at least one guarantee of a calibration fails, and how often each risk is guaranteed."""
    readings, p = population(which)
    rng = np.random.default_rng(17)
    broken, guaranteed = 0, np.zeros(len(LADDER))
    for draw in range(draws):
        taken = rng.integers(0, ATOMS, labels)
        correct = (rng.random(labels) < p[taken]).astype(float)
        try:
            halves = fit_halves([readings[k] for k in taken], correct, seed=draw)
        except CannotCalibrate:
            continue
        shown = shown_confidence(halves.shown, scores(halves.combined, readings))
        for place, point in enumerate(halves.points):
            if point.threshold is not None:
                guaranteed[place] += 1
        broken += any(
            point.threshold is not None
            and (shown_answers := shown >= point.threshold).any()
            and 1 - p[shown_answers].mean() > point.risk
            for point in halves.points
        )
    return broken / draws, guaranteed / draws


def scores(combined: Combined, readings: list[dict[str, float]]) -> np.ndarray:
    """The scores of an entire population."""
    rows = np.array([[reading[name] for name in combined.names] for reading in readings])
    standard = (logit(rows, CLIP) - np.array(combined.means)) / np.array(combined.spreads)
    return np.asarray(combined.intercept + standard @ np.array(combined.weights))


def allowed(draws: int) -> float:
    """δ plus three standard errors of a share over this many draws."""
    return DELTA + 3 * float(np.sqrt(DELTA * (1 - DELTA) / draws))


def test_the_guarantee_holds_over_a_thousand_calibrations() -> None:
    shares = {}
    for which in ("well", "over", "under", "ties", "borderline"):
        shares[which], guaranteed = broken_share(which, 200)
        assert shares[which] <= allowed(200), which
        assert guaranteed[-1] > (0.3 if which == "borderline" else 0.9), (
            which
        )  # a guarantee that is never given never fails
        assert list(guaranteed) == sorted(guaranteed), (
            which
        )  # a guarantee at a smaller risk also holds at a larger one
    assert np.mean(list(shares.values())) <= allowed(1000)
    assert (
        shares["borderline"] > 0.01
    )  # with 40.5 % wrong, a guarantee of 40 % must sometimes occur by chance


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("labels", [60, 250])
@pytest.mark.parametrize("which", ["well", "over", "under", "ties", "borderline"])
def test_the_guarantee_holds_over_a_thousand_calibrations_of_each_kind(which: str, labels: int) -> None:
    assert broken_share(which, 1000, labels)[0] <= allowed(1000)


def test_fitting_and_testing_on_the_same_answers_would_break_it() -> None:
    rng = np.random.default_rng(3)
    broken, draws = 0, 60
    for _ in range(draws):
        readings = [dict(zip("abcdefghijkl", map(float, row), strict=True)) for row in rng.random((80, 12))]
        correct = (rng.random(80) < 0.57).astype(
            float
        )  # nothing separates the answers: 43 % are wrong everywhere
        score = fit_combined(readings, correct)[0].score(readings)
        points = certify(sequence(score, correct, 80), score, correct)
        broken += any(point.threshold is not None for point in points if point.risk <= 0.4)
    assert broken / draws > 2 * DELTA


def test_clopper_pearson_bounds_match_scipy() -> None:
    for wrong, n in ((0, 22), (3, 40), (17, 60), (60, 60)):
        expected = (
            binomtest(wrong, n).proportion_ci(0.8, method="exact").high
        )  # two-sided 80 %: one-sided 90 %
        assert upper_bound(wrong, n, 0.1) == pytest.approx(expected)
    assert [fewest_shown(risk) for risk in (0.05, 0.1, 0.2, 0.5)] == [
        45,
        22,
        20,
        20,
    ]  # ln 0.1 / ln 0.95 = 44.9


def test_testing_by_hand() -> None:
    score = np.arange(100.0)
    correct = np.ones(100)
    correct[[95, 80, 60, 40, 30, 25, 20, 15, 10, 5, 3, 2, 1, 0]] = 0.0
    hypotheses = [
        Hypothesis(0.2, 49.5),
        Hypothesis(0.2, 29.5),
        Hypothesis(0.1, 49.5),
        Hypothesis(0.2, -np.inf),
    ]
    # 3 of 50, 5 of 70 at 20 % and 3 of 50 at 10 %: P(≤ 3 | 50, 0.1) = 0.25 > δ, so the last is not tested.
    assert max(binom.cdf(3, 50, 0.2), binom.cdf(5, 70, 0.2)) < DELTA < binom.cdf(3, 50, 0.1)
    assert binom.cdf(14, 100, 0.2) < DELTA
    points = {point.risk: point for point in certify(hypotheses, score, correct)}
    assert points[0.2] == OperatingPoint(0.2, 29.5, 70, 5, 0.7, upper_bound(5, 70))
    assert points[0.3].threshold == 29.5  # a guarantee of 20 % is also one of 30 %
    assert points[0.1].threshold is None and "too many of the 100 tested answers" in points[0.1].missing
    assert "at least 45 shown answers" in points[0.05].missing


def test_the_sequence_comes_from_the_fitting_half_and_starts_with_the_easiest_test() -> None:
    rng = np.random.default_rng(0)
    score = rng.normal(size=100)
    correct = (rng.random(100) < sigmoid(score + 1)).astype(float)
    declared = sequence(score, correct, 100)
    assert declared == sequence(score, correct, 100)
    assert declared[0].risk == 0.5
    assert {hypothesis.risk for hypothesis in declared} == set(LADDER)
    assert {hypothesis.risk for hypothesis in sequence(score, correct, 30)} == {
        0.1,
        0.15,
        0.2,
        0.25,
        0.3,
        0.4,
        0.5,
    }
    tied = sequence(np.repeat([0.2, 0.7], 50), correct, 100)
    assert {round(hypothesis.threshold, 9) for hypothesis in tied} == {
        -np.inf,
        0.45,
    }  # equal scores are never separated


def test_the_threshold_of_a_cost() -> None:
    # Shown if p − (1 − p) c ≥ 0; at c = 4 a confidence of 0.8 is worth exactly nothing.
    assert utility_threshold(0.0) == 0.0
    assert pytest.approx(0) == 0.8 - 0.2 * 4 and utility_threshold(4.0) == 0.8
    for cost in (-1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="must be a number, 0 or more"):
            utility_threshold(cost)


def test_the_calibrator_keeps_the_order_of_the_scores() -> None:
    rng = np.random.default_rng(4)
    for seed in range(20):  # noise: on the testing half the score may fall with being right
        readings = [{"a": float(a)} for a in rng.random(40)]
        halves = fit_halves(readings, (np.arange(40) % 2).astype(float), seed=seed)
        grid = np.sort(halves.combined.score(readings))
        assert (np.diff(shown_confidence(halves.shown, np.unique(grid))) > 0).all()


def test_an_uninformative_score_is_shown_as_the_out_of_fold_accuracy() -> None:
    rng = np.random.default_rng(8)
    flat = 0
    for seed in range(40):
        readings = [{"a": float(a)} for a in rng.random(60)]
        correct = (np.arange(60) % 3 == 0).astype(float)
        halves = fit_halves(readings, correct, seed=seed)
        if halves.flattened:
            flat += 1
            y = correct[halves.testing]
            # The accuracy in four of five folds, with almost no slope.
            assert (np.abs(halves.after - y.mean()) < 0.2).all()
            assert np.unique(halves.after.round(2)).size <= 10
    assert flat


@pytest.mark.parametrize(
    ("right", "wrong", "sentence"),
    [
        (15, 4, "19 labelled answers are too few: at least 24 are needed"),
        (25, 0, "all 25 are right"),
        (0, 25, "all 25 are wrong"),
        (30, 3, "30 right and 3 wrong"),
    ],
)
def test_too_few_labels_raise_with_the_reason(right: int, wrong: int, sentence: str) -> None:
    n = right + wrong
    with pytest.raises(CannotCalibrate, match=sentence):
        fit_halves([{"a": k / n} for k in range(n)], np.array([1.0] * right + [0.0] * wrong))
