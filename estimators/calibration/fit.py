"""The calibration procedure: fit on one half of the labelled answers, test on the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from estimators.calibration.calibrators import (
    CLIP,
    FEWEST,
    FOLDS,
    RISING,
    SEED,
    CannotCalibrate,
    Platt,
    Temperature,
    choose_calibrator,
    refitted,
)
from estimators.calibration.combined import Combined, Readings
from estimators.calibration.logistic import Floats, folds, logit, random_folds, sigmoid
from estimators.calibration.panel import Panel, choose_panel
from estimators.calibration.record import shown_confidence
from estimators.calibration.risk_control import DELTA, LADDER, OperatingPoint, certify, sequence
from estimators.calibration.selection import fit_combined, screened
from estimators.calibration.validity import Validity

FEWEST_EACH = 4  # right answers and wrong answers needed, two in each half
FLAT = 0.01  # slope used if the score does not predict correctness on the testing half; it keeps the order


@dataclass(frozen=True, slots=True)
class Halves:
    """The results of both halves; scores and confidences are those of the testing half."""

    fitting: NDArray[np.intp]  # indices of the answers
    testing: NDArray[np.intp]
    combined: Combined  # from the fitting half
    shown: Platt | Temperature  # from the testing half; keeps the order of the scores
    points: tuple[OperatingPoint, ...]  # thresholds of the shown confidence
    score: Floats
    after: Floats  # shown confidence of each answer, calibrated without its random fold
    flattened: bool
    validity: Mapping[str, Validity]  # of every signal, on the fitting half
    panel: Panel | None = None  # from the fitting half


def fit_halves(
    readings: Sequence[Readings], correct: Sequence[bool] | Floats, *, seed: int = SEED,
    ladder: Sequence[float] = LADDER, delta: float = DELTA, choose_rows: bool = False,
) -> Halves:  # fmt: skip
    """Split at random (right and wrong answers evenly), fit the score, declare the tests, test, and calibrate.

    The score and the test sequence come from the fitting half. The testing half runs the tests and fits the
    calibrator that turns the score into a confidence. That calibrator keeps the order of the answers, so neither
    the set of answers shown at a threshold nor any guarantee depends on it. ``choose_rows``: also choose the default
    panel, and use its signals only, so that the confidence needs no further calls. Raises CannotCalibrate below 24
    answers, or with fewer than four right or four wrong ones.
    """
    y = np.asarray(correct, np.float64)
    if len(readings) != y.size:
        raise ValueError(f"{len(readings)} readings but {y.size} labels")
    require_enough(y)
    half = folds(y, 2, seed)
    fitting, testing = np.flatnonzero(half == 0), np.flatnonzero(half == 1)
    fitting_readings = [readings[int(k)] for k in fitting]
    validity = screened(fitting_readings, y[fitting])
    panel = choose_panel(fitting_readings, y[fitting], validity, seed) if choose_rows else None
    combined, held_out = fit_combined(_of(panel, fitting_readings), y[fitting], seed)
    score = combined.score([readings[int(k)] for k in testing])
    shown = choose_calibrator(sigmoid(score), y[testing], seed=seed, candidates=RISING).calibrator
    assert isinstance(shown, Platt | Temperature)
    flattened = shown.backwards
    if flattened:
        shown = _nearly_flat(score, y[testing])
    place = random_folds(y[testing], FOLDS, seed)
    apart = np.asarray(place[None] != np.arange(FOLDS)[:, None], np.float64)
    after = shown_refitted(score, y[testing], shown, flattened, apart)[place, np.arange(testing.size)]
    declared = sequence(held_out, y[fitting], testing.size, ladder, delta)
    points = certify(declared, score, y[testing], ladder, delta)
    return Halves(
        fitting, testing, combined, shown, tuple(_on_shown_scale(point, shown) for point in points), score, after, flattened,
        validity, panel,
    )  # fmt: skip


def _of(panel: Panel | None, readings: Sequence[Readings]) -> Sequence[Readings]:
    """Only the readings of the panel's signals; all of them without one."""
    if panel is None:
        return readings
    return [{name: reading.get(name) for name in panel.names} for reading in readings]


def _nearly_flat(score: Floats, correct: Floats) -> Platt:
    """A calibrator that is almost constant at the share of right answers."""
    base = float(logit(np.array([correct.mean()]), CLIP)[0])
    return Platt(FLAT, base - FLAT * float(score.mean()))


def shown_refitted(
    score: Floats, correct: Floats, shown: Platt | Temperature, flattened: bool, weights: Floats
) -> Floats:
    """The shown confidence of every answer, its final calibrator refitted under each weighting, shape (K, n).

    ``score``, ``correct``: of the testing half, shape (n,). ``weights``: shape (K, n), how often each answer counts.
    """
    if not flattened:
        return refitted(shown, sigmoid(score), correct, weights)
    total = weights.sum(axis=1)
    base = logit(weights @ correct / total, CLIP) - FLAT * (weights @ score / total)
    return sigmoid(FLAT * score + base[:, None])


def resample_weights(n: int, draws: int, seed: int) -> Floats:
    """How often each of n answers occurs in each resample with replacement, shape (draws, n)."""
    return np.asarray(np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=draws), np.float64)


def require_enough(correct: Floats) -> None:
    """Raise CannotCalibrate, saying what is missing, if there are too few right or wrong labelled answers."""
    right, wrong = int((correct == 1).sum()), int((correct == 0).sum())
    if right + wrong < FEWEST:
        raise CannotCalibrate(f"{right + wrong} labelled answers are too few: at least {FEWEST} are needed")
    if not right or not wrong:
        raise CannotCalibrate(
            f"right and wrong answers are needed, but all {right + wrong} are {'right' if right else 'wrong'}"
        )
    if min(right, wrong) < FEWEST_EACH:
        raise CannotCalibrate(
            f"at least {FEWEST_EACH} right and {FEWEST_EACH} wrong answers are needed, but there are {right} right "
            f"and {wrong} wrong"
        )


def _on_shown_scale(point: OperatingPoint, shown: Platt | Temperature) -> OperatingPoint:
    if point.threshold is None:
        return point
    lowest = (
        0.0 if point.threshold == -np.inf else float(shown_confidence(shown, np.array([point.threshold]))[0])
    )
    return OperatingPoint(point.risk, lowest, point.n, point.wrong, point.coverage, point.bound)
