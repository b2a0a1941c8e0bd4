"""Abstention with the labelled questions that Plaut, Nguyen & Trinh (2024) chose themselves, arXiv 2402.13213.

Their results are in files of 500 answers, read in the order of their names: ``…q0to500_first``, ``…q0to500_second``,
``…q1000to1500_first``, … Both prompts together are shuffled with one seed for every data set and model, and the first 20
answers are the labelled ones.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from estimators.calibration.risk_control import LABELLED, Scale, threshold_grid
from evaluation.metrics import calibration_error
from evaluation.metrics.validation import Floats
from evaluation.reproductions.msp_results import Cell, Cells

AUTHORS_SEED = 2549900867
IN_A_FILE = 500  # answers
ScoreName = Literal["msp", "max_logit"]
SCALES: Mapping[ScoreName, Scale] = {"msp": "probability", "max_logit": "score"}
# The upper end of the grid: the highest labelled score of all fourteen models. Seven of them are not in these results, so
# the one of the logit is inferred: of all multiples of 1/32 from 36 to 48, only this one gives the published shares.
HIGHEST: Mapping[ScoreName, float] = {"msp": 1.0, "max_logit": 47.34375}
Answers = tuple[Floats, Floats]  # scores, outcomes


@dataclass(frozen=True, slots=True)
class Withholding:
    """What a threshold gives on the questions that did not choose it; means over the data sets."""

    never: float  # points per hundred questions without withholding
    score: float  # with it
    withheld: float  # %


def withholding(models: Mapping[str, Cells], score: ScoreName, penalty: float) -> dict[str, Withholding]:
    """Each model's result with the grid of thresholds that all models share; models without the score are left out."""
    split = {
        name: [labelled_and_rest(answers) for answers in pooled(cells, score)]
        for name, cells in models.items()
        if all(getattr(cell, score) is not None for cell in cells.values())
    }
    grid = np.sort(threshold_grid(HIGHEST[score], SCALES[score]))
    return {name: _withholding(sides, grid, penalty) for name, sides in split.items()}


def _withholding(sides: Sequence[tuple[Answers, Answers]], grid: Floats, penalty: float) -> Withholding:
    labelled = np.mean([_points(answers, grid, penalty)[0] for answers, _ in sides], axis=0)
    chosen = grid[np.argmax(np.round(labelled, 9))]  # rounded: equal means may differ in the last bit
    tested = [_points(rest, np.array([-np.inf, chosen]), penalty) for _, rest in sides]
    never, score = np.mean([points for points, _ in tested], axis=0)
    return Withholding(float(never), float(score), float(np.mean([shares[1] for _, shares in tested])))


def _points(answers: Answers, thresholds: Floats, penalty: float) -> tuple[Floats, Floats]:
    """Points per hundred answers and the percentage withheld at each threshold, shapes (thresholds,)."""
    scores, correct = answers
    order = np.argsort(scores, kind="stable")
    gained = np.concatenate([[0.0], np.cumsum(np.where(correct[order] == 1, 1.0, -penalty))])
    below = np.searchsorted(scores[order], thresholds, side="left")
    return 100 * (gained[-1] - gained[below]) / scores.size, 100 * below / scores.size


def labelled_and_rest(answers: Answers, labelled: int = LABELLED) -> tuple[Answers, Answers]:
    """The answers that the authors' seed draws first, and the others."""
    scores, correct = answers
    shuffled = list(range(scores.size))
    random.Random(AUTHORS_SEED).shuffle(shuffled)
    first, rest = np.array(shuffled[:labelled]), np.array(shuffled[labelled:])
    return (scores[first], correct[first]), (scores[rest], correct[rest])


def pooled(cells: Cells, score: ScoreName = "msp") -> list[Answers]:
    """Scores and outcomes of each data set, both prompts in the order of the authors' files."""
    prompts: dict[str, dict[str, Cell]] = {}
    for (data_set, prompt), cell in cells.items():
        prompts.setdefault(data_set, {})[prompt] = cell
    answers = []
    for by_prompt in prompts.values():
        parts = [(by_prompt[prompt], places) for prompt, places in _file_order(by_prompt)]
        answers.append(
            (
                np.concatenate([getattr(cell, score)[places] for cell, places in parts]),
                np.concatenate([cell.correct[places] for cell, places in parts]),
            )
        )
    return answers


def _file_order(by_prompt: Mapping[str, Cell]) -> list[tuple[str, NDArray[np.intp]]]:
    """Prompt and places of the answers of every file, by name."""
    files = {}
    for prompt, cell in by_prompt.items():
        for start in range(0, cell.correct.size, IN_A_FILE):
            places = np.arange(start, min(start + IN_A_FILE, cell.correct.size))
            files[f"q{start}to{start + places.size}_{prompt}"] = prompt, places
    return [files[name] for name in sorted(files)]


def pooled_calibration_error(cells: Cells) -> float:
    """Calibration error over ten quantile bins of all answers together, as the authors publish it."""
    scores, correct = (np.concatenate(side) for side in zip(*pooled(cells), strict=True))
    return calibration_error(scores, correct)
