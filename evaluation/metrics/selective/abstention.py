"""Scores of abstaining below a threshold, and choosing the threshold on a few labelled answers."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from estimators.calibration.risk_control import BALANCED, LABELLED, Scale, published_threshold
from evaluation.metrics.validation import Array, NotDefined, ranked

DRAWS = 20
SEED = 20240213


def abstention_score(
    score: Array, correct: Array, threshold: float | None = None, penalty: float = BALANCED
) -> float:
    """Points per hundred answers: +1 correct, 0 withheld, −penalty wrong; from −100 · penalty to 100.

    An answer is withheld when its score lies below ``threshold``; None withholds none. ``penalty`` 1 is the
    balanced score, 2 the conservative one. Reference: Plaut, Nguyen & Trinh (2024), arXiv 2402.13213.

    >>> abstention_score([0.9, 0.8, 0.2], [1, 0, 0], threshold=0.5, penalty=2.0)  # (1 − 2 + 0) / 3
    -33.33...
    """
    s, y = ranked(score, correct)
    gained = np.where(y == 1, 1.0, -penalty)
    return float(100 * np.where(s >= (-np.inf if threshold is None else threshold), gained, 0.0).mean())


def choose_threshold(
    labelled: Sequence[tuple[Array, Array]], penalty: float = BALANCED, scale: Scale = "probability"
) -> float:
    """The threshold with the best mean score over the labelled data sets; the first of the grid if several are best.

    ``labelled``: (scores, correct) of each data set. Answers that are scored later play no role.
    Raises NotDefined without data sets. Reference: as ``abstention_score``.

    >>> round(choose_threshold([([0.9, 0.4], [1, 0])]), 3)  # the first above 0.4 of 0, 0.9/199, 2 · 0.9/199, …
    0.403
    """
    if not labelled:
        raise NotDefined("a threshold needs labelled answers")
    return published_threshold([ranked(score, correct) for score, correct in labelled], penalty, scale)


def selective_scores(
    cells: Mapping[str, tuple[Array, Array]],
    penalty: float = BALANCED,
    *,
    labelled: int = LABELLED,
    draws: int = DRAWS,
    seed: int = SEED,
    scale: Scale = "probability",
) -> Iterator[dict[str, float]]:
    """The score of every cell on its remaining answers, once for each random choice of the labelled ones.

    Each draw takes ``labelled`` answers of each cell, chooses one threshold for all cells on them, and scores
    the rest. Raises NotDefined where a cell has no more answers than that. Reference: as ``abstention_score``.
    """
    checked = {name: ranked(score, correct) for name, (score, correct) in cells.items()}
    for name, (s, _) in checked.items():
        if s.size <= labelled:
            of = f" of {name}" if name else ""
            raise NotDefined(
                f"it needs {labelled + 1} answers, {labelled} to choose the threshold and at least one to score, and "
                f"there are only {s.size}{of}"
            )
    rng = np.random.default_rng(seed)
    for _ in range(draws):
        taken = {n: rng.choice(s.size, labelled, replace=False) for n, (s, _) in checked.items()}
        chosen = [(checked[name][0][where], checked[name][1][where]) for name, where in taken.items()]
        threshold = choose_threshold(chosen, penalty, scale)
        scores = {}
        for name, (s, y) in checked.items():
            gained = np.where(s >= threshold, np.where(y == 1, 1.0, -penalty), 0.0)
            rest = s.size - labelled
            scores[name] = float(100 * (gained.sum() - gained[taken[name]].sum()) / rest)
        yield scores


def selective_score(score: Array, correct: Array, penalty: float = BALANCED) -> float:
    """The abstention score with the threshold chosen on 20 random answers, mean over 20 such choices.

    Raises NotDefined for 20 answers or fewer.
    """
    draws = selective_scores({"": (score, correct)}, penalty)
    return float(np.mean([draw[""] for draw in draws]))
