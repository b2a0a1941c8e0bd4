"""Whether guarantees hold on other kinds of questions: a calibration of each data set, measured on every other."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from chains.meaning.embedding import open_embedder
from chains.progress import SLOW, tracked
from estimators.calibration.out_of_distribution import Neighbourhood, neighbourhood
from estimators.calibration.record import Kind
from estimators.calibration.shift import check_run
from estimators.percent import at_least, at_most
from evaluation.metrics import auroc, ece, estimate_of, resampled
from evaluation.reports.tables import ABSENT, cell, number
from evaluation.reproductions.run_files import Source
from evaluation.reproductions.split_half import Pool, Split, pooled, split

CALIBRATING = 250
FEWEST_LEFT = 20


def shift_rows(
    sources: Sequence[Source], n: int, seed: int, draws: int, kind: Kind = "choice"
) -> tuple[list[list[str]], list[list[str]]]:
    """Metrics and guarantees for every pair of data sets, for one kind of question."""
    pools = [pooled([source], kind) for source in sources]
    titles = [source.data_or_file for source in sources]
    vectors = [_embedded(pool) for pool in pools]
    figures = [
        [
            "calibrated on",
            "tested on",
            "answers",
            "out of distribution",
            "AUROC of the distance",
            "accuracy",
            "shown on average",
            "ECE, shown",
            "AUROC, combined",
            "best raw signal there",
            "combined − best raw",
            "signals shifted (p)",
            "calibration off (p)",
        ]
    ]
    guarantees = [["calibrated on", "accepted risk", "tested on", "shown", "error rate", "kept"]]
    for home, pool in enumerate(tracked(pools, "calibrating on each data set", "data sets", after=SLOW)):
        order = np.random.default_rng(seed).permutation(len(pool.answers))
        chosen = np.sort(order[: min(n, len(order))])
        near = neighbourhood(vectors[home][chosen], "builtin")
        own = _distances(near, vectors[home][np.setdiff1d(order, chosen)])
        for away, other in enumerate(pools):
            both = Pool((*pool.answers, *other.answers), kind) if away != home else pool
            first = len(pool.answers) if away != home else 0
            rest = np.arange(first, first + len(other.answers))
            rest = rest if away != home else np.setdiff1d(rest, chosen)
            if rest.size < FEWEST_LEFT:
                continue
            fitted = split(both, chosen, rest, seed)
            y = fitted.correct
            distances = _distances(near, vectors[away][rest - first])
            far = distances > (near.limit or np.inf)
            shown = fitted.shown
            figures.append([
                titles[home], titles[away], f"{rest.size:,}", f"{np.mean(far) * 100:.0f} %",
                ABSENT if away == home or not own.size else number(_separation(own, distances)), f"{y.mean() * 100:.1f} %",
                f"{shown.mean() * 100:.1f} %",
                cell(estimate_of(lambda shown=shown, y=y: ece(shown, y))),  # type: ignore[misc]
                cell(resampled(lambda i, shown=shown, y=y: auroc(shown[i], y[i]), y.size, draws)),  # type: ignore[misc]
                *_against_raw(fitted, draws), *_run_checks(fitted, both, rest),
            ])  # fmt: skip
            guarantees += _guarantee_rows(titles[home], titles[away], fitted, y)
    return figures, guarantees


def _distances(near: Neighbourhood, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.array([near.distance(vector) for vector in vectors], np.float64)


def _separation(own: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """AUROC of the distance for telling another set's questions from held-out questions of the same set."""
    return auroc(np.concatenate([own, other]) / 2, np.repeat([0.0, 1.0], [own.size, other.size]))


def _against_raw(fitted: Split, draws: int) -> list[str]:
    """The raw signal that ranks these questions best, and how much better the shown figure ranks them."""
    y, shown = fitted.correct, fitted.shown
    areas = {name: _auroc(values, y) for name, values in fitted.raw_signals.items()}
    best = max(areas, key=lambda name: areas[name])
    values = fitted.raw_signals[best]
    difference = resampled(lambda i: auroc(shown[i], y[i]) - auroc(values[i], y[i]), y.size, draws)
    return [f"{best} {number(areas[best])}", cell(difference)]


def _auroc(values: NDArray[np.float64], correct: NDArray[np.float64]) -> float:
    return estimate_of(lambda: auroc(values, correct)).value or 0.0


def _run_checks(fitted: Split, pool: Pool, rest: NDArray[np.intp]) -> list[str]:
    """Whether the run as a whole is unlike the calibration: without labels, and with them."""
    check = check_run(
        fitted.part, [answer.readings for answer in pool.at(rest)], [bool(y) for y in fitted.correct]
    )
    p = min((shift.p for shift in check.shifts), default=None)
    verdicts = (("yes" if check.shifted else "no", p), ("yes" if check.off else "no", check.error_p))
    return [ABSENT if p is None else f"{verdict} ({p:.2g})" for verdict, p in verdicts]


def _guarantee_rows(home: str, away: str, fitted: Split, correct: NDArray[np.float64]) -> list[list[str]]:
    from scipy.stats import binomtest

    rows = []
    for point in fitted.part.points:
        if point.threshold is None:
            continue
        shown = fitted.shown >= point.threshold
        wrong, n = int((1 - correct[shown]).sum()), int(shown.sum())
        if not n:
            rows.append([home, f"{point.risk * 100:.0f} %", away, "0 %", ABSENT, ABSENT])
            continue
        between = binomtest(wrong, n).proportion_ci(method="exact")
        share = f"{wrong / n * 100:.1f} % [{at_least(between.low, 1)[:-2]}, {at_most(between.high, 1)[:-2]}]"
        kept = (
            "yes"
            if wrong / n <= point.risk
            else "no, beyond chance"
            if between.low > point.risk
            else "no, within chance"
        )
        rows.append([home, f"{point.risk * 100:.0f} %", away, f"{shown.mean() * 100:.0f} %", share, kept])
    return rows


def _embedded(pool: Pool) -> NDArray[np.float32]:
    return open_embedder().embed([answer.question for answer in pool.answers])
