"""The screen: what fails and why, and the interval of an AUROC."""

import numpy as np
import pytest

from estimators.calibration.logistic import sigmoid
from estimators.calibration.validity import Validity, auroc_interval, screen

RNG = np.random.default_rng(4)
Y = (RNG.random(200) < 0.6).astype(float)
GOOD = [float(p) for p in sigmoid(RNG.normal(size=200) + Y)]
NOISE = [float(p) for p in sigmoid(RNG.normal(size=200) - 0.2 * Y)]


@pytest.mark.parametrize(
    ("readings", "failure", "reason"),
    [
        (GOOD, "", ""),
        ([None] * 101 + GOOD[101:], "read", "it could be read in only 99 of 200 answers"),
        ([None] * 200, "read", "it could be read in only 0 of 200 answers"),
        ([1.0] * 190 + GOOD[190:], "ceiling", "95 % of its readings are at 99 % or above"),
        ([0.8] * 195 + GOOD[195:], "values", "it is the same for all but a few of 200 answers"),
        ([0.8, 0.2] * 100, "values", "it is the same"),
        (NOISE, "auroc", "it hardly separates right from wrong answers (AUROC 0."),
    ],
)
def test_a_signal_fails_with_its_reason(readings: list[float | None], failure: str, reason: str) -> None:
    result = screen(readings, Y)
    assert result.failure == failure and result.reason.startswith(reason)
    assert result.usable is (failure in ("", "auroc"))


def test_few_answers_do_not_condemn_a_signal() -> None:
    assert screen(NOISE[:30], Y[:30]).failure == ""


def test_a_failure_and_its_reason_belong_together() -> None:
    for failure, reason in (("auroc", ""), ("", "it is bad")):
        with pytest.raises(ValueError, match="validity"):
            Validity(1, 1.0, 0.0, 1, failure=failure, reason=reason)  # type: ignore[arg-type]


def test_the_interval_contains_the_true_area_about_as_often_as_it_says() -> None:
    from scipy.stats import norm

    true, hits = float(norm.cdf(1 / np.sqrt(2))), 0
    for draw in range(400):
        rng = np.random.default_rng(draw)
        y = np.repeat([1.0, 0.0], [30, 20])
        between = auroc_interval(rng.normal(size=50) + y, y)
        assert between is not None
        hits += between[1] <= true <= between[2]
    assert 0.92 <= hits / 400 <= 0.98


def test_an_area_of_one_still_has_an_interval() -> None:
    between = auroc_interval(np.array([0.1, 0.2, 0.8, 0.9]), np.array([0.0, 0.0, 1.0, 1.0]))
    assert between is not None and between[0] == 1.0 and between[1] < 0.5
    assert auroc_interval(np.array([0.1]), np.array([1.0])) is None
