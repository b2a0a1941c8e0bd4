"""The whole procedure behind a calibration: fitted on one half of the labelled answers, tested on the other."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from estimators.calibration import shown_confidence
from estimators.calibrators import (
    CLIP,
    FEWEST,
    FOLDS,
    RISING,
    SEED,
    CannotCalibrate,
    Platt,
    Temperature,
    choose_calibrator,
)
from estimators.combined import Combined, Readings, fit_combined
from estimators.logistic import Floats, folds, logit, sigmoid
from estimators.thresholds import DELTA, LADDER, OperatingPoint, certify, sequence

FEWEST_EACH = 4  # right and wrong answers, two in each half
FLAT = (
    0.01  # slope where the testing half says that the score tells nothing: the order stays as it was declared
)


@dataclass(frozen=True, slots=True)
class Halves:
    """What the two halves gave; scores and confidences are of the testing half."""

    fitting: NDArray[np.intp]  # places of the answers
    testing: NDArray[np.intp]
    combined: Combined  # from the fitting half
    shown: Platt | Temperature  # from the testing half; it never changes the order of two scores
    points: tuple[OperatingPoint, ...]  # thresholds of the shown confidence
    score: Floats
    after: Floats  # shown confidence of each answer, its calibrator fitted without the answer's fold
    flattened: bool


def fit_halves(
    readings: Sequence[Readings], correct: Sequence[bool] | Floats, *, seed: int = SEED,
    ladder: Sequence[float] = LADDER, delta: float = DELTA,
) -> Halves:  # fmt: skip
    """Split at random (right and wrong answers evenly), fit the score, declare the tests, test, and calibrate.

    The score and the sequence of tests come from the fitting half. The testing half tests them, and gives the
    calibrator that makes the score a confidence: since that keeps every order, which answers are shown at a
    threshold does not depend on it, and no promise does. Raises CannotCalibrate below 20 answers, or with fewer
    than four right or four wrong ones.
    """
    y = np.asarray(correct, np.float64)
    if len(readings) != y.size:
        raise ValueError(f"{len(readings)} readings stand against {y.size} labels")
    enough(y)
    half = folds(y, 2, seed)
    fitting, testing = np.flatnonzero(half == 0), np.flatnonzero(half == 1)
    combined, held_out = fit_combined([readings[int(k)] for k in fitting], y[fitting], seed)
    score = combined.score([readings[int(k)] for k in testing])
    chosen = choose_calibrator(sigmoid(score), y[testing], seed=seed, candidates=RISING)
    shown, after = chosen.calibrator, chosen.out_of_fold
    assert isinstance(shown, Platt | Temperature)
    flattened = shown.backwards
    if flattened:
        shown = _flat(score, y[testing])
        after = _flat_out_of_fold(score, y[testing], seed)
    declared = sequence(held_out, y[fitting], testing.size, ladder, delta)
    points = certify(declared, score, y[testing], ladder, delta)
    return Halves(
        fitting, testing, combined, shown, tuple(_on_shown(one, shown) for one in points), score, after, flattened
    )  # fmt: skip


def _flat(score: Floats, correct: Floats) -> Platt:
    """All but constant at the share of right answers."""
    base = float(logit(np.array([correct.mean()]), CLIP)[0])
    return Platt(FLAT, base - FLAT * float(score.mean()))


def _flat_out_of_fold(score: Floats, correct: Floats, seed: int) -> Floats:
    """What ``_flat`` shows of each answer when it was fitted without the answer's fold."""
    place, found = folds(correct, FOLDS, seed), np.empty_like(score)
    for fold in range(FOLDS):
        rest, held = place != fold, place == fold
        found[held] = shown_confidence(_flat(score[rest], correct[rest]), score[held])
    return found


def enough(correct: Floats) -> None:
    """Raise CannotCalibrate saying what is missing unless there are enough labelled answers of both sorts."""
    right, wrong = int((correct == 1).sum()), int((correct == 0).sum())
    if right + wrong < FEWEST:
        raise CannotCalibrate(f"{right + wrong} labelled answers are too few: at least {FEWEST} are needed")
    if not right or not wrong:
        raise CannotCalibrate(
            f"right and wrong answers are needed, and all {right + wrong} are {'right' if right else 'wrong'}"
        )
    if min(right, wrong) < FEWEST_EACH:
        raise CannotCalibrate(
            f"at least {FEWEST_EACH} right and {FEWEST_EACH} wrong answers are needed, and there are {right} right "
            f"and {wrong} wrong"
        )


def _on_shown(point: OperatingPoint, shown: Platt | Temperature) -> OperatingPoint:
    if point.threshold is None:
        return point
    lowest = (
        0.0 if point.threshold == -np.inf else float(shown_confidence(shown, np.array([point.threshold]))[0])
    )
    return OperatingPoint(point.risk, lowest, point.n, point.wrong, point.coverage, point.bound)
