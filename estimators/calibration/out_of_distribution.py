"""Detects out-of-distribution questions by the distance of their sentence embeddings."""

import base64
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from estimators.calibration.logistic import Floats
from estimators.missing import check_value_or_reason

NEIGHBOURS = 3  # number of nearest questions whose distances are averaged
QUANTILE = 0.95  # share of the calibration questions within the limit
FEWEST = 20  # questions
_STEPS = 127  # a component is stored as an integer from −127 to 127


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """The calibration questions as vectors, and the distance limit among them.

    A vector takes one byte per component, encoded as base64: 250 questions with 384 components take 128 kB of
    JSON. Rounding changes a cosine by less than 0.01.
    """

    embedder: str = ""
    n: int = 0
    width: int = 0
    vectors: str = ""  # base64 of n · width signed bytes
    limit: float | None = (
        None  # 95 % of the questions are at most this far from their neighbours (leave-one-out)
    )
    missing: str = ""  # the reason, exactly when limit is None

    def __post_init__(self) -> None:
        check_value_or_reason("the limit of the neighbourhood", self.limit, self.missing)
        if self.limit is not None and self.matrix().shape != (self.n, self.width):
            raise ValueError(f"neighbourhood: {self.n} vectors with {self.width} components each are needed")

    def matrix(self) -> Floats:
        """The vectors, normalized to length 1, shape (n, width)."""
        kept = np.frombuffer(base64.b64decode(self.vectors, validate=True), np.int8).astype(np.float64)
        return _unit(kept.reshape(-1, max(1, self.width)))

    def distance(self, vector: NDArray[np.floating]) -> float:
        """1 − mean cosine of a question to its three nearest calibration questions, from 0 to 2."""
        return float(_mean_distance(_unit(np.asarray(vector, np.float64)[None]) @ self.matrix().T)[0])


def neighbourhood(vectors: NDArray[np.floating], embedder: str) -> Neighbourhood:
    """The neighbourhood of these questions, shape (n, d); missing with fewer than 20.

    limit = 95 % quantile over the questions of 1 − mean cosine to the three nearest others.
    """
    points = np.asarray(vectors, np.float64)
    if len(points) < FEWEST:
        return Neighbourhood(
            missing=f"{len(points)} questions are too few to tell which others are out of distribution"
        )
    unit = _unit(points)
    rounded = np.rint(unit / np.abs(unit).max(axis=1, keepdims=True) * _STEPS).astype(np.int8)
    cosines = _unit(rounded.astype(np.float64)) @ _unit(rounded.astype(np.float64)).T
    np.fill_diagonal(cosines, -np.inf)  # a question is not its own neighbour
    limit = float(np.quantile(_mean_distance(cosines), QUANTILE))
    return Neighbourhood(
        embedder, len(points), points.shape[1], base64.b64encode(rounded.tobytes()).decode(), limit
    )


def _mean_distance(cosines: Floats) -> Floats:
    nearest = -np.partition(-cosines, NEIGHBOURS - 1, axis=1)[:, :NEIGHBOURS]
    return np.asarray(np.clip(1.0 - nearest.mean(axis=1), 0.0, 2.0))


def _unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12))
