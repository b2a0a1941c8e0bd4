"""The plots of a calibration: reliability before and after, and the risk–coverage curve; SVG in the page's colours."""

import threading
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from markupsafe import Markup

from estimators.calibration.record import HeldOut, KindCalibration
from estimators.calibration.risk_control import OperatingPoint
from evaluation.metrics import bins
from evaluation.metrics.validation import Floats
from evaluation.reports.reliability import reliability_diagram
from evaluation.reports.risk_coverage import risk_coverage_curve
from ui.html import fragment

_one_at_a_time = threading.Lock()  # Matplotlib's settings are global

Pairs = tuple[tuple[float, bool], ...]


def pairs(tried: HeldOut, after: bool) -> Pairs:
    """Confidence and outcome of each question that has a confidence; calibrated if ``after``, else raw."""
    values = tried.after if after else tried.before
    return tuple(
        (value, right) for value, right in zip(values, tried.correct, strict=True) if value is not None
    )


@lru_cache(maxsize=64)
def reliability(answers: Pairs, name: str) -> Markup:
    """The reliability diagram, or a sentence if it cannot be drawn."""
    title = f"Reliability diagram of {name}"
    return _drawn(lambda: reliability_diagram(title, bins(*_sides(answers)))) if answers else _no_values(name)


def applied(part: KindCalibration) -> Pairs:
    """Confidence and outcome of each test answer as the page would show it, on the scale of the thresholds."""
    return tuple(zip(part.applied, part.held_out.correct, strict=True))


@lru_cache(maxsize=64)
def withholding(answers: Pairs, name: str, mark: tuple[float, float] | None) -> Markup:
    """The risk–coverage curve with a marked point."""
    return _drawn(lambda: risk_coverage_curve(name, *_sides(answers), mark)) if answers else _no_values(name)


def marked(point: OperatingPoint) -> tuple[float, float] | None:
    """Coverage and error rate at a threshold, as in the table; None without a guarantee.

    >>> marked(OperatingPoint(0.2, 0.7, 60, 6, 0.48, 0.17))
    (0.48, 0.1)
    """
    return (point.coverage, point.wrong / point.n) if point.coverage is not None and point.n else None


def _sides(answers: Pairs) -> tuple[Floats, Floats]:
    confidence, correct = np.array(answers, dtype=np.float64).T
    return confidence, correct


def _drawn(draw: Callable[[], Markup]) -> Markup:
    try:
        with _one_at_a_time:
            return draw()
    except ImportError:
        return fragment("calibration/no_drawing.html", name="")


def _no_values(name: str) -> Markup:
    return fragment("calibration/no_drawing.html", name=name)
