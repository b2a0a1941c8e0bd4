"""Combines all available signals into one confidence: logistic regression over their logits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from estimators.calibration.calibrators import CLIP, FOLDS, SEED, CannotCalibrate, mean_log_loss, varies
from estimators.calibration.logistic import Floats, fit_logistic, folds, logit, sigmoid

NAME = "combined"
PENALTIES = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)  # on the squared weights, strongest last
INDICATED = 10  # answers needed both with and without a signal for its absence to get a weight

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
class Combined:
    """score = intercept + Σ_j weight_j · (logit(c_j) − mean_j) / spread_j + Σ_j absent_j · [j is missing].

    A missing signal counts as its mean, so it adds only its ``absent`` weight. Confidences are clipped to
    [0.001, 0.999], and their logits to the range of the fitting answers, since a weight is untested beyond it.
    σ(score) is a preliminary probability; a calibrator fitted to the scores of other answers turns it into the
    shown confidence.
    """

    names: tuple[str, ...]
    weights: tuple[float, ...]  # per standard deviation of a signal's logit; 0: not used
    means: tuple[float, ...]
    spreads: tuple[float, ...]
    absent: tuple[float, ...]  # added to the score if the signal is missing
    intercept: float
    penalty: float  # of the squared weights, chosen by cross-validation
    scores: Mapping[str, float]  # penalty → mean cross-validated log loss, nats
    ranges: tuple[
        tuple[float, float], ...
    ] = ()  # lowest and highest fitted logit of each; empty in older files

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

    @property
    def ranked_weights(self) -> tuple[Weight, ...]:
        """The weight of each signal, and of its absence unless that is 0; largest first."""
        weights = [Weight(name, value) for name, value in zip(self.names, self.weights, strict=True)]
        absences = zip(self.names, self.absent, strict=True)
        weights += [Weight(name, value, of_absence=True) for name, value in absences if value]
        return tuple(sorted(weights, key=lambda weight: -abs(weight.value)))

    def score(self, readings: Sequence[Readings]) -> Floats:
        """The linear score of each answer: any real number, higher is more confident; shape (n,)."""
        standard, absences = _columns(
            readings, self.names, np.array(self.means), np.array(self.spreads), np.array(self.ranges)
        )
        return np.asarray(
            self.intercept + standard @ np.array(self.weights) + absences @ np.array(self.absent)
        )


def fit_combined(
    readings: Sequence[Readings], correct: Sequence[bool] | Floats, seed: int = SEED
) -> tuple[Combined, Floats]:
    """The combination fitted to these answers, and each answer's score from the fit without its fold, shape (n,).

    The penalty is the one with the lowest log loss over stratified folds; ties go to the strongest.
    A signal is left out if fewer than ten readings differ from the most common one, because a single label would
    then decide its weight. Raises CannotCalibrate without right and wrong answers, or when no signal is left.
    Reference: Hosmer, Lemeshow & Sturdivant (2013).
    """
    y = np.asarray(correct, np.float64)
    if not y.size or y.min() == y.max():
        raise CannotCalibrate("right and wrong answers are needed to weigh the signals")
    names, means, spreads, ranges = _scales(readings)
    if not names:
        raise CannotCalibrate(
            "no signal separates the answers: each is missing or nearly constant; label more answers"
        )
    standard, absences = _columns(readings, names, means, spreads, ranges)
    missing = absences.sum(axis=0)
    indicated = (missing >= INDICATED) & (y.size - missing >= INDICATED)
    rows = np.concatenate([np.ones((y.size, 1)), standard, absences[:, indicated]], axis=1)
    place = folds(y, FOLDS, seed)
    within = np.concatenate([(place != fold)[None] for fold in range(FOLDS)] + [np.ones((1, y.size))])
    weights = np.tile(within.astype(np.float64), (len(PENALTIES), 1))
    penalty = np.repeat(np.array(PENALTIES), FOLDS + 1)[:, None] * np.ones(rows.shape[1])
    penalty[:, 0] = 0.0
    beta = fit_logistic(rows, y, weights, penalty).reshape(len(PENALTIES), FOLDS + 1, -1)
    held_out = [(rows * fitted[place]).sum(axis=1) for fitted in beta]
    losses = [mean_log_loss(sigmoid(score), y) for score in held_out]
    best = max(range(len(PENALTIES)), key=lambda k: (-round(losses[k], 9), k))
    coefficients = beta[best, FOLDS]
    absent = np.zeros(len(names))
    absent[indicated] = coefficients[1 + len(names) :]
    combined = Combined(
        names, tuple(map(float, coefficients[1 : 1 + len(names)])), tuple(map(float, means)), tuple(map(float, spreads)),
        tuple(map(float, absent)), float(coefficients[0]), PENALTIES[best],
        {f"{value:g}": loss for value, loss in zip(PENALTIES, losses, strict=True)},
        tuple((float(low), float(high)) for low, high in ranges),
    )  # fmt: skip
    return combined, held_out[best]


def _scales(readings: Sequence[Readings]) -> tuple[tuple[str, ...], Floats, Floats, Floats]:
    """The signals that vary: mean, standard deviation and range, shape (d, 2), of their logits."""
    logits: dict[str, Floats] = {}
    for name in dict.fromkeys(name for reading in readings for name in reading):
        there = np.array(
            [value for reading in readings if (value := reading.get(name)) is not None], np.float64
        )
        if varies(there):
            logits[name] = logit(there, CLIP)
    means = np.array([scores.mean() for scores in logits.values()])
    spreads = np.array([scores.std() for scores in logits.values()])
    ranges = np.array([(scores.min(), scores.max()) for scores in logits.values()])
    return tuple(logits), means, spreads, ranges


def _columns(
    readings: Sequence[Readings], names: Sequence[str], means: Floats, spreads: Floats, ranges: Floats
) -> tuple[Floats, Floats]:
    """Standardized logits clipped to their range (0 if missing), and 1 where missing; each of shape (n, d)."""
    values = np.array(
        [[np.nan if (v := reading.get(name)) is None else v for name in names] for reading in readings]
    )
    values = values.reshape(len(readings), len(names))
    absences = np.isnan(values)
    logits = logit(np.where(absences, 0.5, values), CLIP)
    if ranges.size:
        logits = np.clip(logits, ranges[:, 0], ranges[:, 1])
    standard = (logits - means) / spreads
    return np.where(absences, 0.0, standard), absences.astype(np.float64)
