"""The drawings of a calibration: reliability before and after, and risk against coverage; SVG in the page's colours."""

import threading
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from html import escape

import numpy as np

from estimators.calibration.record import HeldOut, Part
from estimators.calibration.risk_control import OperatingPoint
from evaluation.reports.plots import reliability_diagram, risk_coverage_curve
from evaluation.scoring.signal_scores import Scored

NO_DRAWINGS = (
    "The drawings need two more packages: <code>pip install matplotlib scipy</code>. The tables say the same."
)
_one_at_a_time = threading.Lock()  # Matplotlib's settings are those of the whole process

Pairs = tuple[tuple[float, bool], ...]


def pairs(tried: HeldOut, after: bool) -> Pairs:
    """The figure and the outcome of each question that has one; raw, or calibrated where ``after``."""
    values = tried.after if after else tried.before
    return tuple(
        (value, right) for value, right in zip(values, tried.correct, strict=True) if value is not None
    )


@lru_cache(maxsize=64)
def reliability(found: Pairs, name: str) -> str:
    """The reliability diagram; a sentence where it cannot be drawn."""
    return _drawn(lambda: reliability_diagram(_scored(found, name))) if found else _nothing(name)


def applied(part: Part) -> Pairs:
    """What each answer of the testing half would be shown with, and its outcome: the scale of the thresholds."""
    return tuple(zip(part.applied, part.held_out.correct, strict=True))


@lru_cache(maxsize=64)
def withholding(found: Pairs, name: str, mark: tuple[float, float] | None) -> str:
    """The risk–coverage curve with a marked point."""
    return _drawn(lambda: risk_coverage_curve(_scored(found, name), mark)) if found else _nothing(name)


def marked(point: OperatingPoint) -> tuple[float, float] | None:
    """Share answered and share of those wrong at a threshold, as the table has them; None without a guarantee.

    >>> marked(OperatingPoint(0.2, 0.7, 60, 6, 0.48, 0.17))
    (0.48, 0.1)
    """
    return (point.coverage, point.wrong / point.n) if point.coverage is not None and point.n else None


def _scored(found: Pairs, name: str) -> Scored:
    confidence, correct = np.array(found, dtype=np.float64).T
    return Scored(name, confidence, correct, {}, Counter())


def _drawn(draw: Callable[[], str]) -> str:
    try:
        with _one_at_a_time:
            return draw()
    except ImportError:
        return f"<p class='cr-quiet'>{NO_DRAWINGS}</p>"


def _nothing(name: str) -> str:
    return f"<p class='cr-quiet'>No question has {escape(name)}.</p>"
