"""Fits a probe: the layer and the ridge penalty are cross-validated, and a held-out part measures the result."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chains.progress import SLOW, tracked
from estimators.calibration.fit import require_enough
from estimators.calibration.logistic import Floats, fit_logistic, folds, sigmoid
from estimators.calibration.validity import auroc_interval
from estimators.internals import Position
from estimators.linear_probe import StateProbe
from evaluation.linear_probes.states import States

FOLDS = 5
PENALTIES = (0.03, 0.1, 0.3, 1.0, 3.0)  # on the squared weights, for standardized states divided by √d
HELD_OUT = 3  # a third of the answers
_FLAT = 1e-6  # a direction in which the states hardly vary


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """The probe of one position, and its confidence in the held-out answers."""

    position: Position
    probe: StateProbe
    penalty: float
    loss: float  # cross-validated log loss on the training part, nats
    confidence: Floats  # of the held-out answers


def train_and_hold_out(correct: Floats, seed: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The places of the training answers, two thirds, and of the held-out ones; raises CannotCalibrate if too few."""
    require_enough(correct)
    part = folds(correct, HELD_OUT, seed)
    return np.flatnonzero(part != 0), np.flatnonzero(part == 0)


def fit_probe(
    position: Position, states: States, correct: Floats, train: NDArray[np.intp], held: NDArray[np.intp], seed: int
) -> Fitted:  # fmt: skip
    """The probe with the lowest cross-validated log loss over layers and penalties, fitted to the training answers.

    ``states``: shape (n, layers + 1, d). The embeddings (layer 0) are no candidate.
    """
    y = correct[train]
    place = folds(y, FOLDS, seed)
    layers = tracked(range(1, states.shape[1]), f"fitting, {position} answering", "layers", after=SLOW)
    losses = {layer: _losses(states[train, layer], y, place) for layer in layers}
    layer = min(losses, key=lambda layer: (round(float(losses[layer].min()), 9), layer))
    penalty = PENALTIES[int(losses[layer].argmin())]
    probe = _fit(states[train, layer], y, (penalty,))[0]
    scores = probe.score(states[held, layer])
    area = auroc_interval(scores, correct[held])
    auroc, low, high = area or (None, None, None)
    measured = StateProbe(layer, probe.weights, probe.mean, probe.scale, probe.bias, auroc, low, high)
    return Fitted(position, measured, penalty, float(losses[layer].min()), sigmoid(scores))


def _losses(states: States, y: Floats, place: NDArray[np.intp]) -> Floats:
    """The cross-validated log loss of every penalty."""
    losses = np.zeros(len(PENALTIES))
    for fold in range(FOLDS):
        rest, held = place != fold, place == fold
        for k, probe in enumerate(_fit(states[rest], y[rest], PENALTIES)):
            p = sigmoid(probe.score(states[held]))
            losses[k] += float(-np.log(np.where(y[held] == 1, p, 1 - p)).sum())
    return losses / y.size


def _fit(states: States, y: Floats, penalties: Sequence[float]) -> list[StateProbe]:
    """Ridge logistic regressions, in the space that the standardized states span.

    With more dimensions than answers, the weights of a ridge regression lie in that space, so a fit there is exact.
    Reference: Hastie, Tibshirani & Friedman (2009), section 18.3.5.
    """
    mean, scale = states.mean(axis=0, dtype=np.float64), states.std(axis=0, dtype=np.float64)
    scale = np.where(scale > _FLAT, scale, 1.0)
    standard = (states - mean) / scale / np.sqrt(states.shape[1])
    u, s, axes = np.linalg.svd(standard, full_matrices=False)
    there = s > _FLAT * s.max(initial=1.0)
    rows = np.concatenate([np.ones((y.size, 1)), u[:, there] * s[there]], axis=1)
    strength = np.repeat(np.array(penalties)[:, None], rows.shape[1], axis=1)
    strength[:, 0] = 0.0
    beta = fit_logistic(rows, y, np.ones((len(penalties), y.size)), strength)
    return [
        StateProbe(0, row[1:] @ axes[there] / np.sqrt(states.shape[1]), mean, scale, float(row[0])) for row in beta
    ]  # fmt: skip
