"""How often a 95 % bootstrap interval of a biased metric holds the true value: percentile against basic.

``python -m benchmarks.interval_coverage``. The true value is that of 400,000 answers. Every row prints the share of the
simulated samples whose interval holds it, with the 95 % Monte Carlo interval of that share. The basic interval is the
one that `score` shows: cut at 0 and 1, and stretched where it would leave out the figure itself.
"""

from collections.abc import Callable, Mapping

import numpy as np

from evaluation.metrics import BY_NAME, NotDefined, exact_interval, percentile_interval
from evaluation.metrics.bootstrap import Interval, resamples
from evaluation.metrics.checked import Floats
from evaluation.metrics.table import Metric, interval_of

SAMPLES, RESAMPLES, SEED = 200, 200, 1
SIZES = (100, 400)
TRUTH = 400_000  # answers
METRICS = ("ece", "ece_equal_mass", "ipr", "confidence_evenness")
Answers = tuple[Floats, Floats]


def _shifted(rng: np.random.Generator, n: int, shift: float) -> Answers:
    confidence = rng.beta(4, 2, n)
    return confidence, (rng.random(n) < np.clip(confidence - shift, 0, 1)).astype(np.float64)


def _wavy(rng: np.random.Generator, n: int) -> Answers:
    """Accuracy rises and falls twice along the scale: many pairs of bins are inverse."""
    confidence = rng.random(n)
    return confidence, (rng.random(n) < 0.6 + 0.3 * np.sin(4 * np.pi * confidence)).astype(np.float64)


def _levels(rng: np.random.Generator, n: int) -> Answers:
    """Six stated levels, the high ones most often, and accuracies that rise by five points a level."""
    level = rng.choice(6, n, p=(0.02, 0.03, 0.05, 0.1, 0.3, 0.5))
    return level / 5, (rng.random(n) < 0.4 + 0.05 * level).astype(np.float64)


CASES: Mapping[str, Callable[[np.random.Generator, int], Answers]] = {
    "calibrated, Beta(4, 2)": lambda rng, n: _shifted(rng, n, 0.0),
    "overconfident by .05": lambda rng, n: _shifted(rng, n, 0.05),
    "overconfident by .15": lambda rng, n: _shifted(rng, n, 0.15),
    "accuracy goes up and down": _wavy,
    "six levels": _levels,
}


def intervals(metric: Metric, c: Floats, y: Floats, seed: int) -> tuple[float, Interval | None, Interval | None]:
    """The figure of one sample, its percentile and its basic interval; None where there is none."""
    value = metric.measure(c, y)
    drawn = np.array([metric.measure(c[i], y[i]) for i in resamples(c.size, RESAMPLES, seed)])
    try:
        return value, percentile_interval(drawn, RESAMPLES), interval_of(metric, value, drawn, RESAMPLES)
    except NotDefined:
        return value, None, None


def coverage(case: str, name: str, n: int, samples: int = SAMPLES) -> tuple[float, float, list[int]]:
    """The true value, the mean figure of the samples, and how many percentile and basic intervals hold the true value."""
    rng = np.random.default_rng(SEED)
    metric, draw = BY_NAME[name], CASES[case]
    true = metric.measure(*draw(rng, TRUTH))
    held, values = [0, 0], []
    for sample in range(samples):
        value, *both = intervals(metric, *draw(rng, n), sample)
        values.append(value)
        for place, interval in enumerate(both):
            held[place] += interval is not None and interval.low <= true <= interval.high
    return true, float(np.mean(values)), held


def _share(hits: int, n: int) -> str:
    between = exact_interval(hits, n)
    return f"{hits / n:.2f} [{between.low:.2f}, {between.high:.2f}]"


def main() -> None:
    """Print one line for every case, metric and number of answers, as a Markdown table."""
    print(f"{SAMPLES} samples, {RESAMPLES} resamples each, seed {SEED}\n")
    print("| answers | metric | n | true | mean of the samples | percentile holds it | basic holds it |")
    print("| :-- | :-- | --: | --: | --: | --: | --: |")
    for name in METRICS:
        for case in CASES:
            for n in SIZES:
                true, mean, held = coverage(case, name, n)
                shares = " | ".join(_share(hits, SAMPLES) for hits in held)
                print(f"| {case} | `{name}` | {n} | {true:.3f} | {mean:.3f} | {shares} |", flush=True)


if __name__ == "__main__":
    main()
