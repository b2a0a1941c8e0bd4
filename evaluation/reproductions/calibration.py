"""How well a calibration works on held-out questions: errors, discrimination and guarantees over random splits."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chains.progress import SLOW, tracked
from estimators.calibration.risk_control import LADDER, utility_threshold
from evaluation.metrics import Estimate, abstention_score, auroc, ece
from evaluation.metrics.bootstrap import percentile_interval, reflected, resamples
from evaluation.metrics.validation import NotDefined
from evaluation.reports.tables import ABSENT, cell, number
from evaluation.reproductions.split_half import Pool, Split

CALIBRATING = 250
SPLITS = 5
Places = NDArray[np.intp]
Measure = Callable[[Split, Places], float]  # places among the held-out answers


def score(threshold: Callable[[Split], float | None]) -> Measure:
    """The balanced abstention score at a threshold of the split."""
    return lambda split, at: abstention_score(split.shown[at], split.correct[at], threshold(split))


def single(split: Split, signal: str, at: Places) -> float:
    """AUROC of one signal."""
    return auroc(split.signals[signal][at], split.correct[at])


def least_ece(split: Split, at: Places, draws: int = 200) -> float:
    """The ECE that chance alone gives: the mean over simulated labels for which every shown figure is right."""
    shown, rng = split.shown[at], np.random.default_rng(0)
    return float(np.mean([ece(shown, (rng.random(shown.size) < shown).astype(float)) for _ in range(draws)]))


def combined_auroc(split: Split, at: Places) -> float:
    """AUROC of the combined score."""
    return auroc(split.shown[at], split.correct[at])


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """A row of the main table."""

    title: str
    measure: Measure
    digits: int = 3
    inflated: bool = False  # resampling raises it, so its interval is the basic one
    simulated: bool = False  # it is a mean over simulations, so it has no interval
    target: str = ""


ALWAYS, COST_ONE = score(lambda split: None), score(lambda split: utility_threshold(1.0))
PUBLISHED = score(lambda split: split.part.published["balanced"])
MEASURES = (
    MeasureRow("accuracy", lambda split, at: float(split.correct[at].mean())),
    MeasureRow("ECE, raw", lambda split, at: ece(split.raw[at], split.correct[at]), inflated=True),
    MeasureRow(
        "ECE, shown",
        lambda split, at: ece(split.shown[at], split.correct[at]),
        inflated=True,
        target="< 0.05",
    ),
    MeasureRow("ECE by chance alone, if every figure were right", least_ece, simulated=True),
    MeasureRow("AUROC, combined", combined_auroc),
    MeasureRow("AUROC, best single signal", lambda split, at: single(split, split.best, at)),
    MeasureRow(
        "AUROC, combined − best single",
        lambda split, at: combined_auroc(split, at) - single(split, split.best, at),
        target="≥ 0",
    ),
    MeasureRow("balanced score, always answering", ALWAYS, digits=1),
    MeasureRow("balanced score, cost 1 (from 50 %)", COST_ONE, digits=1),
    MeasureRow("balanced score, published rule (k = 20)", PUBLISHED, digits=1),
    MeasureRow(
        "gain of cost 1 over always answering",
        lambda split, at: COST_ONE(split, at) - ALWAYS(split, at),
        digits=1,
        target="> 0",
    ),
)


def mean_figure(
    pool: Pool, all_splits: Sequence[Split], measure: Measure, draws: int, inflated: bool = False
) -> Estimate:
    """The mean over the splits, with its interval over questions."""
    value = float(np.mean([measure(split, np.arange(split.rest.size)) for split in all_splits]))
    if not draws:
        return Estimate(value)
    drawn = []
    for chosen in tracked(
        resamples(len(pool.answers), draws), "resampling", "resamples", total=draws, after=SLOW
    ):
        times = np.bincount(chosen, minlength=len(pool.answers))
        try:
            drawn.append(
                float(
                    np.mean(
                        [
                            measure(split, np.repeat(np.arange(split.rest.size), times[split.rest]))
                            for split in all_splits
                        ]
                    )
                )
            )
        except NotDefined:
            continue
    values = np.array(drawn)
    try:
        between = percentile_interval(reflected(values, value) if inflated else values, draws)
    except NotDefined:
        return Estimate(value)
    low = max(0.0, between.low) if inflated else between.low
    return Estimate(value, "", min(low, value), max(between.high, value))


def main_rows(pool: Pool, all_splits: Sequence[Split], draws: int) -> list[list[str]]:
    """Every metric: each split and the mean."""
    rest = all_splits[0].rest.size
    rows = [
        [
            f"on {rest:,} held-out questions",
            *(f"split {k}" for k in range(1, len(all_splits) + 1)),
            "mean",
            "target",
        ]
    ]
    for row in MEASURES:
        by_split = [row.measure(split, np.arange(split.rest.size)) for split in all_splits]
        mean = mean_figure(pool, all_splits, row.measure, 0 if row.simulated else draws, row.inflated)
        numbers = [*(number(value, row.digits) for value in by_split), cell(mean, row.digits)]
        rows.append([row.title, *numbers, row.target])
    return rows


def signal_rows(pool: Pool, all_splits: Sequence[Split], draws: int) -> list[list[str]]:
    """AUROC of the combined score and of every single signal, means over the splits."""
    rows = [["AUROC on held-out questions", "mean", "chosen as the best", "inverted", "missing"]]
    rows.append(["combined", cell(mean_figure(pool, all_splits, combined_auroc, draws)), "", "", ""])
    names = [name for name in all_splits[0].signals if all(name in split.signals for split in all_splits)]
    lines = []
    for name in names:
        figure = mean_figure(pool, all_splits, lambda split, at, name=name: single(split, name, at), draws)  # type: ignore[misc]
        turned = sum(name in split.turned for split in all_splits)
        best = sum(split.best == name for split in all_splits)
        lacking = int(np.isnan(pool.values(name)).sum())
        lines.append(
            (
                figure.value or 0,
                [
                    name,
                    cell(figure),
                    f"{best} of {len(all_splits)}",
                    f"{turned} of {len(all_splits)}",
                    str(lacking),
                ],
            )
        )
    return rows + [row for _, row in sorted(lines, key=lambda line: -line[0])]


def guarantee_rows(all_splits: Sequence[Split]) -> list[list[str]]:
    """For each accepted risk: how often it was guaranteed, the share of held-out questions shown, and their error rate."""
    rows = [["accepted risk", "guaranteed", "shown", "error rate", "highest", "kept"]]
    for risk in LADDER:
        shares, risks, kept = [], [], 0
        for split in all_splits:
            point = split.part.point(risk)
            if point.threshold is None:
                continue
            shown = split.shown >= point.threshold
            wrong = 1 - split.correct[shown]
            shares.append(float(shown.mean()))
            risks.append(float(wrong.mean()) if wrong.size else 0.0)
            kept += risks[-1] <= risk
        guaranteed = len(risks)
        values = (
            [f"{np.mean(shares) * 100:.0f} %", f"{np.mean(risks) * 100:.1f} %", f"{max(risks) * 100:.1f} %",
             f"{kept} of {guaranteed}"]
            if guaranteed else [ABSENT] * 4
        )  # fmt: skip
        rows.append([f"{risk * 100:.0f} %", f"{guaranteed} of {len(all_splits)}", *values])
    return rows


def weight_rows(all_splits: Sequence[Split]) -> list[list[str]]:
    """The weights of the combined score: mean and range over the splits."""
    weights: dict[str, list[float]] = {}
    for split in all_splits:
        for weight in split.part.combined.ranked_weights:
            weights.setdefault(weight.label, []).append(weight.value)
    rows = [["weight in the combined score", "mean", "lowest", "highest"]]
    for name, values in sorted(weights.items(), key=lambda entry: -abs(float(np.mean(entry[1])))):
        rows.append([name, *(number(float(value)) for value in (np.mean(values), min(values), max(values)))])
    return rows
