"""How often a 95 % bootstrap interval of a calibration error holds the true one: percentile against basic.

Confidences are drawn from Beta(4, 2); an answer is correct with probability confidence − shift, so that the shift is
about the true error, which is measured on 400,000 answers.
"""

import numpy as np

from chains.progress import Progress
from evaluation.metrics import ece, ece_equal_mass, percentile_interval
from evaluation.metrics.bootstrap import reflected, resamples
from evaluation.metrics.checked import Floats

ANSWERS, SAMPLES, RESAMPLES = 400, 200, 200


def answers(rng: np.random.Generator, n: int, shift: float) -> tuple[Floats, Floats]:
    """Confidences and outcomes of n answers that are overconfident by ``shift``."""
    confidence = rng.beta(4, 2, n)
    correct = rng.random(n) < np.clip(confidence - shift, 0, 1)
    return confidence, correct.astype(np.float64)


def main() -> None:
    """Print the coverage of both intervals for three true errors and two metrics."""
    rng = np.random.default_rng(1)
    print(f"n = {ANSWERS} answers, {SAMPLES} samples, {RESAMPLES} resamples each")
    cells = [(shift, measure) for shift in (0.0, 0.05, 0.15) for measure in (ece, ece_equal_mass)]
    with Progress("sampling", "samples", len(cells) * SAMPLES) as progress:
        for shift, measure in cells:
            true = measure(*answers(rng, 400_000, shift))
            held = np.zeros(2)
            for sample in range(SAMPLES):
                progress.advance()
                c, y = answers(rng, ANSWERS, shift)
                drawn = np.array([measure(c[i], y[i]) for i in resamples(ANSWERS, RESAMPLES, sample)])
                for place, values in enumerate((drawn, reflected(drawn, measure(c, y)))):
                    interval = percentile_interval(values, RESAMPLES)
                    held[place] += interval.low <= true <= interval.high
            percentile, basic = held / SAMPLES
            print(
                f"true {measure.__name__} {true:.3f}: percentile {percentile:.2f}, basic {basic:.2f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
