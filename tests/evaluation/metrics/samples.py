"""Answers with confidences for the tests of the metrics."""

from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

Sample = tuple[NDArray[np.float64], NDArray[np.float64]]


def sample(n: int, seed: int = 0, *, shift: float = 0.0, ties: bool = False) -> Sample:
    """Confidences from a beta distribution, correct with probability confidence − shift."""
    rng = np.random.default_rng(seed)
    c = rng.beta(4, 2, n)
    y = (rng.random(n) < np.clip(c - shift, 0, 1)).astype(float)
    return (np.round(c * 16) / 16 if ties else c), y  # sixteenths lie at no edge of bins but exactly


# Coarse confidences too, so that ties, 0 and 1 are common.
CONFIDENCE = st.one_of(st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0]), st.floats(0, 1))
ANSWERS: Any = st.lists(st.tuples(CONFIDENCE, st.integers(0, 1)), min_size=1, max_size=60).map(
    lambda rows: (np.array([c for c, _ in rows]), np.array([y for _, y in rows], dtype=float))
)
MIXED: Any = ANSWERS.filter(lambda rows: 0 < rows[1].sum() < rows[1].size)
