"""The combined score: its formula, signals that are missing, and readings beyond the fitted range."""

from dataclasses import replace

import numpy as np
import pytest

from estimators.calibration.combined import TAIL, Combined, SingleSignal, Weight
from estimators.calibration.logistic import sigmoid

OLD = Combined(
    ("a", "b"), (1.0, -0.5), (0.0, 1.0), (1.0, 2.0), (0.0, -0.3), 0.2, 10.0, {"10": 0.6}, ((-2.0, 2.0), (-1.0, 3.0))
)  # fmt: skip
A, B = SingleSignal("a", 0.1, 0.8, -2.0, 2.0), SingleSignal("b", -0.4, 0.5, -1.0, 3.0)
NEW = replace(OLD, weights=(1.0, 0.5), absent=(0.0, 0.0), tail=TAIL, alone=(B, A))


def logit(p: float) -> float:
    return float(np.log(p / (1 - p)))


def test_the_score_by_hand() -> None:
    by_hand = 0.2 + 1.0 * logit(0.7) + 0.5 * (logit(0.6) - 1.0) / 2.0
    assert NEW.score([{"a": 0.7, "b": 0.6}])[0] == pytest.approx(by_hand)


def test_an_answer_that_lacks_a_signal_is_scored_by_the_first_single_signal_it_has() -> None:
    scores = NEW.score([{"a": 0.7, "b": None}, {"b": 0.6}, {"a": None, "b": None}])
    assert scores == pytest.approx([0.1 + 0.8 * logit(0.7), -0.4 + 0.5 * logit(0.6), 0.2])
    assert NEW.used({"a": 0.7, "b": 0.6}) == ("a", "b")
    assert (NEW.used({"a": 0.7}), NEW.used({"b": 0.6}), NEW.used({})) == (("a",), ("b",), ())


def test_a_file_of_an_older_version_keeps_its_score() -> None:
    by_hand = 0.2 + 1.0 * logit(0.7) - 0.5 * (logit(0.6) - 1.0) / 2.0
    scores = OLD.score([{"a": 0.7, "b": 0.6}, {"a": 0.7, "b": None}, {"a": 0.9999, "b": None}])
    assert scores == pytest.approx([by_hand, 0.2 + logit(0.7) - 0.3, 0.2 + 2.0 - 0.3])
    assert OLD.used({"a": 0.7, "b": None}) == ("a",)
    assert Weight("b", -0.3, of_absence=True) in OLD.ranked_weights


@pytest.mark.parametrize("signal", ["a", "b"])
def test_a_higher_reading_always_gives_a_higher_score_and_gains_little_beyond_its_range(signal: str) -> None:
    readings = np.concatenate([np.linspace(0.0001, 0.9999, 400), [0.99999, 0.999999]])
    other = {"a": 0.6, "b": 0.6}
    scores = NEW.score([{**other, signal: float(value)} for value in readings])
    assert (np.diff(scores) > 0).all()
    low, high = NEW.ranges[NEW.names.index(signal)]
    ends = NEW.score([{**other, signal: float(sigmoid(np.array(end)))} for end in (low, high)])
    weight = NEW.weights[NEW.names.index(signal)] / NEW.spreads[NEW.names.index(signal)]
    assert ends[0] - weight * TAIL < scores[0] < ends[0] and ends[1] < scores[-1] < ends[1] + weight * TAIL


@pytest.mark.parametrize(
    "change",
    [{"weights": ()}, {"spreads": (0.0, 1.0)}, {"weights": (float("nan"), 0.0)}, {"names": ()},
     {"ranges": ((0.0, 1.0),)}, {"ranges": ((1.0, 0.0), (0.0, 1.0))}, {"alone": (A,)}],
)  # fmt: skip
def test_invalid_combinations_raise(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="combined"):
        replace(OLD, **change)  # type: ignore[arg-type]  # ``alone``: a negative weight is refused
    for slope, low in ((0.0, -1.0), (-1.0, -1.0), (float("inf"), -1.0), (1.0, 9.0)):
        with pytest.raises(ValueError, match="a: "):
            SingleSignal("a", 0.0, slope, low, 2.0)
