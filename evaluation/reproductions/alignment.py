"""Confidence–probability alignment (Kumar et al. 2024, arXiv 2405.16282) by prompt variant, from runs."""

from collections.abc import Sequence

import numpy as np

from chains.progress import SLOW, tracked
from estimators.alignment import INTERNAL
from evaluation.metrics import Estimate, resampled, spearman
from evaluation.reports.tables import ABSENT, cell
from evaluation.reproductions.run_files import Source, confidences

# Signal → its variant: third person, options weighed, Likert scale, and how the reply is read.
VARIANTS = {
    **{
        f"likert_{who}{oc}_{reading}": (who == "third", bool(oc), True, reading)
        for who in ("third", "own")
        for oc in ("_oc", "")
        for reading in ("label", "expected")
    },
    **{
        f"rating_{who}{oc}": (who == "third", bool(oc), False, "rating")
        for who in ("third", "own")
        for oc in ("_oc", "")
    },
    "numeric": (False, False, False, "0–100"),
    "p_true_third": (True, False, False, "p(True)"),
    "p_true_own": (False, False, False, "p(True)"),
}


def alignment_rows(sources: Sequence[Source], draws: int) -> list[list[str]]:
    """ρ of every variant in every run, with the answers that have both sides."""
    rows = [["third person", "options weighed", "Likert", "read as", *(source.title for source in sources)]]
    for signal, (third, weighed, likert, reading) in tracked(
        list(VARIANTS.items()), "correlating", "variants", after=SLOW
    ):
        if any(signal in source.run.signals for source in sources):
            flags = ["yes" if flag else "no" for flag in (third, weighed, likert)]
            cells = (alignment(source, signal, draws) for source in sources)
            rows.append([*flags, reading, *(_rho_cell(figure, n) for figure, n in cells)])
    return rows


def _rho_cell(figure: Estimate, n: int) -> str:
    """ρ with its interval and n; "constant" if one side is constant."""
    return f"{cell(figure, absent='constant' if n > 1 else ABSENT)} ({n:,})"


def alignment(source: Source, signal: str, draws: int) -> tuple[Estimate, int]:
    """ρ(P_IC, expressed) over the answers that have both, and how many there are."""
    inside, outside = (confidences(source.run.records, name) for name in (INTERNAL[0], signal))
    both = [name for name in inside if name in outside]
    if not both:
        return Estimate(None, "no answer has both"), 0
    x, y = (np.array([side[name] for name in both]) for side in (inside, outside))
    return resampled(lambda i: spearman(x[i], y[i]), len(both), draws), len(both)
