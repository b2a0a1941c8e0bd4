"""Plaut, Nguyen & Trinh (2024), arXiv 2402.13213, from their raw results: ``python -m evaluation reproduce msp FOLDER``.

FOLDER holds a gzipped CSV for each of seven chat models (dataset, prompt, index, correct, parsed, msp, max_logit).
Computed again with this project's metrics: accuracy and AUROC of the maximum softmax probability and the maximum logit,
calibration error, abstention scores with the published rule for the threshold, and the paper's main finding. Means over
five data sets and two prompts; intervals are 95 % bootstrap intervals over the questions of each data set.
"""

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from evaluation.metrics import abstention_score, accuracy, auroc, calibration_error, selective_scores
from evaluation.metrics.abstention import BALANCED, CONSERVATIVE, LABELLED
from evaluation.metrics.bootstrap import SEED, percentile_interval
from evaluation.metrics.checked import Floats
from evaluation.reproductions.msp_results import PUBLISHED, Cell, Cells, read_results
from evaluation.tables import aligned, markdown, number, p_value

DRAWS = 200  # choices of the labelled questions
RESAMPLES = 1000
CLOSE = 3.0  # points of an abstention score


@dataclass(frozen=True, slots=True)
class Abstaining:
    """The abstention score over many choices of the labelled questions."""

    never: float  # without abstaining, on all questions
    mean: float
    low: float  # 2.5 % quantile of single choices
    high: float

    def differs(self, published: float) -> bool:
        """Whether the mean lies further from the published figure than 3 points."""
        return abs(self.mean - published) > CLOSE


@dataclass(frozen=True, slots=True)
class Reproduced:
    """A model's row computed again; accuracy and AUROC in %, each with its interval."""

    accuracy: float
    auroc_msp: float
    auroc_logit: float | None
    calibration_error: float
    balanced: Abstaining
    conservative: Abstaining
    n: int  # answers
    intervals: Mapping[str, tuple[float, float]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print our figures beside the published ones; returns the exit code."""
    given = _parser().parse_args(arguments)
    found = {
        name: reproduced(cells, given.draws, given.intervals, given.seed)
        for name, cells in read_results(given.folder).items()
    }
    finding = main_finding(found)
    if given.json:
        plain = {"models": {name: asdict(one) for name, one in found.items()}, "main_finding": finding}
        print(json.dumps(plain, indent=1, allow_nan=False))
        return 0
    lay_out = markdown if given.markdown else aligned
    tables = (ranking_rows(found), abstention_rows(found, "balanced"), abstention_rows(found, "conservative"))
    told = [line for rows in tables for line in (*lay_out(rows), "")]
    print("\n".join([*told, *finding_lines(finding)]))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m evaluation reproduce msp",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one object")
    form.add_argument("--markdown", action="store_true", help="the tables of the page")
    parser.add_argument(
        "--draws", type=_at_least(20), default=DRAWS, help=f"choices of {LABELLED} questions ({DRAWS})"
    )
    parser.add_argument(
        "--intervals", type=_at_least(100), default=RESAMPLES, metavar="N", help=f"resamples ({RESAMPLES})"
    )
    parser.add_argument("--seed", type=int, default=SEED)
    return parser


def _at_least(least: int) -> Callable[[str], int]:
    def count(text: str) -> int:
        if (found := int(text)) < least:
            raise argparse.ArgumentTypeError(f"{text} is less than {least}")
        return found

    return count


def reproduced(cells: Cells, draws: int = DRAWS, resamples: int = RESAMPLES, seed: int = SEED) -> Reproduced:
    """All figures of one model."""
    figures = cell_means(list(cells.values()))
    return Reproduced(
        100 * figures["accuracy"],
        100 * figures["auroc_msp"],
        100 * figures["auroc_logit"] if "auroc_logit" in figures else None,
        float(np.mean([calibration_error(one.msp, one.correct) for one in cells.values()])),
        abstaining(cells, BALANCED, draws, seed),
        abstaining(cells, CONSERVATIVE, draws, seed),
        sum(one.correct.size for one in cells.values()),
        mean_intervals(cells, resamples, seed),
    )


def cell_means(cells: Sequence[Cell]) -> dict[str, float]:
    """Accuracy and AUROC, each the mean over the cells."""
    measures: dict[str, Callable[[Cell], float]] = {
        "accuracy": lambda one: accuracy(one.msp, one.correct),
        "auroc_msp": lambda one: auroc(one.msp, one.correct),
    }
    if all(one.max_logit is not None for one in cells):
        measures["auroc_logit"] = lambda one: auroc(one.max_logit, one.correct)  # type: ignore[arg-type]
    return {name: float(np.mean([measure(one) for one in cells])) for name, measure in measures.items()}


def mean_intervals(cells: Cells, resamples: int, seed: int) -> dict[str, tuple[float, float]]:
    """The 95 % intervals, in %, of the means when the questions of every data set are drawn anew.

    Both prompts put the same questions, so a question is drawn with its answers to both.
    """
    rng = np.random.default_rng(seed)
    drawn: dict[str, list[float]] = {}
    for _ in range(resamples):
        places: dict[str, Any] = {}
        some = []
        for (data_set, _), one in cells.items():
            where = places.setdefault(data_set, rng.integers(0, one.correct.size, one.correct.size))
            logit = None if one.max_logit is None else one.max_logit[where]
            some.append(Cell(one.index[where], one.correct[where], one.msp[where], logit))
        for name, value in cell_means(some).items():
            drawn.setdefault(name, []).append(100 * value)
    found = {name: percentile_interval(np.array(values), resamples) for name, values in drawn.items()}
    return {name: (one.low, one.high) for name, one in found.items()}


def abstaining(cells: Cells, penalty: float, draws: int = DRAWS, seed: int = SEED) -> Abstaining:
    """The abstention score of the maximum softmax probability, mean over the cells.

    For each prompt one threshold is chosen on 20 questions of each data set together; the rest is scored.
    """
    never = float(
        np.mean([abstention_score(one.msp, one.correct, penalty=penalty) for one in cells.values()])
    )
    by_prompt: list[Floats] = []
    for place, prompt in enumerate(sorted({prompt for _, prompt in cells})):
        some = {data_set: (one.msp, one.correct) for (data_set, put), one in cells.items() if put == prompt}
        scores = selective_scores(some, penalty, draws=draws, seed=seed + place)
        by_prompt.append(np.array([np.mean(list(one.values())) for one in scores]))
    single = np.mean(by_prompt, axis=0)
    low, high = np.quantile(single, (0.025, 0.975))
    return Abstaining(never, float(single.mean()), float(low), float(high))


def main_finding(found: Mapping[str, Reproduced]) -> dict[str, dict[str, float]]:
    """Pearson's r over the models of accuracy with AUROC and with calibration error, and the two-sided p."""
    from scipy.stats import pearsonr

    right = [one.accuracy for one in found.values()]
    sides = {"auroc": [one.auroc_msp for one in found.values()],
             "calibration_error": [one.calibration_error for one in found.values()]}  # fmt: skip
    results = {name: pearsonr(right, values) for name, values in sides.items()}
    return {name: {"r": float(one.statistic), "p": float(one.pvalue)} for name, one in results.items()}


def ranking_rows(found: Mapping[str, Reproduced]) -> list[list[str]]:
    """Accuracy, AUROC and calibration error beside the published figures."""
    rows = [["model", "n", "accuracy", "published", "AUROC MSP", "published", "AUROC max logit", "published",
             "calibration error"]]  # fmt: skip
    for name, one in found.items():
        was = PUBLISHED[name]
        rows.append([was.title, f"{one.n:,}",
                     _percent(one, "accuracy"), f"{was.accuracy:.1f}", _percent(one, "auroc_msp"), f"{was.auroc_msp:.1f}",
                     _percent(one, "auroc_logit"), "–" if was.auroc_logit is None else f"{was.auroc_logit:.1f}",
                     number(one.calibration_error)])  # fmt: skip
    return rows


def _percent(one: Reproduced, name: str) -> str:
    value = getattr(one, name)
    if value is None:
        return "–"
    low, high = one.intervals[name]
    return f"{value:.1f} [{low:.1f}, {high:.1f}]"


def abstention_rows(found: Mapping[str, Reproduced], score: str) -> list[list[str]]:
    """The balanced or the conservative score beside the published one; a mean over 3 points away bears an asterisk."""
    rows = [["model", f"{score}, never abstaining", "published", "abstaining", "single choices", "published"]]
    for name, one in found.items():
        was = PUBLISHED[name]
        both = getattr(was, score), getattr(was, f"{score}_abstaining")
        rows.append([was.title, *_scores(getattr(one, score), *both)])
    return rows


def _scores(ours: Abstaining, never: float, published: float) -> list[str]:
    far = " *" if ours.differs(published) else ""
    values = (ours.never, never, ours.mean, published)
    shown, base, mean, was = (number(value, 1) for value in values)
    return [shown, base, mean + far, f"{number(ours.low, 1)} to {number(ours.high, 1)}", was]


def finding_lines(finding: Mapping[str, Mapping[str, float]]) -> list[str]:
    """The main finding for people."""
    published = {"auroc": "r = 0.96, p < 0.001", "calibration_error": "r = 0.41, p = 0.36"}
    titles = {"auroc": "AUROC", "calibration_error": "calibration error"}
    return [
        f"Over the models accuracy correlates with {titles[name]} at r = {one['r']:.2f}, p {_sign(one['p'])} "
        f"(published: {published[name]})."
        for name, one in finding.items()
    ]


def _sign(p: float) -> str:
    text = p_value(p)
    return text if text.startswith("<") else f"= {text}"
