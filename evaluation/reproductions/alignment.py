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
    """ρ of every variant, one column for each model and data set, with the number of answers that have both sides.

    If several runs are of the same model and data set, a variant comes from the first of them that has it.
    """
    columns: dict[str, list[Source]] = {}
    for source in sources:
        columns.setdefault(source.title, []).append(source)
    rows = [["third person", "options weighed", "Likert", "read as", *columns]]
    for signal, (third, weighed, likert, reading) in tracked(
        list(VARIANTS.items()), "correlating", "variants", after=SLOW
    ):
        if any(signal in source.run.signals for source in sources):
            flags = ["yes" if flag else "no" for flag in (third, weighed, likert)]
            asked = (_asked(some, signal) for some in columns.values())
            cells = (alignment(source, signal, draws) for source in asked)
            rows.append([*flags, reading, *(_rho_cell(figure, n) for figure, n in cells)])
    return rows


def _asked(sources: Sequence[Source], signal: str) -> Source:
    """The first run that has the signal, or else the first."""
    return next((source for source in sources if signal in source.run.signals), sources[0])


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
