"""The figures of Plaut, Nguyen & Trinh (2024), arXiv 2402.13213, computed again with this project's metrics."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from estimators.calibration.risk_control import BALANCED, CONSERVATIVE
from evaluation.metrics import (
    NotDefined,
    abstention_score,
    accuracy,
    auroc,
    calibration_error,
    selective_scores,
)
from evaluation.metrics.bootstrap import SEED, percentile_interval
from evaluation.metrics.validation import Floats
from evaluation.reproductions.msp_authors import pooled_calibration_error
from evaluation.reproductions.msp_results import Cell, Cells

DRAWS = 1000  # choices of the labelled questions
RESAMPLES = 1000
CLOSE = 3.0  # points of an abstention score


@dataclass(frozen=True, slots=True)
class Abstaining:
    """The abstention score over many choices of the labelled questions."""

    never: float  # without abstaining, on all questions
    single: Floats  # one score for each choice

    @property
    def mean(self) -> float:
        """The mean over the choices."""
        return float(self.single.mean())

    @property
    def range(self) -> tuple[float, float]:
        """The 2.5 % and 97.5 % quantiles of single choices."""
        low, high = np.quantile(self.single, (0.025, 0.975))
        return float(low), float(high)

    def differs(self, published: float) -> bool:
        """Whether the mean is more than 3 points from the published figure."""
        return abs(self.mean - published) > CLOSE

    def beyond(self, published: float) -> float:
        """Share of single choices at the published figure or beyond it, seen from the mean."""
        return float(np.mean(self.single <= published if published < self.mean else self.single >= published))

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"never": self.never, "abstaining": self.mean, "single_choices": list(self.range)}


@dataclass(frozen=True, slots=True)
class Reproduced:
    """A model's row computed again; accuracy and AUROC in %, each with its interval."""

    accuracy: float
    auroc_msp: float
    auroc_logit: float | None
    calibration_error: float  # mean over the cells
    pooled_calibration_error: float  # of all answers together, as published
    balanced: Abstaining
    conservative: Abstaining
    n: int  # answers
    intervals: Mapping[str, tuple[float, float]]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            name: value.to_dict() if isinstance(value, Abstaining) else value
            for name, value in values.items()
        }


def reproduced(cells: Cells, draws: int = DRAWS, resamples: int = RESAMPLES, seed: int = SEED) -> Reproduced:
    """All figures of one model."""
    figures = cell_means(list(cells.values()))
    return Reproduced(
        100 * figures["accuracy"],
        100 * figures["auroc_msp"],
        100 * figures["auroc_logit"] if "auroc_logit" in figures else None,
        float(np.mean([calibration_error(cell.msp, cell.correct) for cell in cells.values()])),
        pooled_calibration_error(cells),
        abstaining(cells, BALANCED, draws, seed),
        abstaining(cells, CONSERVATIVE, draws, seed),
        sum(cell.correct.size for cell in cells.values()),
        mean_intervals(cells, resamples, seed),
    )


def cell_means(cells: Sequence[Cell]) -> dict[str, float]:
    """Accuracy and AUROC, each the mean over the cells."""
    measures: dict[str, Callable[[Cell], float]] = {
        "accuracy": lambda cell: accuracy(cell.msp, cell.correct),
        "auroc_msp": lambda cell: auroc(cell.msp, cell.correct),
    }
    if all(cell.max_logit is not None for cell in cells):
        measures["auroc_logit"] = lambda cell: auroc(cell.max_logit, cell.correct)  # type: ignore[arg-type]
    return {name: float(np.mean([measure(cell) for cell in cells])) for name, measure in measures.items()}


def mean_intervals(cells: Cells, resamples: int, seed: int) -> dict[str, tuple[float, float]]:
    """The 95 % intervals, in %, of the means over resampled questions of every data set; none for a mean without spread.

    Both prompts ask the same questions, so a question is drawn with its answers to both.
    """
    rng = np.random.default_rng(seed)
    drawn: dict[str, list[float]] = {}
    for _ in range(resamples):
        places: dict[str, Any] = {}
        some = []
        for (data_set, _), cell in cells.items():
            where = places.setdefault(data_set, rng.integers(0, cell.correct.size, cell.correct.size))
            logit = None if cell.max_logit is None else cell.max_logit[where]
            some.append(Cell(cell.index[where], cell.correct[where], cell.msp[where], logit))
        for name, value in cell_means(some).items():
            drawn.setdefault(name, []).append(100 * value)
    intervals = {}
    for name, values in drawn.items():
        try:
            interval = percentile_interval(np.array(values), resamples)
        except NotDefined:  # the same in every resample
            continue
        intervals[name] = (interval.low, interval.high)
    return intervals


def abstaining(cells: Cells, penalty: float, draws: int = DRAWS, seed: int = SEED) -> Abstaining:
    """The abstention score of the maximum softmax probability, mean over the cells.

    For each prompt, one threshold is chosen on 20 questions from each data set; the rest is scored.
    """
    never = float(
        np.mean([abstention_score(cell.msp, cell.correct, penalty=penalty) for cell in cells.values()])
    )
    by_prompt: list[Floats] = []
    for place, prompt in enumerate(sorted({prompt for _, prompt in cells})):
        some = {
            data_set: (cell.msp, cell.correct) for (data_set, put), cell in cells.items() if put == prompt
        }
        scores = selective_scores(some, penalty, draws=draws, seed=seed + place)
        by_prompt.append(np.array([np.mean(list(score.values())) for score in scores]))
    return Abstaining(never, np.mean(by_prompt, axis=0))


def main_finding(models: Mapping[str, Reproduced]) -> dict[str, dict[str, float]]:
    """Pearson's r over the models of accuracy with AUROC and with calibration error, and the two-sided p."""
    from scipy.stats import pearsonr

    right = [figures.accuracy for figures in models.values()]
    sides = {"auroc": [figures.auroc_msp for figures in models.values()],
             "calibration_error": [figures.calibration_error for figures in models.values()]}  # fmt: skip
    results = {name: pearsonr(right, values) for name, values in sides.items()}
    return {
        name: {"r": float(result.statistic), "p": float(result.pvalue)} for name, result in results.items()
    }
