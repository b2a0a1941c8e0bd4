"""The drawings of a calibration: reliability before and after, and risk against coverage; SVG in the page's colours."""

import threading
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from html import escape

import numpy as np

from estimators.calibration import HeldOut
from evaluation.plots import reliability_diagram, risk_coverage_curve
from evaluation.scored import Scored

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


@lru_cache(maxsize=64)
def withholding(found: Pairs, name: str, threshold: float | None) -> str:
    """The risk–coverage curve with the point of a threshold."""
    if not found:
        return _nothing(name)
    return _drawn(lambda: risk_coverage_curve(_scored(found, name), chosen_point(found, threshold)))


def chosen_point(found: Pairs, threshold: float | None) -> tuple[float, float] | None:
    """Share answered and share of those wrong at a threshold; None where nothing is chosen or nothing would be shown.

    >>> chosen_point(((0.9, True), (0.8, False), (0.1, False)), 0.5)
    (0.6666666666666666, 0.5)
    """
    shown = [right for value, right in found if threshold is not None and value >= threshold]
    return (len(shown) / len(found), 1 - sum(shown) / len(shown)) if shown else None


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
