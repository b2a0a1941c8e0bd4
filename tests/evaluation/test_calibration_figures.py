"""The figures of a calibration: one scale for thresholds, table and drawing; honest errors; counts; bounds."""

import json
import re
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from chains.calibration.fitting import Fit
from chains.calibration.store import from_json, to_json
from estimators.calibration.apply import notice, redecide
from estimators.calibration.calibrators import Platt
from estimators.calibration.combined import Combined
from estimators.calibration.guarantee import nearly_constant_signals
from estimators.calibration.logistic import sigmoid
from estimators.calibration.record import KindCalibration, shown_confidence
from estimators.calibration.risk_control import LABELLED, published_rules, upper_bound
from estimators.percent import at_least, at_most
from estimators.types import Provenance
from evaluation.calibration.fit import fit_part, refitted_ece
from evaluation.calibration.report import guarantee_rows
from evaluation.metrics import ece
from evaluation.metrics.selective.risk_coverage import risk_coverage
from evaluation.runs.labelled_answers import LabelledAnswer
from tests.estimators.measured import POINTS, assessment, calibration, part
from tests.ui.measured import measured
from tests.ui.panel.test_panel import read
from ui.calibration.drawings import applied, marked
from ui.calibration.results import results
from ui.parts import assessment_html
from ui.risk import calibration_line

SIMULATIONS = range(30)


@cache
def simulated(seed: int, n: int = 160) -> KindCalibration:
    """A calibration on answers of which some 70 % are right, two signals knowing something of it."""
    rng = np.random.default_rng([7, seed])
    y = rng.random(n) < rng.uniform(0.55, 0.85)
    signals = sigmoid(rng.normal(size=(n, 2)) + y[:, None] * np.array([1.2, 0.8]))
    answers = [
        LabelledAnswer(str(k), f"Question {k}?", "", "choice", bool(y[k]),
                       {"msp": float(signals[k, 0]), "numeric": float(signals[k, 1])}, Provenance("m"))
        for k in range(n)
    ]  # fmt: skip
    return fit_part("choice", answers, seed, draws=0)


@pytest.mark.parametrize("seed", SIMULATIONS)
def test_the_mark_is_what_the_table_says_and_the_threshold_withholds_the_same_answers(seed: int) -> None:
    fitted = simulated(seed)
    pairs = applied(fitted)
    shown, right = np.array(pairs, float).T
    curve = risk_coverage(shown, right)
    for point in fitted.points:
        if point.threshold is None:
            assert marked(point) is None
            continue
        shown_here = shown >= point.threshold
        assert (int(shown_here.sum()), int((1 - right[shown_here]).sum())) == (point.n, point.wrong)
        assert marked(point) == pytest.approx((shown_here.mean(), (1 - right[shown_here]).mean()))
        at = int(np.argmin(np.abs(curve.coverage - shown_here.mean())))
        assert (curve.coverage[at], curve.risk[at]) == pytest.approx(marked(point))  # it lies on the curve


def test_some_of_the_simulations_have_marks() -> None:
    assert sum(simulated(seed).best is not None for seed in SIMULATIONS) >= 10


@pytest.mark.parametrize("seed", SIMULATIONS)
def test_the_published_rule_withholds_the_answers_that_it_was_chosen_to_withhold(seed: int) -> None:
    fitted = simulated(seed)
    shown, right = np.array(applied(fitted), float).T
    assert fitted.published == published_rules(shown, right, seed)
    taken = np.random.default_rng(seed).choice(right.size, LABELLED, replace=False)
    for name, penalty in (("balanced", 1.0), ("conservative", 2.0)):
        threshold = fitted.published[name]

        def score(at: float, penalty: float = penalty) -> float:
            return float(((shown[taken] >= at) * np.where(right[taken] == 1, 1.0, -penalty)).mean())

        assert (
            score(max(0.0, threshold))
            >= max(score(at) for at in (*np.linspace(0, shown.max(), 50), 0.0)) - 0.11
        )


def test_the_shown_error_of_a_figure_that_is_the_same_for_all_is_that_on_new_questions() -> None:
    """A quarter right, n = 120, one figure for all: √(2 p (1 − p) / (π n)) = .0315."""
    y = np.array([1.0] * 30 + [0.0] * 90)
    score = np.random.default_rng(2).normal(0, 1e-6, 120)
    error = refitted_ece(score, y, Platt(0.01, -1.1), flattened=True, seed=1, refits=2000)
    assert error == pytest.approx(np.sqrt(2 * 0.25 * 0.75 / (np.pi * 120)), abs=0.003)


def test_the_shown_error_of_an_uninformative_signal_is_never_zero() -> None:
    errors = []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        y = rng.random(240) < 0.25
        answers = [
            LabelledAnswer(str(k), "?", "", "free", bool(y[k]), {"numeric": float(c)}, Provenance("m"))
            for k, c in enumerate(rng.uniform(0.2, 0.8, 240))
        ]
        fitted = fit_part("free", answers, seed, draws=0)
        errors.append(fitted.after.ece or 0.0)
        assert fitted.after.ece == refitted_ece(
            np.array(fitted.held_out.score), np.array(fitted.held_out.correct, float), fitted.shown, fitted.flattened, seed
        )  # fmt: skip
    assert 0.02 < np.mean(errors) < 0.08 and min(errors) > 0.005


def test_the_error_on_really_new_questions_is_about_the_shown_one() -> None:
    shown, new = [], []
    for seed in range(20):
        fitted = simulated(seed, 200)
        rng = np.random.default_rng([99, seed])
        share = np.random.default_rng([7, seed])
        share.random(200)
        y = rng.random(20000) < fitted.accuracy
        signals = sigmoid(rng.normal(size=(20000, 2)) + y[:, None] * np.array([1.2, 0.8]))
        rows = [{"msp": float(a), "numeric": float(b)} for a, b in signals]
        new.append(ece(fitted.shown_of(fitted.combined.score(rows)), y.astype(float)))
        shown.append(fitted.after.ece or 0.0)
    # In a hundred answers ECE counts the noise of its bins as well, so it may err upward, never to nought.
    assert 0.6 < np.mean(shown) / np.mean(new) < 3


def test_the_page_counts_the_kind_and_says_how_many_fitted_and_tested() -> None:
    current = replace(measured(kinds=("choice", "free")))
    assert current.counted == "120 questions with options and 120 questions without options"
    assert calibration_line(Fit(current)) == f"calibrated on {current.counted}"
    decided = redecide(assessment(), calibration(), risk=0.3)
    text = read(assessment_html(decided)).text
    basis = "250 questions with options (125 for fitting, 125 for testing)"
    assert decided.decision.basis == basis and text.count(basis) == 2  # beside the figure, and in Details
    assert basis.removeprefix("250 questions with options ") in decided.decision.promise


def test_the_signals_that_are_counted_are_those_the_figure_comes_from() -> None:
    weighed = replace(
        part(),
        combined=Combined(
            ("msp", "numeric", "linguistic", "p_ic"), (2.0, 0.5, 0.1, 0.0), (0.0,) * 4, (1.0,) * 4, (0.0,) * 4, 0.0, 1.0, {}
        ),
    )  # fmt: skip
    from estimators.types import Signal

    current = assessment()
    current = replace(
        current, signals=(*current.signals, Signal("numeric", 0.7), Signal("linguistic", None, "no marker"))
    )
    decision = redecide(current, calibration(weighed)).decision
    assert decision.used == ("msp", "numeric")  # not what is missing, nor what has no weight
    shown = redecide(current, calibration(weighed))
    assert "from 2 signals" in read(assessment_html(shown)).text
    older = replace(shown, decision=replace(shown.decision, used=(), basis=""))
    assert "from several signals" in read(assessment_html(older)).text


@pytest.mark.parametrize(
    ("bound", "said", "finer"),
    [
        (0.8013, "81 %", "80.2 %"),
        (0.80, "80 %", "80.0 %"),
        (0.29, "29 %", "29.0 %"),
        (0.57, "57 %", "57.0 %"),
        (1.0, "100 %", "100.0 %"),
        (0.9996, "100 %", "100.0 %"),
        (0.0001, "1 %", "0.1 %"),
        (0.0, "0 %", "0.0 %"),
    ],
)
def test_upper_bounds_are_rounded_up(bound: float, said: str, finer: str) -> None:
    assert (at_most(bound), at_most(bound, 1)) == (said, finer)
    current = calibration(replace(part(points=(replace(POINTS[0]),)), overall_bound=bound))
    if bound < 1:
        assert f"at most {said} are wrong" in notice(current, "choice")
    point = replace(POINTS[1], bound=bound)
    with_point = replace(part(), points=(point,))
    assert guarantee_rows(with_point)[1][4] == finer
    assert re.search(rf"6 of 60{re.escape(said)}", read(results(calibration(with_point), 0.2)).text)


def test_what_is_written_of_a_bound_is_never_below_it_nor_above_a_lower_one() -> None:
    for wrong in range(0, 61, 3):
        bound = upper_bound(wrong, 60)
        for digits in (0, 1):
            assert float(at_most(bound, digits).rstrip(" %")) >= bound * 100 - 1e-6
            assert float(at_least(bound, digits).rstrip(" %")) <= bound * 100 + 1e-6


def test_the_interval_of_an_auroc_is_rounded_outward() -> None:
    signal = replace(part().signals[0], auroc=0.7, low=0.6049, high=0.7951)
    assert "0.60–0.80" in read(results(calibration(replace(part(), signals=(signal,))), 0.3)).text


# ---- files of older versions


def older(fitted: KindCalibration, **changes: object) -> KindCalibration:
    """A calibration as a version without ranges wrote it, read back."""
    row = json.loads(to_json(calibration(replace(fitted, **changes))))  # type: ignore[arg-type]
    del row["no_guarantee"]
    for part_row in row["parts"]:
        del part_row["combined"]["ranges"]
        for signal in part_row["signals"]:
            del signal["fitted"]
    return from_json(json.dumps(row)).parts[0]


def test_an_older_file_opens_and_its_published_rule_is_chosen_again() -> None:
    fitted = simulated(1)
    opened = older(fitted, published={"balanced": 0.9, "conservative": 0.9})
    shown, right = np.array(applied(fitted), float).T
    assert opened.published == published_rules(shown, right, 1)  # the seed of the file
    assert opened.points == fitted.points and opened.combined.ranges == ()


@pytest.mark.parametrize("reading", [0.0, 0.05, 0.5, 1.0])
def test_an_older_file_never_shows_what_its_testing_half_never_had(reading: float) -> None:
    opened = older(simulated(1))
    figures = [figure for figure, _ in applied(opened)]
    value = opened.confidence({"msp": reading, "numeric": reading})
    thresholds = [point.threshold for point in opened.points if point.threshold is not None]
    assert min([*figures, *thresholds]) - 1e-9 <= value <= max(figures)
    raw = float(
        shown_confidence(opened.shown, opened.combined.score([{"msp": reading, "numeric": reading}]))[0]
    )
    for threshold in thresholds:
        assert (value >= threshold) is (raw >= threshold)


def test_an_older_file_silences_a_signal_that_was_the_same_for_nearly_all() -> None:
    # 124 readings at 100 % and one at 0 %: mean and spread of their logits as an older version kept them.
    logits = np.array([6.9068] * 124 + [-6.9068])
    combined = Combined(
        ("msp", "numeric"), (0.8, 0.6), (0.3, float(logits.mean())), (1.0, float(logits.std())), (0.0, 0.0), 1.0, 1.0, {}
    )  # fmt: skip
    opened = older(replace(part(), combined=combined))
    assert nearly_constant_signals(replace(part(), combined=combined)) == ("numeric",)
    assert opened.confidence({"msp": 0.7, "numeric": 0.8}) == opened.confidence({"msp": 0.7, "numeric": 1.0})
    assert opened.used({"msp": 0.7, "numeric": 0.8}) == ("msp",)
    assert (
        all("numeric" in point.missing for point in opened.points if point.risk > 0.1) and opened.best is None
    )
    assert nearly_constant_signals(part()) == () and older(part()).best is not None


def test_a_signals_own_curve_ends_where_its_readings_ended_and_needs_variation() -> None:
    fitted = simulated(2)
    signal = fitted.signals[0]
    assert signal.fitted is not None
    low, high = signal.fitted
    assert signal.worth(0.0) == signal.worth(low) and signal.worth(1.0) == signal.worth(high)
    rng = np.random.default_rng(0)
    answers = [
        LabelledAnswer(str(k), "?", "", "choice", k % 3 > 0,
                       {"msp": float(rng.random()), "numeric": 0.0 if k == 3 else 1.0}, Provenance("m"))
        for k in range(120)
    ]  # fmt: skip
    numeric = fit_part("choice", answers, draws=0).signal("numeric")
    assert numeric is not None and numeric.calibrator is None and numeric.worth(0.95) is None
    assert numeric.missing == "it is the same for all but a few answers"
