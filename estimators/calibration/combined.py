"""The score of an answer: the best single signal or a combination of several, linear in their logits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from estimators.calibration.calibrators import CLIP
from estimators.calibration.logistic import Floats, logit

NAME = "combined"
TAIL = 0.1  # log odds by which a reading beyond its fitted range may still count
_FINEST = 1e-9  # confidences this close to 0 or 1 are alike
_DECAY = 2.0  # log odds beyond the range in which a tail has grown by 63 %

Readings = Mapping[str, float | None]  # signal → confidence, None where it is missing


@dataclass(frozen=True, slots=True)
class Weight:
    """What a signal adds to the score: per standard deviation of its logit, or if it is missing."""

    signal: str
    value: float
    of_absence: bool = False

    @property
    def label(self) -> str:
        """The signal's name, followed by "missing" if the weight is that of its absence."""
        return f"{self.signal} missing" if self.of_absence else self.signal


@dataclass(frozen=True, slots=True)
class SingleSignal:
    """The log odds of a right answer from one signal alone: intercept + slope · logit(c), c kept within its range."""

    signal: str
    intercept: float
    slope: float  # above 0
    low: float  # fitted range of the logit
    high: float

    def __post_init__(self) -> None:
        if not np.isfinite([self.intercept, self.slope, self.low, self.high]).all():
            raise ValueError(f"{self.signal}: a number is not finite")
        if not self.slope > 0 or self.low > self.high:
            raise ValueError(f"{self.signal}: the slope must be above 0, and the range in ascending order")

    def score(self, confidence: Floats) -> Floats:
        """The log odds of each confidence, rising strictly with it."""
        return np.asarray(self.intercept + self.slope * within_range(confidence, self.low, self.high, TAIL))


@dataclass(frozen=True, slots=True)
class Combined:
    """score = intercept + Σ_j weight_j · (logit(c_j) − mean_j) / spread_j + Σ_j absent_j · [j is missing].

    Logits are kept within the range of the fitting answers, since a weight is untested beyond it: a reading beyond it
    adds at most ``tail``, so that the order is kept. An answer that lacks one of the signals is scored by the first of
    ``alone`` that it has; without any, by ``intercept``. σ(score) is a preliminary probability; a calibrator fitted
    to the scores of other answers turns it into the shown confidence.

    Files from older versions have no ``alone``: a missing signal counts as its mean and adds its ``absent`` weight,
    and weights may be negative.
    """

    names: tuple[str, ...]  # the signals it needs
    weights: tuple[float, ...]  # per standard deviation of a signal's logit; 0: not used
    means: tuple[float, ...]
    spreads: tuple[float, ...]
    absent: tuple[float, ...]  # added to the score if the signal is missing; 0 except in older files
    intercept: float
    penalty: float  # of the squared weights
    scores: Mapping[str, float]  # candidate → mean cross-validated log loss, nats
    ranges: tuple[
        tuple[float, float], ...
    ] = ()  # lowest and highest fitted logit of each; empty in older files
    tail: float = 0.0
    alone: tuple[SingleSignal, ...] = ()  # the best first; empty in older files
    why: str = ""  # why these signals and no others

    def __post_init__(self) -> None:
        columns = (self.weights, self.means, self.spreads, self.absent)
        if not self.names or any(len(column) != len(self.names) for column in columns):
            raise ValueError(
                "combined: every signal needs a weight, a mean, a spread and a weight for when it is missing"
            )
        if not np.isfinite([self.intercept, self.penalty, *sum(columns, ())]).all():
            raise ValueError("combined: a number is not finite")
        if min(self.spreads) <= 0:
            raise ValueError(f"combined: the spread {min(self.spreads)} is not above 0")
        if self.ranges and (
            len(self.ranges) != len(self.names) or any(low > high for low, high in self.ranges)
        ):
            raise ValueError("combined: every signal needs its range, from the lowest logit to the highest")
        if self.alone and (min(self.weights) < 0 or any(self.absent)):
            raise ValueError("combined: a weight goes against the direction of its signal")

    @property
    def ranked_weights(self) -> tuple[Weight, ...]:
        """The weight of each signal, and of its absence unless that is 0; largest first."""
        weights = [Weight(name, value) for name, value in zip(self.names, self.weights, strict=True)]
        absences = zip(self.names, self.absent, strict=True)
        weights += [Weight(name, value, of_absence=True) for name, value in absences if value]
        return tuple(sorted(weights, key=lambda weight: -abs(weight.value)))

    def score(self, readings: Sequence[Readings]) -> Floats:
        """The linear score of each answer: any real number, higher is more confident; shape (n,)."""
        values = confidence_rows(readings, self.names)
        absences = np.isnan(values)
        logits = logit(np.where(absences, 0.5, values), CLIP)
        if self.ranges:
            low, high = np.array(self.ranges).T
            logits = within_range(np.where(absences, 0.5, values), low, high, self.tail)
        standard = np.where(absences, 0.0, (logits - np.array(self.means)) / np.array(self.spreads))
        score = np.asarray(
            self.intercept + standard @ np.array(self.weights) + absences @ np.array(self.absent, np.float64)
        )
        if self.alone:
            for k in np.flatnonzero(absences.any(axis=1)):
                score[k] = self._score_alone(readings[int(k)])
        return score

    def _score_alone(self, readings: Readings) -> float:
        single = self.substitute(readings)
        reading = readings.get(single.signal) if single else None
        return self.intercept if single is None or reading is None else float(single.score(np.array(reading)))

    def substitute(self, readings: Readings) -> SingleSignal | None:
        """The single signal that scores an answer which lacks one of ``names``; None if it has none."""
        return next((single for single in self.alone if readings.get(single.signal) is not None), None)

    def used(self, readings: Readings) -> tuple[str, ...]:
        """The signals that contribute to the score of these readings."""
        there = [name for name in self.names if readings.get(name) is not None]
        if self.alone and len(there) < len(self.names):
            single = self.substitute(readings)
            return (single.signal,) if single else ()
        weighed = dict(zip(self.names, self.weights, strict=True))
        return tuple(name for name in there if weighed[name])


def confidence_rows(readings: Sequence[Readings], names: Sequence[str]) -> Floats:
    """The confidences of these signals, NaN where missing, shape (n, d)."""
    rows = [[np.nan if (v := reading.get(name)) is None else v for name in names] for reading in readings]
    return np.array(rows, np.float64).reshape(len(readings), len(names))


def within_range(confidence: Floats, low: float | Floats, high: float | Floats, tail: float) -> Floats:
    """The logits of confidences, clipped to a range; with a ``tail`` they rise strictly and exceed it by less than that.

    >>> within_range(np.array([0.5, 0.9, 0.999]), -1.0, 1.0, 0.0)
    array([0., 1., 1.])
    >>> within_range(np.array([0.5, 0.9, 0.999]), -1.0, 1.0, 0.1).round(3)
    array([0.   , 1.045, 1.095])
    """
    if not tail:
        return np.asarray(np.clip(logit(confidence, CLIP), low, high))
    logits = logit(confidence, _FINEST)
    beyond = tail * -np.expm1(-np.maximum(logits - high, 0.0) / _DECAY)
    below = tail * -np.expm1(-np.maximum(low - logits, 0.0) / _DECAY)
    return np.asarray(np.clip(logits, low, high) + beyond - below)
