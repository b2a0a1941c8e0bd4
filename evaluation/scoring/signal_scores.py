"""Scores the signals of a run against correctness: the figures that ``score`` prints and ``report`` shows."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chains.progress import SLOW, tracked
from estimators import ESTIMATORS
from estimators.alignment import INTERNAL
from evaluation.metrics import METRICS, Estimate, Metric, measure, resampled, spearman
from evaluation.metrics.bootstrap import SEED
from evaluation.metrics.validation import Floats
from evaluation.runs.reader import Run
from evaluation.runs.record import Record
from files.errors import BadFile

TITLES = {estimator.name: estimator.title for estimator in ESTIMATORS}
VERBAL = tuple(estimator.name for estimator in ESTIMATORS if estimator.side == "verbal")
SAMPLED = tuple(estimator.name for estimator in ESTIMATORS if estimator.side == "sample")
NOBODY = "no graded answer has this signal"


@dataclass(frozen=True, slots=True)
class Scored:
    """One signal with all its figures."""

    name: str
    confidence: Floats  # shape (n,), of the graded answers that have it
    correct: Floats  # shape (n,), 0 or 1
    figures: dict[str, Estimate]  # empty if n is 0
    missing: Counter[str]  # reason → graded answers without it

    @property
    def n(self) -> int:
        """Graded answers that have the signal."""
        return int(self.confidence.size)

    @property
    def title(self) -> str:
        """Its name for people."""
        return TITLES.get(self.name, self.name)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: ``n``, every metric by name, ``missing`` reasons, ``intervals``, reasons of answers ``without`` it."""
        figures = self.figures or {metric.name: Estimate(None, NOBODY) for metric in METRICS}
        without = {"without": dict(self.missing)} if self.missing else {}
        return {"n": self.n, **plain_figures(figures), **without}


def scored(
    name: str, confidence: Floats, correct: Floats, missing: Counter[str], draws: int, seed: int = SEED,
    metrics: Sequence[Metric] = METRICS,
) -> Scored:  # fmt: skip
    """A signal with its metrics, and their intervals if ``draws`` is not 0."""
    figures = measure(confidence, correct, draws=draws, seed=seed, metrics=metrics) if confidence.size else {}
    return Scored(name, confidence, correct, figures, missing)


def with_signal(records: Sequence[Record], name: str) -> list[tuple[Record, float]]:
    """The records that have a signal, with its confidence."""
    confidences = ((record, record.by_name[name].confidence) for record in records if name in record.by_name)
    return [(record, confidence) for record, confidence in confidences if confidence is not None]


def check_signals(run: Run, names: Sequence[str]) -> None:
    """Raise BadFile, listing the run's signals, for a signal that it does not have."""
    unknown = sorted(set(names) - set(run.signals))
    if unknown:
        there = ", ".join(run.signals) or "none"
        raise BadFile(f"{run.path} has no signal {', '.join(unknown)}; it has: {there}.")


def check_graded(run: Run) -> None:
    """Raise BadFile, counting the reasons, if no answer of a run is graded."""
    if not run.graded:
        why = f"{len(run.failed)} ended in an error, {len(run.ungraded)} could not be graded"
        raise BadFile(f"{run.path}: none of its {len(run.records)} answers is graded ({why}).")


def score_run(
    run: Run, draws: int, seed: int = SEED, names: Sequence[str] = (), metrics: Sequence[Metric] = METRICS
) -> list[Scored]:
    """Every signal of a run, or those named; raises BadFile for a signal that the run does not have."""
    check_signals(run, names)
    signals = []
    for name in tracked(names or run.signals, f"scoring {run.name}", "signals", after=SLOW):
        having = with_signal(run.graded, name)
        confidence = np.array([value for _, value in having])
        correct = np.array([float(bool(record.correct)) for record, _ in having])
        signals.append(scored(name, confidence, correct, run.missing(name), draws, seed, metrics))
    return signals


@dataclass(frozen=True, slots=True)
class Aligned:
    """Expressed (or sampled) against internal confidence over a run; correctness plays no role."""

    internal: str
    expressed: str
    inside: Floats  # shape (n,)
    outside: Floats
    correct: tuple[bool | None, ...]
    rho: Estimate  # Spearman

    @property
    def n(self) -> int:
        """Answers that have both."""
        return int(self.inside.size)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready: the two sides' names, ``n``, ``spearman`` with its interval."""
        between = None if self.rho.low is None else [self.rho.low, self.rho.high]
        sides = {"internal": self.internal, "expressed": self.expressed, "n": self.n}
        missing = {"missing": self.rho.missing} if self.rho.missing else {}
        return {**sides, "spearman": self.rho.value, "interval": between, **missing}


def alignments(run: Run, draws: int, seed: int = SEED) -> list[Aligned]:
    """Every expressed or sampled signal of a run against its internal one (the first of ``INTERNAL`` that it has).

    Reference: Kumar et al. (2024), arXiv 2405.16282.
    """
    internal = next((name for name in INTERNAL if with_signal(run.records, name)), None)
    if internal is None:
        return []
    pairs = []
    for expressed in (name for name in run.signals if name in (*VERBAL, *SAMPLED)):
        both = [
            (inside, outside, record.correct)
            for record, inside in with_signal(run.records, internal)
            if (outside := record.by_name[expressed].confidence if expressed in record.by_name else None)
            is not None
        ]
        if not both:
            continue
        x, y = (np.array([row[side] for row in both], dtype=np.float64) for side in (0, 1))
        rho = resampled(lambda i, x=x, y=y: spearman(x[i], y[i]), x.size, draws, seed)  # type: ignore[misc]
        pairs.append(Aligned(internal, expressed, x, y, tuple(row[2] for row in both), rho))
    return pairs


def plain_figures(figures: Mapping[str, Estimate]) -> dict[str, Any]:
    """The values by name, the reasons of those that are missing, and the intervals of those that have one."""
    return {
        **{name: figure.value for name, figure in figures.items()},
        "missing": {name: figure.missing for name, figure in figures.items() if figure.missing},
        "intervals": {
            name: [figure.low, figure.high] for name, figure in figures.items() if figure.low is not None
        },
    }


def intervals_by(draws: int, seed: int) -> dict[str, Any] | None:
    """How the intervals were made; None without any."""
    if not draws:
        return None
    basic = [metric.name for metric in METRICS if metric.basic]
    exact = [metric.name for metric in METRICS if metric.of_accuracy is not None]
    method = "percentile bootstrap over questions"
    return {
        "level": 0.95, "method": method, "basic_for": basic,
        "exact_where_all_are_correct_or_wrong": exact, "resamples": draws, "seed": seed,
    }  # fmt: skip
