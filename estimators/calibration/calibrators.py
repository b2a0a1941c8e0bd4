"""Maps a confidence to P(correct): Platt, temperature and isotonic calibration behind one interface.

A calibrator is immutable: ``fit(confidence, correct)`` returns a fitted copy. Prediction needs only numpy.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, Self

import numpy as np

from estimators.calibration.logistic import Floats, fit_logistic, folds, logit, sigmoid
from estimators.missing import Missing

CLIP = 0.001  # confidences are moved into [0.001, 0.999] before their logit is taken
FOLDS = 5
SEED = 20261126
FEWEST = 24  # labelled answers: in each half, ten readings can then differ from the most common one
OFF_MODE = 10  # readings that must differ from the most common one for a signal to be used
SAME = 0.1  # log odds within which two readings count as the same
HOTTEST = 1000.0  # temperature at which a confidence carries no information
Array = Sequence[float] | Sequence[bool] | Floats


class CannotCalibrate(Missing):
    """The labelled answers do not allow a fit; the message says why and what to do."""


def _finite(kind: str, **values: float) -> None:
    for name, value in values.items():
        if not math.isfinite(value):
            raise ValueError(f"{kind}: {name} {value} is not finite")


class Calibrator(Protocol):
    """The interface of a calibrator."""

    @property
    def kind(self) -> str: ...
    @property
    def backwards(self) -> bool: ...  # the signal points the wrong way: higher means more errors
    def fit(self, confidence: Array, correct: Array) -> Self: ...
    def predict(self, confidence: Array) -> Floats: ...


@dataclass(frozen=True, slots=True)
class Platt:
    """p = σ(slope · logit(c) + intercept), two parameters.

    Fitted by maximum likelihood to targets shrunk slightly towards one half, (n₁ + 1)/(n₁ + 2) for the n₁ correct
    answers and 1/(n₀ + 2) for the wrong ones, so that it is finite for any labels. A negative slope reverses the
    order; then ``backwards`` is true. Reference: Platt (1999).

    >>> Platt(slope=1.0, intercept=0.0).predict([0.2, 0.9]).round(3)
    array([0.2, 0.9])
    """

    slope: float = 1.0
    intercept: float = 0.0
    kind: Literal["platt"] = "platt"

    def __post_init__(self) -> None:
        _finite(self.kind, slope=self.slope, intercept=self.intercept)

    @property
    def backwards(self) -> bool:
        """Whether the fitted slope is negative."""
        return self.slope < 0

    def fit(self, confidence: Array, correct: Array) -> Self:
        """A copy fitted to these answers; raises CannotCalibrate for unusable labels or confidences."""
        c, y = checked(confidence, correct)
        beta = _platt(c, y, np.ones((1, y.size)))[0]
        return type(self)(float(beta[1]), float(beta[0]))

    def predict(self, confidence: Array) -> Floats:
        """P(correct) of each confidence, shape (n,)."""
        return sigmoid(self.slope * logit(shares(confidence), CLIP) + self.intercept)


@dataclass(frozen=True, slots=True)
class Temperature:
    """p = σ(logit(c) / T), one parameter, T > 0; one half stays one half.

    Fitted by maximum likelihood to the targets of ``Platt``, so that T stays above 0 for answers that the confidence
    separates perfectly. If that would reverse the order, T is so large that every answer gets about one half, and
    ``backwards`` is true. Reference: Guo et al. (2017).

    >>> Temperature(2.0).predict([0.5, 0.9]).round(3)
    array([0.5 , 0.75])
    """

    temperature: float = 1.0
    backwards: bool = False
    kind: Literal["temperature"] = "temperature"

    def __post_init__(self) -> None:
        _finite(self.kind, temperature=self.temperature)
        if self.temperature <= 0:
            raise ValueError(f"temperature {self.temperature} is not above 0")

    def fit(self, confidence: Array, correct: Array) -> Self:
        """A copy fitted to these answers; raises like ``Platt.fit``."""
        c, y = checked(confidence, correct)
        slope = float(_temperature(c, y, np.ones((1, y.size)))[0, 0])
        return type(self)(1.0 / max(slope, 1.0 / HOTTEST), slope < 0)

    def predict(self, confidence: Array) -> Floats:
        """P(correct) of each confidence, shape (n,)."""
        return sigmoid(logit(shares(confidence), CLIP) / self.temperature)


@dataclass(frozen=True, slots=True)
class Isotonic:
    """The non-decreasing function closest to the outcomes: linear between its points, flat beyond them.

    Fitted by pooling adjacent violators with least squares (scipy). The pooled values are clipped to
    [1/(n + 2), (n + 1)/(n + 2)], because no finite number of answers proves certainty.
    Reference: Zadrozny & Elkan (2002).

    >>> Isotonic((0.2, 0.8), (0.4, 0.6)).predict([0.0, 0.5, 1.0])
    array([0.4, 0.5, 0.6])
    """

    x: tuple[float, ...] = (0.0, 1.0)  # ascending
    y: tuple[float, ...] = (0.0, 1.0)  # never descending
    kind: Literal["isotonic"] = "isotonic"

    def __post_init__(self) -> None:
        if not self.x or len(self.x) != len(self.y):
            raise ValueError(f"isotonic: {len(self.x)} positions but {len(self.y)} values")
        if any(not 0 <= value <= 1 for value in (*self.x, *self.y)):
            raise ValueError("isotonic: a position or a value is not in [0, 1]")
        if list(self.x) != sorted(set(self.x)) or list(self.y) != sorted(self.y):
            raise ValueError("isotonic: the positions must increase, and the values must not decrease")

    @property
    def backwards(self) -> bool:
        """Always false: an isotonic function cannot reverse the order."""
        return False

    def fit(self, confidence: Array, correct: Array) -> Self:
        """A copy fitted to these answers; raises like ``Platt.fit``."""
        from scipy.optimize import isotonic_regression

        c, y = checked(confidence, correct)
        places, where, count = np.unique(c, return_inverse=True, return_counts=True)
        means = np.bincount(where, y) / count
        values = isotonic_regression(means, weights=count.astype(np.float64)).x
        values = np.clip(values, 1 / (y.size + 2), (y.size + 1) / (y.size + 2))
        bend = np.ones(places.size, bool)  # points inside a flat piece are redundant
        bend[1:-1] = (np.diff(values[:-1]) > 1e-12) | (np.diff(values[1:]) > 1e-12)
        return type(self)(tuple(map(float, places[bend])), tuple(map(float, values[bend])))

    def predict(self, confidence: Array) -> Floats:
        """P(correct) of each confidence, shape (n,)."""
        return np.asarray(np.interp(shares(confidence), self.x, self.y))


AnyCalibrator = Platt | Temperature | Isotonic
CANDIDATES: tuple[AnyCalibrator, ...] = (Platt(), Temperature(), Isotonic())
RISING = CANDIDATES[:2]  # strictly increasing, so different confidences stay different


@dataclass(frozen=True, slots=True)
class Chosen:
    """The calibrator with the lowest cross-validated log loss, and the loss of every candidate."""

    calibrator: AnyCalibrator
    scores: Mapping[str, float]  # kind → mean log loss, nats, lower is better


def choose_calibrator(
    confidence: Array, correct: Array, *, seed: int = SEED, candidates: Sequence[AnyCalibrator] = CANDIDATES
) -> Chosen:
    """The candidate with the lowest log loss over stratified folds, fitted to all answers; ties go to the first.

    Raises CannotCalibrate like ``fit``.
    """
    c, y = checked(confidence, correct)
    place = folds(y, FOLDS, seed)
    scores: dict[str, float] = {
        candidate.kind: mean_log_loss(_out_of_fold(candidate, c, y, place), y) for candidate in candidates
    }
    best = min(candidates, key=lambda candidate: round(scores[candidate.kind], 12))
    return Chosen(best.fit(c, y), scores)


def _out_of_fold(candidate: AnyCalibrator, c: Floats, y: Floats, place: Any) -> Floats:
    if not isinstance(candidate, Isotonic):
        apart = np.asarray(place[None] != np.arange(FOLDS)[:, None], np.float64)
        return np.asarray(refitted(candidate, c, y, apart)[place, np.arange(c.size)])
    predictions = np.empty_like(c)
    for fold in range(FOLDS):
        rest, held = place != fold, place == fold
        if held.any():
            predictions[held] = candidate.fit(c[rest], y[rest]).predict(c[held])
    return predictions


def _platt(c: Floats, y: Floats, weights: Floats) -> Floats:
    """(intercept, slope) for every weighting."""
    return _fit_smoothed(np.stack([np.ones_like(c), logit(c, CLIP)], axis=1), y, weights)


def _temperature(c: Floats, y: Floats, weights: Floats) -> Floats:
    """1 / T for every weighting, negative where higher confidence went with more errors."""
    return _fit_smoothed(logit(c, CLIP)[:, None], y, weights)


def _fit_smoothed(rows: Floats, y: Floats, weights: Floats) -> Floats:
    """Coefficients for every weighting, fitted to Platt's targets, which depend on the answers it includes."""
    right, wrong = (weights * y).sum(axis=1), (weights * (1 - y)).sum(axis=1)
    # A target t between 0 and 1 is the same row twice, once as 1 and once as 0; only the weights differ by fit.
    high, low = (right + 1) / (right + 2), 1 / (wrong + 2)
    share = np.where(y[None] == 1, high[:, None], low[:, None])
    twice = np.concatenate([weights * share, weights * (1 - share)], axis=1)
    both = np.concatenate([np.ones_like(y), np.zeros_like(y)])
    rows = np.concatenate([rows, rows])
    return fit_logistic(rows, both, twice, np.zeros((weights.shape[0], rows.shape[1])))


def varies(confidence: Floats) -> bool:
    """Whether at least ten readings differ from the most common one.

    The most common reading is the densest interval of 0.1 in log odds (about 2.5 points at one half, .1 at 99 %),
    so rounding noise around one value does not count as variation.

    >>> varies(np.array([1.0] * 249 + [0.0])), varies(np.linspace(0.2, 0.8, 30))
    (False, True)
    """
    scores = np.sort(logit(confidence, CLIP))
    if scores.size < OFF_MODE:
        return False
    alike = np.searchsorted(scores, scores + SAME, side="right") - np.arange(scores.size)
    return bool(scores.size - alike.max() >= OFF_MODE)


def refitted(candidate: Platt | Temperature, confidence: Floats, correct: Floats, weights: Floats) -> Floats:
    """The predictions of a rising calibrator for every answer, refitted under each weighting, shape (K, n).

    ``weights``: shape (K, n), how often each answer counts in a fit.
    """
    scores = logit(confidence, CLIP)
    if isinstance(candidate, Platt):
        beta = _platt(confidence, correct, weights)
        return sigmoid(beta[:, :1] + beta[:, 1:] * scores)
    slope = np.maximum(_temperature(confidence, correct, weights), 1.0 / HOTTEST)
    return sigmoid(slope * scores)


def mean_log_loss(p: Floats, y: Floats) -> float:
    """Mean −ln of the probability of the actual outcome, in nats."""
    return float(-np.log(np.clip(np.where(y == 1, p, 1 - p), 1e-15, None)).mean())


def shares(confidence: Array) -> Floats:
    """Confidences as an array in [0, 1], shape (n,); raises ValueError naming the first value outside."""
    c = np.atleast_1d(np.asarray(confidence, np.float64))
    bad = np.flatnonzero(~((c >= 0) & (c <= 1)))
    if bad.size:
        raise ValueError(f"confidence[{bad[0]}] is {c[bad[0]]}: not in [0, 1]")
    return c


def checked(confidence: Array, correct: Array) -> tuple[Floats, Floats]:
    """Confidences and outcomes ready for a fit; raises CannotCalibrate with the reason if they are unusable."""
    try:
        c = shares(confidence)
    except ValueError as error:
        raise CannotCalibrate(str(error)) from None
    y = np.asarray(correct, np.float64)
    if c.shape != y.shape:
        raise CannotCalibrate(f"{c.size} confidences but {y.size} labels")
    if not np.isin(y, (0.0, 1.0)).all():
        raise CannotCalibrate("a label is neither right nor wrong")
    if not y.size or y.min() == y.max():
        which = "there are none" if not y.size else f"all {y.size} are {'right' if y[0] else 'wrong'}"
        raise CannotCalibrate(f"right and wrong answers are needed, but {which}")
    return c, y
