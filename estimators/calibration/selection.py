"""Chooses the score of a calibration: one signal, unless other signals predict held-out answers clearly better.

The default is the letter asked again, where that was asked, else the signal that decides without a calibration: what is
known beforehand is worth more than the noise of 12 to 60 answers. Another signal replaces it, and a combination replaces
a single one, only if its cross-validated log loss is lower by more than one standard error of the difference (1.5 with
few answers).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from estimators.abstention import DECIDING
from estimators.calibration.calibrators import CLIP, FOLDS, SEED, CannotCalibrate
from estimators.calibration.combined import TAIL, Combined, Readings, SingleSignal, confidence_rows
from estimators.calibration.logistic import Floats, fit_logistic, folds, logit, sigmoid
from estimators.calibration.validity import Validity, screen

DEFAULTS = ("letter_again", *DECIDING)  # the first that the answers have
PENALTIES = (3.0, 10.0, 30.0, 100.0)  # on the squared weights of a combination, strongest last
OWN_PENALTY = 1.0  # on the squared weight of a single signal
LOWEST_WEIGHT = 0.05  # of a single signal, so that the order of its readings is never lost
SHARED = 0.9  # share of the answers that must have a signal for it to be combined with others
FEW = 40  # fitting answers
PROVEN = 0.5  # a signal replaces the default only if the interval of its AUROC lies above
REPEATS = 3  # of the cross-validation


@dataclass(frozen=True, slots=True)
class Columns:
    """The signals that pass the screen, as standardized logits (NaN: missing)."""

    names: tuple[str, ...]
    standard: Floats  # shape (n, d)
    means: Floats
    spreads: Floats
    ranges: Floats  # shape (d, 2)


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A score that could be chosen: one signal, or several under one penalty."""

    label: str
    places: tuple[int, ...]  # of the columns
    penalty: float
    held_out: Floats  # scores from fits without the answer's fold, shape (REPEATS, n)
    losses: Floats  # log loss of each answer, mean over the repeats, shape (n,)
    beta: Floats  # intercept and weights, fitted to all answers

    @property
    def loss(self) -> float:
        """Mean log loss, nats."""
        return float(self.losses.mean())


def fit_combined(
    readings: Sequence[Readings], correct: Sequence[bool] | Floats, seed: int = SEED
) -> tuple[Combined, Floats]:
    """The score fitted to these answers, and each answer's score from a fit without its fold, shape (n,).

    Weights are never negative. Signals that fail the screen on these answers are left out. An answer without a
    candidate's signal is predicted at the share of right answers, so a signal that is often missing pays for it.
    Raises CannotCalibrate without right and wrong answers, or when no signal is left.
    """
    y = np.asarray(correct, np.float64)
    if not y.size or y.min() == y.max():
        raise CannotCalibrate("right and wrong answers are needed to weigh the signals")
    validity = screened(readings, y)
    columns = columns_of(readings, validity)
    if not columns.names:
        raise CannotCalibrate(
            "no signal separates the answers: each is missing or nearly constant; label more answers"
        )
    place = repeated_folds(y, seed)
    singles = fit_singles(columns, y, place)
    default, single = best_single(singles, validity)
    chosen = clearly_better(single, _combinations(columns, y, place))
    return _record(columns, chosen, singles, single, default), chosen.held_out[0]


def fit_singles(columns: Columns, y: Floats, place: NDArray[np.intp]) -> list[Candidate]:
    """Every signal alone."""
    return [fit_candidate(columns, (j,), OWN_PENALTY, y, place) for j in range(len(columns.names))]


def best_single(
    singles: Sequence[Candidate], validity: Mapping[str, Validity]
) -> tuple[Candidate, Candidate]:
    """The default signal, and the one that replaces it if it is clearly better and proven; else the default again."""
    named = {single.label: single for single in singles}
    default = next((named[name] for name in DEFAULTS if name in named), min(singles, key=_rank))
    proven = [s for s in singles if (validity[s.label].low or 0.0) > PROVEN]
    return default, clearly_better(default, proven)


def screened(readings: Sequence[Readings], correct: Floats) -> dict[str, Validity]:
    """The validity of every signal on these answers."""
    names = dict.fromkeys(name for reading in readings for name in reading)
    return {name: screen([reading.get(name) for reading in readings], correct) for name in names}


def columns_of(readings: Sequence[Readings], validity: Mapping[str, Validity]) -> Columns:
    """The signals that pass; if none does, those whose readings at least differ."""
    passing = [name for name, result in validity.items() if not result.failure]
    names = tuple(passing or [name for name, result in validity.items() if result.usable])
    values = confidence_rows(readings, names)
    logits = np.where(np.isnan(values), np.nan, logit(np.nan_to_num(values, nan=0.5), CLIP))
    if not names:
        return Columns((), logits, np.zeros(0), np.zeros(0), np.zeros((0, 2)))
    means, spreads = np.nanmean(logits, axis=0), np.nanstd(logits, axis=0)
    ranges = np.stack([np.nanmin(logits, axis=0), np.nanmax(logits, axis=0)], axis=1)
    return Columns(names, (logits - means) / spreads, means, spreads, ranges)


def repeated_folds(y: Floats, seed: int) -> NDArray[np.intp]:
    """The fold of each answer in each repeat, shape (REPEATS, n)."""
    return np.stack([folds(y, FOLDS, seed + repeat) for repeat in range(REPEATS)])


def fit_candidate(
    columns: Columns, places: tuple[int, ...], penalty: float, y: Floats, place: NDArray[np.intp]
) -> Candidate:
    """One candidate, fitted to all answers that have its signals, and without each fold of each repeat."""
    standard = columns.standard[:, list(places)]
    there = np.asarray(~np.isnan(standard).any(axis=1))
    rows = np.concatenate([np.ones((y.size, 1)), np.where(there[:, None], standard, 0.0)], axis=1)
    apart = np.concatenate([(repeat != fold)[None] for repeat in place for fold in range(FOLDS)])
    within = np.concatenate([apart, np.ones((1, y.size), bool)]).astype(np.float64)
    beta = _fit(rows, y, within * there, penalty)
    right = within @ y
    base = np.log((right + 0.5) / (within.sum(axis=1) - right + 0.5))
    fits = np.arange(REPEATS)[:, None] * FOLDS + place
    p = sigmoid(_scores(rows, there, beta[fits], base[fits]))
    losses = -np.log(np.where(y == 1, p, 1 - p)).mean(axis=0)
    if len(places) == 1:
        beta[:, 1] = np.maximum(beta[:, 1], LOWEST_WEIGHT)
    scores = _scores(rows, there, beta[fits], base[fits])
    label = columns.names[places[0]] if len(places) == 1 else f"combination, penalty {penalty:g}"
    return Candidate(label, places, penalty, scores, losses, beta[-1])


def _scores(rows: Floats, there: NDArray[np.bool_], beta: Floats, base: Floats) -> Floats:
    """The score of each answer from its own coefficients; the log odds of a right answer if it lacks a signal."""
    return np.asarray(np.where(there, (rows[None] * beta).sum(axis=2), base))


def _fit(rows: Floats, y: Floats, weights: Floats, penalty: float) -> Floats:
    """Intercept and weights ≥ 0 of every weighting."""
    strength = np.full((weights.shape[0], rows.shape[1]), penalty)
    strength[:, 0] = 0.0
    return fit_logistic(rows, y, weights, strength, np.arange(rows.shape[1]) > 0)


def _combinations(columns: Columns, y: Floats, place: NDArray[np.intp]) -> list[Candidate]:
    """All signals that nearly every answer has, under every penalty; none if there is only one."""
    read = (~np.isnan(columns.standard)).mean(axis=0)
    places = tuple(int(j) for j in np.flatnonzero(read >= SHARED))
    if len(places) < 2:
        return []
    return fit_together(columns, places, y, place)


def fit_together(
    columns: Columns, places: tuple[int, ...], y: Floats, place: NDArray[np.intp]
) -> list[Candidate]:
    """These signals together under every penalty, without the fits that give none of them a weight."""
    every = [fit_candidate(columns, places, penalty, y, place) for penalty in PENALTIES]
    return [candidate for candidate in every if candidate.beta[1:].any()]


def clearly_better(default: Candidate, candidates: Sequence[Candidate]) -> Candidate:
    """The candidate with the lowest loss among those clearly below the default; else the default.

    Clearly: by more than one standard error of the paired difference; 1.5 with few answers, as the error is then itself
    uncertain and several signals compete.
    """
    errors = 1.5 if default.losses.size < FEW else 1.0
    clearly = []
    for candidate in candidates:
        gain = default.losses - candidate.losses
        if gain.mean() > errors * gain.std(ddof=1) / np.sqrt(gain.size) + 1e-9:
            clearly.append(candidate)
    return min(clearly, key=_rank) if clearly else default


def _rank(candidate: Candidate) -> tuple[float, float]:
    return round(candidate.loss, 9), -candidate.penalty


def _record(
    columns: Columns, chosen: Candidate, singles: Sequence[Candidate], single: Candidate, default: Candidate
) -> Combined:
    weighed = [(j, float(w)) for j, w in zip(chosen.places, chosen.beta[1:], strict=True) if w > 0]
    at = [j for j, _ in weighed]
    order = [single, *sorted((other for other in singles if other is not single), key=_rank)]
    scores = {candidate.label: candidate.loss for candidate in sorted({*singles, chosen}, key=_rank)}
    return Combined(
        tuple(columns.names[j] for j in at), tuple(weight for _, weight in weighed),
        tuple(map(float, columns.means[at])), tuple(map(float, columns.spreads[at])), (0.0,) * len(at),
        float(chosen.beta[0]), chosen.penalty, scores,
        tuple((float(low), float(high)) for low, high in columns.ranges[at]), TAIL,
        tuple(_alone(columns, candidate) for candidate in order), _why(chosen, single, default),
    )  # fmt: skip


def _alone(columns: Columns, candidate: Candidate) -> SingleSignal:
    j = candidate.places[0]
    slope = float(candidate.beta[1] / columns.spreads[j])
    low, high = map(float, columns.ranges[j])
    return SingleSignal(
        candidate.label, float(candidate.beta[0] - slope * columns.means[j]), slope, low, high
    )


def _why(chosen: Candidate, single: Candidate, default: Candidate) -> str:
    if chosen is not single:
        return f"together they predict held-out answers better than {single.label} alone, by more than a standard error"
    if single is not default:
        return f"it predicts held-out answers better than {default.label}, by more than a standard error"
    return "no other signal and no combination predicts held-out answers better by more than a standard error"
