"""Tests whether a run of questions is still like those of a calibration, with labels or without.

Without labels only a shift of the signals shows: their readings are compared with those of the calibration. With labels
the error of the shown confidence itself is tested.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from estimators.calibration.calibrators import CLIP
from estimators.calibration.combined import Readings
from estimators.calibration.logistic import Floats, fit_logistic, logit, sigmoid
from estimators.calibration.record import KindCalibration
from estimators.missing import Missing

LEVEL = 0.01  # a test at this level reports a shift where there is none once in a hundred runs
FEWEST = 20  # answers of a run


@dataclass(frozen=True, slots=True)
class SignalShift:
    """How far the readings of a signal have moved: the Kolmogorov–Smirnov statistic and its corrected p."""

    signal: str
    distance: float  # largest gap between the two cumulative distributions
    p: float  # corrected for the number of signals (Holm)


@dataclass(frozen=True, slots=True)
class RunCheck:
    """Whether a calibration holds for a run of questions, as far as can be told."""

    n: int
    shifts: tuple[SignalShift, ...]  # the most certain first
    labelled: int = 0  # answers known to be right or wrong
    error_p: float | None = None  # of the shown confidence being right; None without enough labels
    shown: float | None = None  # mean shown confidence of the labelled answers
    right: float | None = None  # share of them that is right

    @property
    def shifted(self) -> bool:
        """Whether a signal's readings are distributed differently."""
        return any(shift.p < LEVEL for shift in self.shifts)

    @property
    def off(self) -> bool | None:
        """Whether the shown confidence is wrong for these questions; None if that cannot be told."""
        return None if self.error_p is None else self.error_p < LEVEL

    @property
    def sentence(self) -> str:
        """What follows for the reader, in one or two sentences."""
        if self.error_p is not None and self.shown is not None and self.right is not None:
            figures = (
                f"it shows {self.shown * 100:.0f} % on average, and {self.right * 100:.0f} % of {self.labelled} answers "
                "are right"
            )
            if self.off:
                return f"The calibration does not hold for these questions: {figures}. Calibrate on questions like these."
            return f"On these questions, the calibration shows no error: {figures}."
        if self.shifted:
            return (
                f"These {self.n} questions are unlike those of the calibration: the signals are distributed differently. "
                "The confidence may be too high or too low, and no guarantee holds. Label some answers to find out."
            )
        return f"The signals of these {self.n} questions are distributed like those of the calibration."


def check_run(
    part: KindCalibration, readings: Sequence[Readings], correct: Sequence[bool | None] = ()
) -> RunCheck:
    """Compare a run of answers with a calibration.

    ``correct``: whether each answer is right, None where unknown; empty: no labels. The p values need scipy. Raises
    Missing with fewer than 20 answers.
    """
    if len(readings) < FEWEST:
        raise Missing(f"{len(readings)} answers are too few to tell whether the calibration holds")
    shifts = signal_shifts(part, readings)
    labels = [(row, float(label)) for row, label in zip(readings, correct, strict=False) if label is not None]
    if len(labels) < FEWEST:
        return RunCheck(len(readings), shifts, len(labels))
    y = np.array([label for _, label in labels])
    shown = np.array([part.confidence(row) for row, _ in labels])
    return RunCheck(
        len(readings), shifts, y.size, calibration_error_p(shown, y), float(shown.mean()), float(y.mean())
    )


def signal_shifts(part: KindCalibration, readings: Sequence[Readings]) -> tuple[SignalShift, ...]:
    """The shift of every signal that passes the screen, the smallest p first.

    Two-sample Kolmogorov–Smirnov tests, corrected by Holm's method. Empty for files from older versions, which hold no
    readings.
    """
    from scipy.stats import ks_2samp

    tests = []
    for signal in part.signals:
        values = [value for row in readings if (value := row.get(signal.name)) is not None]
        if (
            signal.validity is None
            or signal.validity.failure
            or min(len(values), len(signal.sample)) < FEWEST
        ):
            continue
        test = ks_2samp(np.round(values, 4), signal.sample)
        tests.append((float(test.pvalue), float(test.statistic), signal.name))
    shifts, highest = [], 0.0
    for place, (p, distance, name) in enumerate(sorted(tests)):
        highest = max(highest, min(1.0, p * (len(tests) - place)))
        shifts.append(SignalShift(name, distance, highest))
    return tuple(shifts)


def calibration_error_p(shown: Floats, correct: Floats) -> float:
    """p of the shown confidences being right, against logit(p) = a + b · logit(shown) (Cox 1958, likelihood ratio).

    The reference is χ² with two degrees of freedom, as a ≠ 0 is a wrong level and b ≠ 1 a wrong spread. A confidence
    that is the same for all tests the level alone.

    >>> calibration_error_p(np.full(100, 0.9), np.repeat([1.0, 0.0], [90, 10])) > 0.9
    True
    """
    from scipy.stats import chi2

    scores = logit(shown, CLIP)
    constant = float(np.ptp(scores)) < 1e-6
    rows = (
        np.ones((shown.size, 1))
        if constant
        else np.stack([np.ones_like(scores), scores - scores.mean()], axis=1)
    )
    beta = fit_logistic(rows, correct, np.ones((1, shown.size)), np.full((1, rows.shape[1]), 1e-6))[0]
    ratio = 2 * (_log_likelihood(sigmoid(rows @ beta), correct) - _log_likelihood(sigmoid(scores), correct))
    return float(chi2.sf(max(ratio, 0.0), rows.shape[1]))


def _log_likelihood(p: Floats, correct: Floats) -> float:
    return float(np.log(np.where(correct == 1, p, 1 - p)).sum())
