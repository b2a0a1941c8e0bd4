"""How often the paired test of two calibration errors rejects at .05 although they are equal.

``python -m benchmarks.paired_error_rates``. In every case both sides have the same true calibration error, because they
are exchangeable or mirror images of each other, so every rejection is false. Each row prints the share of false
rejections with its 95 % Monte Carlo interval: with the differences mirrored at the observed one, and as implemented in
`score --paired` and `compare`.
"""

from collections.abc import Callable, Mapping

import numpy as np

from benchmarks._resampled_bins import binned, draw_counts, ece
from evaluation.metrics import exact_interval
from evaluation.metrics.bootstrap import reflected
from evaluation.metrics.paired import two_sided_p
from evaluation.metrics.validation import Floats

REPLICATES, RESAMPLES, SEED = 400, 399, 1
SIZES = (100, 300)
LEVEL = 0.05
Side = tuple[Floats, Floats]
Case = Callable[[np.random.Generator, int], tuple[Side, Side]]


def _outcomes(rng: np.random.Generator, p: Floats) -> Floats:
    return (rng.random(p.size) < p).astype(np.float64)


def _noisy(rng: np.random.Generator, p: Floats, shift: float) -> Floats:
    return np.clip(p + shift + 0.1 * rng.standard_normal(p.size), 0, 1)


def _two_signals(shift: float) -> Case:
    """Two noisy signals of the same answers, overconfident by ``shift``."""

    def draw(rng: np.random.Generator, n: int) -> tuple[Side, Side]:
        p = rng.beta(4, 2, n)
        y = _outcomes(rng, p)
        return (_noisy(rng, p, shift), y), (_noisy(rng, p, shift), y)

    return draw


def _two_models(shift: float) -> Case:
    """Two models on the same questions, each with its own answers."""

    def draw(rng: np.random.Generator, n: int) -> tuple[Side, Side]:
        p = rng.beta(4, 2, n)
        first, second = ((_noisy(rng, p, shift), _outcomes(rng, p)) for _ in range(2))
        return first, second

    return draw


def _over_and_under(rng: np.random.Generator, n: int) -> tuple[Side, Side]:
    """The same answers, one signal as overconfident as the other is underconfident."""
    p = rng.beta(3, 3, n)
    y = _outcomes(rng, p)
    return (np.clip(p + 0.2, 0, 1), y), (np.clip(p - 0.2, 0, 1), y)


CASES: Mapping[str, Case] = {
    "two signals, calibrated": _two_signals(0.0),
    "two signals, overconfident by .1": _two_signals(0.1),
    "two models, calibrated": _two_models(0.0),
    "two models, overconfident by .2": _two_models(0.2),
    "two models, overconfident by .3": _two_models(0.3),
    "one overconfident by .2, one underconfident by .2": _over_and_under,
}


def rejections(case: Case, n: int, replicates: int = REPLICATES) -> tuple[int, int]:
    """False rejections: with the differences mirrored, and as implemented."""
    rng = np.random.default_rng(SEED)
    mirrored = plain = 0
    for _ in range(replicates):
        counts = draw_counts(rng, n, RESAMPLES)
        first, second = (ece(binned(counts, *side)) for side in case(rng, n))
        observed, *others = (first - second).tolist()
        drawn = np.array(others)
        mirrored += two_sided_p(reflected(drawn, observed)) <= LEVEL
        plain += two_sided_p(drawn) <= LEVEL
    return mirrored, plain


def _share(hits: int, n: int) -> str:
    between = exact_interval(hits, n)
    return f"{hits / n:.3f} [{between.low:.3f}, {between.high:.3f}]"


def main() -> None:
    """Print one line for every case, number of questions and metric, as a Markdown table."""
    print(f"{REPLICATES} replicates, {RESAMPLES} resamples each, seed {SEED}\n")
    print("| equal ECE of | questions | mirrored | as implemented |")
    print("| :-- | --: | --: | --: |")
    for title, case in CASES.items():
        for n in SIZES:
            shares = " | ".join(_share(hits, REPLICATES) for hits in rejections(case, n))
            print(f"| {title} | {n} | {shares} |", flush=True)


if __name__ == "__main__":
    main()
