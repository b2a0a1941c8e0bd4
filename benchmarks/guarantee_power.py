"""How often a guarantee is reached, and how many answers it shows: ``python -m benchmarks.guarantee_power``.

Simulated models with three signals: two whose logits are 0.8 and 0.6 standard deviations higher if the answer is right
(together AUROC 0.76), and noise. Uses the complete procedure with its two halves, δ = 10 %.
"""

import argparse
from itertools import product

import numpy as np

from chains.progress import tracked
from estimators.calibration.calibrators import CannotCalibrate
from estimators.calibration.fit import fit_halves
from estimators.calibration.logistic import sigmoid
from estimators.calibration.risk_control import LADDER
from evaluation.reports.tables import aligned

ACCURACIES = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
LABELS = (50, 100, 250, 500, 1000)


def main() -> None:
    """Print for every accuracy and number of labels: share of calibrations with a guarantee and mean share shown."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--draws", type=int, default=200, help="calibrations per cell (default: 200)")
    args = parser.parse_args()
    print(f"share of {args.draws} calibrations with a guarantee / share of answers shown with it\n")
    rows = [["accuracy", "labels", *(f"{risk * 100:.0f} %" for risk in LADDER)]]
    for accuracy, labels in tracked(list(product(ACCURACIES, LABELS)), "calibrating", "cells"):
        reached, shown = power(accuracy, labels, args.draws)
        cells = [
            f"{p * 100:.0f} % / {c * 100:.0f} %" if p else "–" for p, c in zip(reached, shown, strict=True)
        ]
        rows.append([f"{accuracy * 100:.0f} %", str(labels), *cells])
    print("\n".join(aligned(rows)))


def power(accuracy: float, labels: int, draws: int, seed: int = 0) -> tuple[list[float], list[float]]:
    """For each accepted risk: how often it is guaranteed, and the mean coverage if it is."""
    rng = np.random.default_rng([seed, round(accuracy * 100), labels])
    coverages_by_risk: list[list[float]] = [[] for _ in LADDER]
    for draw in range(draws):
        correct = rng.random(labels) < accuracy
        signals = sigmoid(rng.normal(size=(labels, 3)) + correct[:, None] * np.array([0.8, 0.6, 0.0]))
        readings = [dict(zip("abc", map(float, row), strict=True)) for row in signals]
        try:
            points = fit_halves(readings, correct.astype(float), seed=draw).points
        except CannotCalibrate:
            continue
        for place, point in enumerate(points):
            if point.coverage is not None:
                coverages_by_risk[place].append(point.coverage)
    reached = [len(coverages) / draws for coverages in coverages_by_risk]
    return reached, [float(np.mean(coverages)) if coverages else 0.0 for coverages in coverages_by_risk]


if __name__ == "__main__":
    main()
