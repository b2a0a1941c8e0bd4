"""All metrics of one signal at once: the list that ``score``, ``report`` and ``compare`` show."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from estimators.calibration.risk_control import CONSERVATIVE
from evaluation.metrics.accuracy import accuracy, mean_confidence
from evaluation.metrics.bootstrap import (
    FEWEST,
    SEED,
    Interval,
    bootstrap,
    interval_without_spread,
    percentile_interval,
    reflected,
)
from evaluation.metrics.calibration.brier import brier, brier_decomposition
from evaluation.metrics.calibration.calibration_error import calibration_error, ece, ece_equal_mass
from evaluation.metrics.calibration.evenness import confidence_evenness
from evaluation.metrics.calibration.inverse_pairs import ipr
from evaluation.metrics.calibration.log_loss import log_loss
from evaluation.metrics.calibration.smooth_ece import smooth_ece
from evaluation.metrics.estimate import Estimate, estimate_of
from evaluation.metrics.selective.abstention import abstention_score, selective_score
from evaluation.metrics.selective.ranking import auprc, auroc, mann_whitney_p
from evaluation.metrics.selective.risk_coverage import aurc, e_aurc
from evaluation.metrics.validation import Array, Floats, NotDefined, judged


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric of confidences and outcomes, and how to show it."""

    name: str
    title: str
    measure: Callable[[Array, Array], float]
    better: str = ""  # "higher", "lower", or "" if neither is better
    resampled: bool = True  # False: no interval, as it is a p value or draws at random itself
    basic: bool = (
        False  # resampling pushes it to one side: basic interval, cut at 0 and 1, instead of percentile
    )
    of_accuracy: Callable[[float], float] | None = None  # where it is a rising function of the accuracy alone
    points: bool = False  # on the scale of the abstention score, −200 to 100, not 0 to 1


def _part(name: str) -> Callable[[Array, Array], float]:
    return lambda confidence, correct: float(getattr(brier_decomposition(confidence, correct), name))


METRICS: tuple[Metric, ...] = (
    Metric("accuracy", "Accuracy", accuracy, "higher", of_accuracy=lambda share: share),
    Metric("mean_confidence", "Mean confidence", mean_confidence),
    Metric("ece", "ECE, 10 equal-width bins", ece, "lower", basic=True),
    Metric("ece_equal_mass", "ECE, 10 equal-mass bins", ece_equal_mass, "lower", basic=True),
    Metric("smooth_ece", "Smooth ECE", smooth_ece, "lower", basic=True),
    Metric("calibration_error", "Calibration error, 10 quantile bins, unweighted", calibration_error, "lower", basic=True),
    Metric("brier", "Brier score", brier, "lower"),
    Metric("brier_reliability", "Brier: reliability", _part("reliability"), "lower", basic=True),
    Metric("brier_resolution", "Brier: resolution", _part("resolution"), "higher", basic=True),
    Metric("brier_uncertainty", "Brier: uncertainty", _part("uncertainty")),
    Metric("log_loss", "Log loss, nats", log_loss, "lower"),
    Metric("auroc", "AUROC", auroc, "higher"),
    Metric("auprc", "AUPRC", auprc, "higher"),
    Metric("mann_whitney_p", "Mann–Whitney p", mann_whitney_p, resampled=False),
    Metric("aurc", "AURC", aurc, "lower"),
    Metric("e_aurc", "E-AURC", e_aurc, "lower"),
    Metric("ipr", "Inverse pair ratio", ipr, "lower", basic=True),
    Metric("confidence_evenness", "Confidence evenness", confidence_evenness, "higher", basic=True),
    Metric(
        "score_balanced", "Balanced score, never abstaining", abstention_score, "higher", points=True,
        of_accuracy=lambda share: 100 * (2 * share - 1),
    ),
    Metric("selective_balanced", "Balanced score, abstaining", selective_score, "higher", resampled=False, points=True),
    Metric(
        "score_conservative", "Conservative score, never abstaining",
        lambda c, y: abstention_score(c, y, penalty=CONSERVATIVE), "higher", points=True,
        of_accuracy=lambda share: 100 * (share - CONSERVATIVE * (1 - share)),
    ),
    Metric(
        "selective_conservative", "Conservative score, abstaining",
        lambda c, y: selective_score(c, y, CONSERVATIVE), "higher", resampled=False, points=True,
    ),
)  # fmt: skip
BY_NAME = {metric.name: metric for metric in METRICS}


def measure(
    confidence: Array,
    correct: Array,
    *,
    draws: int = 0,
    seed: int = SEED,
    metrics: Sequence[Metric] = METRICS,
) -> dict[str, Estimate]:
    """Every metric of one signal by name, missing with a reason if it does not exist.

    Parameters
    ----------
    confidence : shape (n,), in [0, 1]
    correct : shape (n,), 0 or 1
    draws : resamples of the questions for the 95 % bootstrap interval, 0 = no intervals

    There are no intervals for fewer than 10 answers, or for a figure that is the same in every resample. If all answers
    are correct or all are wrong, the accuracy and the scores without abstention have exact intervals.

    Raises NotDefined without answers, ValueError for a value out of range or NaN.

    >>> found = measure([0.9, 0.8], [1, 1])
    >>> found["accuracy"].value, found["auroc"].missing
    (1.0, 'AUROC needs correct and wrong answers, but all 2 are correct')
    """
    c, y = judged(confidence, correct)
    figures = {metric.name: estimate_of(lambda metric=metric: metric.measure(c, y)) for metric in metrics}  # type: ignore[misc]
    if not draws or c.size < FEWEST:
        return figures
    resampled = [metric for metric in metrics if metric.resampled and figures[metric.name].value is not None]
    drawn = bootstrap(lambda chosen: existing(resampled, c[chosen], y[chosen]), c.size, draws, seed)
    for metric in resampled:
        was = figures[metric.name]
        try:
            interval = _exact(metric, y) or interval_of(
                metric, was.value or 0.0, drawn.get(metric.name, np.array([])), draws
            )
        except NotDefined:
            continue  # the figure has no interval
        figures[metric.name] = replace(was, low=interval.low, high=interval.high)
    return figures


def _exact(metric: Metric, correct: Floats) -> Interval | None:
    """The exact interval of a metric of the accuracy alone, if all answers are correct or all are wrong."""
    share = interval_without_spread(float(correct.mean()), correct.size)
    if metric.of_accuracy is None or share is None:
        return None
    return Interval(metric.of_accuracy(share.low), metric.of_accuracy(share.high))


def interval_of(metric: Metric, value: float, drawn: Floats, draws: int) -> Interval:
    """The 95 % bootstrap interval of a metric from its resamples.

    Percentile, or for a ``basic`` metric basic and clipped to 0 and 1; widened if it would leave out the figure itself
    (near 0, resampling more than doubles it). Raises NotDefined as ``percentile_interval``.
    """
    if not metric.basic:
        interval = percentile_interval(drawn, draws)
        return Interval(min(interval.low, value), max(interval.high, value))
    interval = percentile_interval(reflected(drawn, value), draws)
    return Interval(min(max(0.0, interval.low), value), max(min(1.0, interval.high), value))


def existing(metrics: Sequence[Metric], c: Floats, y: Floats) -> dict[str, float]:
    """The metrics that exist for these answers, by name."""
    values = {}
    for metric in metrics:
        with suppress(NotDefined):
            values[metric.name] = metric.measure(c, y)
    return values
