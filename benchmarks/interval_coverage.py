"""How often a 95 % bootstrap interval of a biased metric contains the true value: percentile against basic.

``python -m benchmarks.interval_coverage``. The true value is that of 400,000 answers. Every row prints the share of
simulated samples whose interval contains it, with the 95 % Monte Carlo interval of that share. The basic interval is the
one that `score` shows: clipped to 0 and 1, and extended if it would exclude the figure itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from benchmarks._resampled_bins import MEASURES, binned, draw_counts
from chains.progress import Progress
from evaluation.metrics import BY_NAME, NotDefined, exact_interval, percentile_interval
from evaluation.metrics.bootstrap import Interval
from evaluation.metrics.table import interval_of
from evaluation.metrics.validation import Floats

SAMPLES, RESAMPLES, SEED = 400, 200, 1
SIZES = (100, 400)
TRUTH = 400_000  # answers
Answers = tuple[Floats, Floats]


def _shifted(rng: np.random.Generator, n: int, shift: float) -> Answers:
    confidence = rng.beta(4, 2, n)
    return confidence, (rng.random(n) < np.clip(confidence - shift, 0, 1)).astype(np.float64)


def _wavy(rng: np.random.Generator, n: int) -> Answers:
    """Accuracy rises and falls twice along the scale: many pairs of bins are inverse."""
    confidence = rng.random(n)
    return confidence, (rng.random(n) < 0.6 + 0.3 * np.sin(4 * np.pi * confidence)).astype(np.float64)


def _levels(rng: np.random.Generator, n: int) -> Answers:
    """Six stated levels, the high ones most often, and accuracies that rise by five points per level."""
    level = rng.choice(6, n, p=(0.02, 0.03, 0.05, 0.1, 0.3, 0.5))
    return level / 5, (rng.random(n) < 0.4 + 0.05 * level).astype(np.float64)


CASES: Mapping[str, Callable[[np.random.Generator, int], Answers]] = {
    "calibrated, Beta(4, 2)": lambda rng, n: _shifted(rng, n, 0.0),
    "overconfident by .05": lambda rng, n: _shifted(rng, n, 0.05),
    "overconfident by .15": lambda rng, n: _shifted(rng, n, 0.15),
    "accuracy goes up and down": _wavy,
    "six levels": _levels,
}


@dataclass(frozen=True, slots=True)
class Coverage:
    """One metric in one case: how many of the samples' intervals contain the true value."""

    true: float
    mean: float  # of the samples' figures
    percentile: int
    basic: int


def coverage(case: str, n: int, samples: int = SAMPLES) -> dict[str, Coverage]:
    """Every metric over the simulated samples of n answers."""
    rng = np.random.default_rng(SEED)
    draw = CASES[case]
    population = draw(rng, TRUTH)
    figures: dict[str, list[float]] = {name: [] for name in MEASURES}
    hits = {name: [0, 0] for name in MEASURES}
    true = {name: BY_NAME[name].measure(*population) for name in MEASURES}
    for _ in range(samples):
        bins = binned(draw_counts(rng, n, RESAMPLES), *draw(rng, n))
        for name, measure in MEASURES.items():
            value, *drawn = measure(bins).tolist()
            figures[name].append(value)
            for place, interval in enumerate(_intervals(name, value, np.array(drawn))):
                hits[name][place] += interval.low <= true[name] <= interval.high
    return {name: Coverage(true[name], float(np.mean(figures[name])), *hits[name]) for name in MEASURES}


def _intervals(name: str, value: float, drawn: Floats) -> tuple[Interval, ...]:
    """The percentile and the basic interval; no interval counts as a miss."""
    try:
        return percentile_interval(drawn, RESAMPLES), interval_of(BY_NAME[name], value, drawn, RESAMPLES)
    except NotDefined:
        return ()


def _share(hits: int, n: int) -> str:
    between = exact_interval(hits, n)
    return f"{hits / n:.2f} [{between.low:.2f}, {between.high:.2f}]"


def main() -> None:
    """Print one line for every case, metric and number of answers, as a Markdown table."""
    print(f"{SAMPLES} samples, {RESAMPLES} resamples each, seed {SEED}\n")
    print(
        "| answers | metric | n | true | mean of the samples | percentile contains it | basic contains it |"
    )
    print("| :-- | :-- | --: | --: | --: | --: | --: |")
    cells = [(case, n) for case in CASES for n in SIZES]
    with Progress("sampling", "cells", len(cells)) as progress:
        for case, n in cells:
            for name, cell in coverage(case, n).items():
                shares = f"{_share(cell.percentile, SAMPLES)} | {_share(cell.basic, SAMPLES)}"
                row = f"| {case} | `{name}` | {n} | {cell.true:.3f} | {cell.mean:.3f} | {shares} |"
                print(row, flush=True)
            progress.advance()


if __name__ == "__main__":
    main()
