"""Which signals a calibration uses: never against their direction, one by default, and no signal without a say."""

from collections.abc import Sequence

import numpy as np
import pytest
from scipy.optimize import minimize

from estimators.calibration.calibrators import CannotCalibrate, varies
from estimators.calibration.combined import Combined, Readings
from estimators.calibration.fit import Halves, fit_halves
from estimators.calibration.logistic import Floats, fit_logistic, sigmoid
from estimators.calibration.record import shown_confidence
from estimators.calibration.selection import SHARED, fit_combined


def simulated(
    n: int, seed: int, shifts: tuple[float, ...] = (1.2, 0.9, 0.0, -0.6), shared: float = 0.6
) -> tuple[list[Readings], Floats]:
    """Answers whose signals' logits are ``shifts`` higher if the answer is right; the first signal is msp."""
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < 0.6).astype(np.float64)
    common = shared * rng.normal(size=(n, 1))
    logits = (
        np.array(shifts) * (y[:, None] - 0.5)
        + common
        + np.sqrt(1 - shared**2) * rng.normal(size=(n, len(shifts)))
    )
    names = ["msp", *(f"s{k}" for k in range(1, len(shifts)))]
    return [dict(zip(names, map(float, row), strict=True)) for row in sigmoid(1.5 * logits + 0.5)], y


@pytest.mark.parametrize("seed", range(3))
def test_weights_that_may_not_be_negative_match_scipy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = np.concatenate([np.ones((80, 1)), rng.normal(size=(80, 4))], axis=1)
    y = (rng.random(80) < sigmoid(rows @ np.array([0.3, 1.0, 0.2, -0.8, -0.3]))).astype(float)
    penalty = np.array([0.0, 3.0, 3.0, 3.0, 3.0])

    def loss(beta: Floats) -> float:
        score = rows @ beta
        return float(np.logaddexp(0, score).sum() - y @ score + 0.5 * (penalty * beta**2).sum())

    best = minimize(loss, np.zeros(5), bounds=[(None, None), *[(0, None)] * 4], tol=1e-12).x
    ours = fit_logistic(rows, y, np.ones((1, 80)), penalty[None], np.arange(5) > 0)[0]
    assert ours == pytest.approx(best, abs=1e-4) and (ours[1:] >= 0).all() and (ours[1:] == 0).any()


@pytest.mark.parametrize("n", [24, 50, 100, 250])
@pytest.mark.parametrize("seed", range(8))
def test_no_weight_is_negative_and_a_constant_signal_has_none(n: int, seed: int) -> None:
    readings, y = simulated(n, seed)
    for row in readings:
        row |= {"numeric": 1.0, "never": None}  # type: ignore[operator]
    combined, held_out = fit_combined(readings, y, seed)
    assert min(combined.weights) > 0 and not any(combined.absent) and held_out.shape == (n,)
    named = {*combined.names, *(single.signal for single in combined.alone)}
    assert not named & {"numeric", "never"}
    assert combined == fit_combined(readings, y, seed)[0]  # deterministic


@pytest.mark.parametrize("n", [50, 120])
@pytest.mark.parametrize("seed", range(6))
def test_raising_a_signal_never_lowers_the_figure_and_keeps_answers_apart(n: int, seed: int) -> None:
    readings, y = simulated(n, seed)
    halves = fit_halves(readings, y, seed=seed)
    for name in readings[0]:
        rows = [{**readings[0], name: float(value)} for value in np.linspace(0.0, 1.0, 101)]
        figures = figures_of(halves, rows)
        assert (np.diff(figures) >= 0).all()
        if name in halves.combined.names:
            assert (np.diff(figures[1:-1]) > 0).all()


def figures_of(halves: Halves, rows: Sequence[Readings]) -> Floats:
    return shown_confidence(halves.shown, halves.combined.score(rows))


def test_the_deciding_signal_stays_unless_another_is_clearly_better() -> None:
    alone = [fit_combined(*simulated(60, seed, (1.0, 1.0, 0.0)), seed)[0] for seed in range(20)]
    assert sum(combined.names == ("msp",) for combined in alone) >= 12
    assert all(combined.why.startswith("no other signal") for combined in alone if combined.names == ("msp",))
    other = [fit_combined(*simulated(125, seed, (0.1, 1.6)), seed)[0] for seed in range(20)]
    assert sum("s1" in combined.names for combined in other) >= 19


def test_independent_signals_are_combined_when_there_are_enough_answers() -> None:
    readings, y = simulated(400, 1, (1.2, 1.0, 0.0), shared=0.0)
    combined, held_out = fit_combined(readings, y)
    assert {"msp", "s1"} <= set(combined.names) and combined.why.startswith("together")
    p = sigmoid(held_out)
    assert min(combined.scores.values()) < combined.scores["msp"]
    assert float(-np.log(np.where(y, p, 1 - p)).mean()) == pytest.approx(
        min(combined.scores.values()), abs=0.01
    )


def test_a_signal_that_many_answers_lack_is_not_combined_but_can_stand_in() -> None:
    readings, y = simulated(300, 2, (1.2, 1.2), shared=0.0)
    rows = [{**row, "s1": None if k % 4 == 0 else row["s1"]} for k, row in enumerate(readings)]
    assert sum(row["s1"] is not None for row in rows) < SHARED * 300
    combined, _ = fit_combined(rows, y)
    assert combined.names == ("msp",) and [single.signal for single in combined.alone] == ["msp", "s1"]
    lacking = combined.score([{"msp": None, "s1": 0.2}, {"msp": None, "s1": 0.9}])
    assert lacking[0] < lacking[1]


def test_a_model_at_chance_keeps_the_order_of_its_readings() -> None:
    readings, y = simulated(500, 3, (-0.3, -0.3))
    combined, _ = fit_combined(readings, y)
    assert combined.names == ("msp",) and 0 < combined.weights[0] <= 0.06


@pytest.mark.parametrize(("n", "bound"), [(50, 0.2), (100, 0.1), (250, 0.05)])
def test_one_label_moves_no_figure_by_more_than_the_bound_unless_it_changes_the_choice(
    n: int, bound: float
) -> None:
    readings, y = simulated(n, 5)
    halves = fit_halves(readings, y, seed=1)
    usual, moved = figures_of(halves, readings), []
    for k in range(0, n, max(1, n // 25)):
        changed = y.copy()
        changed[k] = 1 - changed[k]
        other = fit_halves(readings, changed, seed=1)
        same = other.combined.names == halves.combined.names and set(other.fitting) == set(halves.fitting)
        if same:
            moved.append(float(np.abs(figures_of(other, readings) - usual).max()))
    assert max(moved, default=0.0) <= bound


@pytest.mark.parametrize(
    ("readings", "correct", "sentence"),
    [
        ([{"a": 0.2}, {"a": 0.3}], [1, 1], "right and wrong answers are needed"),
        ([{"a": 0.2}] * 4, [1, 0, 1, 0], "no signal separates the answers"),
        ([{"a": None}] * 4, [1, 0, 1, 0], "no signal separates the answers"),
    ],
)
def test_impossible_fits_raise_with_the_reason(
    readings: list[Readings], correct: list[int], sentence: str
) -> None:
    with pytest.raises(CannotCalibrate, match=sentence):
        fit_combined(readings, np.array(correct, float))


# ---- signals that hardly vary, and readings beyond the fitted range

CROWD = 250


def stated(off: int, at: float = 1.0, away: float = 0.0) -> tuple[list[Readings], Floats]:
    """250 answers, three in four right; only some wrong ones differ in their stated number."""
    rng = np.random.default_rng(21)
    y = (rng.random(CROWD) < 0.77).astype(float)
    msp = sigmoid(rng.normal(size=CROWD) + 1.2 * y)
    rows = [{"numeric": at, "msp": float(value)} for value in msp]
    for place in np.flatnonzero(y == 0)[:off]:
        rows[int(place)]["numeric"] = away
    return list(rows), y


@pytest.mark.parametrize("off", [0, 1, 5, 9])
@pytest.mark.parametrize(("at", "away"), [(1.0, 0.0), (0.9, 0.1), (0.5, 0.99)])
def test_a_signal_with_fewer_than_ten_readings_off_its_mode_is_not_used(
    off: int, at: float, away: float
) -> None:
    combined, _ = fit_combined(*stated(off, at, away))
    assert {*combined.names, *(single.signal for single in combined.alone)} == {"msp"}


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("confidence", [0.95, 0.8, 0.5, 0.0])
def test_one_wrong_answer_at_zero_never_makes_the_figure_collapse(seed: int, confidence: float) -> None:
    halves = fit_halves(*stated(1), seed=seed)
    usual, other = figures_of(halves, [{"numeric": 1.0, "msp": 0.8}, {"numeric": confidence, "msp": 0.8}])
    assert other == pytest.approx(usual) and usual > 0.7


def test_rounding_noise_does_not_count_as_variation() -> None:
    rng = np.random.default_rng(1)
    noisy = 0.99 + rng.uniform(-4e-4, 4e-4, CROWD)
    assert not varies(noisy) and varies(rng.uniform(0.3, 0.9, CROWD))
    assert not varies(np.array([0.1, 0.9])) and not varies(np.array([]))


def test_the_range_is_that_of_the_fitting_answers() -> None:
    rng = np.random.default_rng(9)
    rows: list[Readings] = [{"a": float(value)} for value in rng.uniform(0.3, 0.7, 60)]
    combined, _ = fit_combined(rows, (np.arange(60) % 2).astype(float))
    values = [float(row["a"] or 0) for row in rows]
    assert sigmoid(np.array(combined.ranges[0])) == pytest.approx([min(values), max(values)])
    assert isinstance(combined, Combined)
