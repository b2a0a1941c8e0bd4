"""Scored signals as JSON-ready data: metric names as keys, None with a reason where a figure is missing."""

from collections.abc import Mapping
from typing import Any

from evaluation.metrics import METRICS, Figure
from evaluation.scored import Aligned, Scored

NOBODY = "no graded answer has this signal"


def plain_signal(one: Scored) -> dict[str, Any]:
    """A signal as one object: ``n``, every metric by name, ``missing`` reasons, ``intervals``, reasons ``without`` it."""
    figures = one.figures or {metric.name: Figure(None, NOBODY) for metric in METRICS}
    return {"n": one.n, **plain_figures(figures), **({"without": dict(one.missing)} if one.missing else {})}


def plain_figures(figures: Mapping[str, Figure]) -> dict[str, Any]:
    """The values by name, the reasons of those that are missing, and the intervals of those that have one."""
    return {
        **{name: one.value for name, one in figures.items()},
        "missing": {name: one.missing for name, one in figures.items() if one.missing},
        "intervals": {name: [one.low, one.high] for name, one in figures.items() if one.low is not None},
    }


def plain_alignment(one: Aligned) -> dict[str, Any]:
    """One pair of internal and expressed confidence."""
    between = None if one.rho.low is None else [one.rho.low, one.rho.high]
    reason = {"missing": one.rho.missing} if one.rho.missing else {}
    sides = {"internal": one.internal, "expressed": one.expressed, "n": one.n}
    return {**sides, "spearman": one.rho.value, "interval": between, **reason}


def how(draws: int, seed: int) -> dict[str, Any] | None:
    """How the intervals were made; None without any."""
    if not draws:
        return None
    inflated = [metric.name for metric in METRICS if metric.inflated]
    method = "percentile bootstrap over questions"
    return {"level": 0.95, "method": method, "basic_for": inflated, "resamples": draws, "seed": seed}
