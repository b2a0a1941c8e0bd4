"""Intervals over participants: against scipy's bootstrap, paired within subjects, and missing where they must be."""

from collections.abc import Callable

import numpy as np
import pytest
from pytest import approx
from scipy.stats import bootstrap

from study.analysis.estimates import by_condition, draws_of
from study.analysis.measures import MEASURES
from study.tables.trial_row import TrialRow
from tests.study.trial_rows import trial

RELIANCE = tuple(measure for measure in MEASURES if measure.name in ("reliance", "people_ece", "rair"))


def people(
    n: int, relies: Callable[[int, str], float], conditions: Callable[[int], tuple[str, ...]], trials: int = 6
) -> list[TrialRow]:
    rng = np.random.default_rng(7)
    return [
        trial(f"p{who}", condition, relied=bool(rng.random() < relies(who, condition)))
        for who in range(n)
        for condition in conditions(who)
        for _ in range(trials)
    ]


def test_the_interval_is_scipys_over_participants() -> None:
    # Trials of one person are alike (each relies always or never), so the interval is that of 40 people, not of 240 trials.
    rows = people(40, lambda who, _: float(who % 4 == 0), lambda _: ("a",))
    figure = by_condition(rows, measures=RELIANCE, draws=2000)[0].figures["reliance"]
    means = np.array([who % 4 == 0 for who in range(40)], dtype=float)
    trusted = bootstrap(
        (means,), np.mean, n_resamples=2000, method="percentile", rng=np.random.default_rng(1)
    )
    assert figure.value == 0.25
    assert figure.low == approx(trusted.confidence_interval.low, abs=0.03)
    assert figure.high == approx(trusted.confidence_interval.high, abs=0.03)


def test_a_difference_within_subjects_is_paired() -> None:
    # People differ widely, and everyone relies on 1 of 6 trials more in b: the difference is certain.
    rows = []
    for who in range(30):
        for condition, more in (("a", 0), ("b", 1)):
            rows += [trial(f"p{who}", condition, relied=place < who % 6 + more) for place in range(6)]
    first, second = by_condition(rows, measures=RELIANCE, draws=500)
    assert first.differences == {}
    figure = second.differences["reliance"]
    assert figure.value == approx(1 / 6)
    assert (figure.low, figure.high) == (None, None)  # the same in every draw: no interval
    assert second.figures["reliance"].high - second.figures["reliance"].low > 0.1  # type: ignore[operator]


def test_a_difference_between_subjects_is_as_wide_as_both_groups_make_it() -> None:
    rows = people(
        60, lambda _, c: 0.5 if c == "a" else 0.7, lambda who: ("a",) if who < 30 else ("b",), trials=1
    )
    _, second = by_condition(rows, measures=RELIANCE, draws=2000)
    groups = [np.array([row.relied for row in rows if row.condition == name], dtype=float) for name in "ab"]
    error = np.sqrt(sum(group.var() / 30 for group in groups))
    figure = second.differences["reliance"]
    assert figure.value == approx(groups[1].mean() - groups[0].mean())
    assert (figure.high - figure.low) / 2 == approx(1.96 * error, rel=0.1)  # type: ignore[operator]


def test_strata_keep_their_size() -> None:
    for drawn in draws_of([np.arange(5), np.arange(5, 8)], 50, 3):
        assert (drawn < 5).sum() == 5 and (drawn >= 5).sum() == 3


def test_fewer_than_ten_participants_have_figures_without_intervals() -> None:
    rows = people(9, lambda *_: 0.5, lambda _: ("a", "b"))
    for condition in by_condition(rows, measures=RELIANCE, draws=200):
        figure = condition.figures["reliance"]
        assert figure.value is not None and figure.low is None and figure.high is None
    assert by_condition(rows, measures=RELIANCE, draws=200)[1].differences["reliance"].low is None


def test_a_measure_that_does_not_exist_says_why() -> None:
    rows = people(12, lambda *_: 0.5, lambda _: ("a", "b"))
    first, second = by_condition(rows, measures=RELIANCE, draws=100)
    assert "person's own answer was wrong and the AI answer right" in first.figures["rair"].missing
    assert "person's own answer was wrong and the AI answer right" in second.differences["rair"].missing


def test_the_calibration_errors_interval_does_not_leave_its_scale() -> None:
    rng = np.random.default_rng(3)
    rows = [
        trial(f"p{who}", "a", final_confidence=float(c), outcome_correct=bool(rng.random() < c))
        for who in range(20)
        for c in rng.random(5)
    ]
    figure = by_condition(rows, measures=RELIANCE, draws=300)[0].figures["people_ece"]
    assert 0.0 <= figure.low <= figure.value <= figure.high <= 1.0  # type: ignore[operator]


def test_the_same_seed_gives_the_same_and_conditions_keep_their_order() -> None:
    rows = people(15, lambda *_: 0.4, lambda _: ("z", "a"))
    once, again = (by_condition(rows, measures=RELIANCE, draws=100, seed=4) for _ in range(2))
    assert once == again
    assert [condition.name for condition in once] == ["z", "a"]
    assert [condition.name for condition in by_condition(rows, ("a", "z"), measures=RELIANCE, draws=0)] == [
        "a",
        "z",
    ]
    assert by_condition(rows, measures=RELIANCE, draws=0)[0].figures["reliance"].low is None


@pytest.mark.parametrize("draws", [0, 100])
def test_nothing_is_nothing(draws: int) -> None:
    assert by_condition([], draws=draws) == ()
