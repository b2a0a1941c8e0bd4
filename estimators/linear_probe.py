"""A linear probe: a logistic regression on a model's hidden state that predicts whether its answer is right."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from estimators.calibration.logistic import Floats
from estimators.internals import Position


@dataclass(frozen=True, slots=True, eq=False)
class StateProbe:
    """The probe of one position: log odds = weights · (state − mean) / scale + bias."""

    layer: int  # 0: the embeddings
    weights: Floats  # shape (d,)
    mean: Floats  # shape (d,)
    scale: Floats  # shape (d,), above 0
    bias: float
    auroc: float | None = None  # on answers held out from its training
    low: float | None = None  # of its 95 % interval
    high: float | None = None

    def __post_init__(self) -> None:
        shapes = {array.shape for array in (self.weights, self.mean, self.scale)}
        if len(shapes) != 1 or self.weights.ndim != 1 or self.layer < 0:
            raise ValueError("linear probe: weights, mean and scale must be vectors of the same length")
        if not all(np.isfinite(array).all() for array in (self.weights, self.mean, self.scale, [self.bias])):
            raise ValueError("linear probe: a number is not finite")
        if not (self.scale > 0).all():
            raise ValueError("linear probe: a scale is not above 0")

    def score(self, states: NDArray[np.floating]) -> Floats:
        """The log odds of each state, shape (n,), from states of shape (n, d).

        >>> probe = StateProbe(1, np.array([1.0, -1.0]), np.array([0.0, 1.0]), np.array([1.0, 2.0]), 0.5)
        >>> probe.score(np.array([[2.0, 3.0]]))  # 2 − (3 − 1) / 2 + .5
        array([1.5])
        """
        return np.asarray((states - self.mean) / self.scale @ self.weights + self.bias, np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class LinearProbe:
    """A trained probe of one model, with what it was trained on."""

    name: str
    model: str
    model_sha256: str | None  # of the model file; None for a folder or hub id
    created: str  # ISO 8601, UTC
    questions: str
    questions_sha256: str
    n: int  # labelled answers it was fitted to
    held_out: int  # labelled answers behind its AUROC
    seed: int
    states: Mapping[Position, StateProbe] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """A key that is unique to this probe, even if another one later gets its name."""
        return f"{self.name} {self.created}"

    def fits(self, model: str, sha256: str | None) -> bool:
        """Whether it was trained on this model: by the sha256 of the file if both are known, else by name."""
        return self.model_sha256 == sha256 if self.model_sha256 and sha256 else self.model == model
