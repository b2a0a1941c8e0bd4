"""What a calibration is worth on other questions: ``python -m evaluation reproduce calibration RUN…``.

RUN is what `python -m evaluation run` wrote of one model over questions with options. Five times, answers drawn from
all runs together calibrate (one half fits, one half tests the guarantees) and the rest is looked at: the error of the
shown confidence, AUROC of the combined score beside every single signal (turned round where it falls with being right
on the calibrating answers), the balanced score, and the guarantees. Intervals: 95 % bootstrap over questions, the same
resample in all five splits, the fits held fixed; basic for ECE, else percentile.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from chains.progress import SLOW, tracked
from estimators.calibration.risk_control import LADDER, utility_threshold
from evaluation.commands.arguments import positive
from evaluation.metrics import Figure, abstention_score, auroc, ece
from evaluation.metrics.bootstrap import percentile_interval, reflected, resamples
from evaluation.metrics.validation import NotDefined
from evaluation.reports.tables import ABSENT, aligned, cell, markdown, number
from evaluation.reproductions.run_files import read_sources, run_parser, source_rows
from evaluation.reproductions.split_half import Pool, Split, pooled, splits

CALIBRATING = 250
SPLITS = 5
Places = NDArray[np.intp]
Measure = Callable[[Split, Places], float]  # places within the rest


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables; returns the exit code."""
    parser = run_parser("calibration", __doc__)
    parser.add_argument(
        "--n", type=positive, default=CALIBRATING, help=f"calibrating answers ({CALIBRATING})"
    )
    parser.add_argument("--splits", type=positive, default=SPLITS, help=f"choices of them ({SPLITS})")
    args = parser.parse_args(arguments)
    sources = read_sources(args.runs)
    pool = pooled(sources)
    split_list = splits(pool, args.n, args.splits)
    lay_out = markdown if args.markdown else aligned
    tables = (
        source_rows(sources, args.intervals),
        main_rows(pool, split_list, args.intervals),
        signal_rows(pool, split_list, args.intervals),
        promise_rows(split_list),
        weight_rows(split_list),
    )
    print("\n\n".join("\n".join(lay_out(rows)) for rows in tables))
    return 0


def score(threshold: Callable[[Split], float | None]) -> Measure:
    """The balanced abstention score at a threshold of the split."""
    return lambda split, at: abstention_score(split.shown[at], split.correct[at], threshold(split))


def single(split: Split, signal: str, at: Places) -> float:
    """AUROC of one signal."""
    return auroc(split.signals[signal][at], split.correct[at])


ALWAYS, COST_ONE = score(lambda split: None), score(lambda split: utility_threshold(1.0))
MEASURES: dict[str, Measure] = {
    "accuracy": lambda split, at: float(split.correct[at].mean()),
    "ECE, raw": lambda split, at: ece(split.raw[at], split.correct[at]),
    "ECE, shown": lambda split, at: ece(split.shown[at], split.correct[at]),
    "AUROC, combined": lambda split, at: auroc(split.shown[at], split.correct[at]),
    "AUROC, best single signal": lambda split, at: single(split, split.best, at),
    "AUROC, combined − best single": lambda split, at: (
        auroc(split.shown[at], split.correct[at]) - single(split, split.best, at)
    ),
    "balanced score, always answering": ALWAYS,
    "balanced score, cost 1 (from 50 %)": COST_ONE,
    "balanced score, published rule (k = 20)": score(lambda split: split.part.published["balanced"]),
    "gain of cost 1 over always answering": lambda split, at: COST_ONE(split, at) - ALWAYS(split, at),
}


def mean_figure(
    pool: Pool, split_list: Sequence[Split], measure: Measure, draws: int, inflated: bool = False
) -> Figure:
    """The mean over the splits, with its interval over questions."""
    value = float(np.mean([measure(split, np.arange(split.rest.size)) for split in split_list]))
    if not draws:
        return Figure(value)
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
                            for split in split_list
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
        return Figure(value)
    low = max(0.0, between.low) if inflated else between.low
    return Figure(value, "", min(low, value), max(between.high, value))


def main_rows(pool: Pool, split_list: Sequence[Split], draws: int) -> list[list[str]]:
    """Every figure: each split and the mean."""
    rest = split_list[0].rest.size
    rows = [
        [
            f"on {rest:,} other questions",
            *(f"split {k}" for k in range(1, len(split_list) + 1)),
            "mean",
            "target",
        ]
    ]
    targets = {
        "ECE, shown": "< 0.08",
        "AUROC, combined − best single": "≥ 0",
        "gain of cost 1 over always answering": "> 0",
    }
    for title, measure in MEASURES.items():
        digits = 1 if "balanced" in title or "gain" in title else 3
        single_ones = [number(measure(split, np.arange(split.rest.size)), digits) for split in split_list]
        mean = mean_figure(pool, split_list, measure, draws, inflated=title.startswith("ECE"))
        rows.append([title, *single_ones, cell(mean, digits), targets.get(title, "")])
    return rows


def signal_rows(pool: Pool, split_list: Sequence[Split], draws: int) -> list[list[str]]:
    """AUROC of the combined score and of every single signal, means over the splits."""
    rows = [["AUROC on other questions", "mean", "chosen as the best", "turned round", "missing"]]
    combined = mean_figure(pool, split_list, MEASURES["AUROC, combined"], draws)
    rows.append(["combined", cell(combined), "", "", ""])
    names = [name for name in split_list[0].signals if all(name in split.signals for split in split_list)]
    lines = []
    for name in names:
        figure = mean_figure(pool, split_list, lambda split, at, name=name: single(split, name, at), draws)  # type: ignore[misc]
        turned = sum(name in split.turned for split in split_list)
        best = sum(split.best == name for split in split_list)
        lacking = int(np.isnan(pool.values(name)).sum())
        lines.append(
            (
                figure.value or 0,
                [
                    name,
                    cell(figure),
                    f"{best} of {len(split_list)}",
                    f"{turned} of {len(split_list)}",
                    str(lacking),
                ],
            )
        )
    return rows + [row for _, row in sorted(lines, key=lambda line: -line[0])]


def promise_rows(split_list: Sequence[Split]) -> list[list[str]]:
    """Each accepted risk: how often guaranteed, what was shown of the other questions, how many of that were wrong."""
    rows = [["accepted risk", "guaranteed", "shown of the others", "of them wrong", "highest", "kept"]]
    for risk in LADDER:
        shares, risks, kept = [], [], 0
        for split in split_list:
            point = split.part.point(risk)
            if point.threshold is None:
                continue
            shown = split.shown >= point.threshold
            wrong = 1 - split.correct[shown]
            shares.append(float(shown.mean()))
            risks.append(float(wrong.mean()) if wrong.size else 0.0)
            kept += risks[-1] <= risk
        promised = len(risks)
        values = (
            [f"{np.mean(shares) * 100:.0f} %", f"{np.mean(risks) * 100:.1f} %", f"{max(risks) * 100:.1f} %",
             f"{kept} of {promised}"]
            if promised else [ABSENT] * 4
        )  # fmt: skip
        rows.append([f"{risk * 100:.0f} %", f"{promised} of {len(split_list)}", *values])
    return rows


def weight_rows(split_list: Sequence[Split]) -> list[list[str]]:
    """The weights of the combined score, mean and range over the splits."""
    weights: dict[str, list[float]] = {}
    for split in split_list:
        for name, value in split.part.combined.weights_by_name.items():
            weights.setdefault(name, []).append(value)
    rows = [["weight in the combined score", "mean", "lowest", "highest"]]
    for name, values in sorted(weights.items(), key=lambda entry: -abs(float(np.mean(entry[1])))):
        rows.append([name, *(number(float(value)) for value in (np.mean(values), min(values), max(values)))])
    return rows
