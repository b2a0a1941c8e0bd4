"""Abstention scores and the published rule for their threshold."""

import numpy as np
import pytest
from pytest import approx

from estimators.calibration.risk_control import NEVER, threshold_grid
from evaluation import metrics
from evaluation.metrics import NotDefined
from tests.evaluation.metrics.samples import sample

C, Y = np.array([0.9, 0.7, 0.6, 0.2]), np.array([1, 0, 1, 0])


def test_scores_by_hand() -> None:
    assert metrics.abstention_score(C, Y) == 0.0
    assert metrics.abstention_score(C, Y, penalty=2.0) == -50.0  # (1 − 2 + 1 − 2) / 4
    assert metrics.abstention_score(C, Y, 0.6) == 25.0  # an answer at the threshold is given
    assert metrics.abstention_score(C, Y, 0.8, 2.0) == 25.0


def test_the_published_grid() -> None:
    grid = threshold_grid(0.8)
    assert grid.size == 301 and grid[0] == NEVER
    assert (grid[1], grid[200], grid[201], grid[300]) == (0.0, 0.8, 0.99, 1.0)
    assert threshold_grid(25.0, "score")[[0, 1, -1]].tolist() == [NEVER, 0.0, 25.0]


def test_the_threshold_that_the_labelled_answers_suggest() -> None:
    # balanced: withholding only .2 gives 25; withholding .2 .7 .6 gives 25 too: the first maximum is just above .2
    step = 0.9 / 199
    assert metrics.choose_threshold([(C, Y)]) == approx(np.ceil(0.2 / step) * step)
    # conservative: up to .6 gives (1 − 2 + 1) / 4 = 0, above .7 it gives 1 / 4
    assert metrics.choose_threshold([(C, Y)], 2.0) == approx(np.ceil(0.7 / step) * step)
    assert metrics.choose_threshold([(C, np.ones(4))]) == NEVER  # nothing to gain: nothing is withheld
    assert metrics.choose_threshold([(np.array([3.0, 9.0]), [0, 1])], scale="score") > 3.0


def test_every_data_set_weighs_alike() -> None:
    # alone, the second set would withhold everything; the first, much larger one is as good without
    good, bad = (np.full(50, 0.6), np.ones(50)), (np.array([0.6]), np.array([0]))
    assert (
        metrics.choose_threshold([good, bad]) == NEVER
    )  # (100 − 100) / 2 everywhere until both are withheld
    assert metrics.choose_threshold([good, bad], 2.0) > 0.6  # (100 − 200) / 2 < 0


def test_the_threshold_is_chosen_on_other_answers_than_are_scored() -> None:
    rng = np.random.default_rng(0)
    c = rng.random(21)
    draws = list(metrics.selective_scores({"a": (c, np.ones(21))}, draws=5))
    assert draws == [{"a": 100.0}] * 5  # one answer is left to score, and it is correct
    noise = sample(400, 1)[0], rng.integers(0, 2, 400)
    scores = [score["a"] for score in metrics.selective_scores({"a": noise}, draws=100)]
    in_hindsight = [
        metrics.abstention_score(*noise, threshold=t) for t in threshold_grid(float(noise[0].max()))
    ]
    assert np.mean(scores) < max(in_hindsight) - 1  # what 20 answers suggest is worth less than hindsight


def test_draws_are_the_same_for_the_same_seed() -> None:
    cells = {"a": sample(100, 1), "b": sample(60, 2)}
    first, again = (list(metrics.selective_scores(cells, draws=3, seed=7)) for _ in range(2))
    assert first == again != list(metrics.selective_scores(cells, draws=3, seed=8))
    assert set(first[0]) == {"a", "b"}


def test_too_few_answers_are_named() -> None:
    with pytest.raises(
        NotDefined, match=r"needs 21 answers, 20 to choose the threshold .* there are only 4 of art"
    ):
        list(metrics.selective_scores({"art": (C, Y)}))
    with pytest.raises(NotDefined, match=r"only 4$"):
        metrics.selective_score(C, Y)
    with pytest.raises(NotDefined, match="labelled answers"):
        metrics.choose_threshold([])
