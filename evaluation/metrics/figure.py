"""A figure with its interval, or the reason why there is none."""

from collections.abc import Callable
from dataclasses import dataclass

from evaluation.metrics.checked import NotDefined


@dataclass(frozen=True, slots=True)
class Figure:
    """The value of a metric; ``missing`` holds the reason exactly when ``value`` is None."""

    value: float | None
    missing: str = ""
    low: float | None = None  # of the 95 % interval; None where none was asked for or none exists
    high: float | None = None

    def __post_init__(self) -> None:
        if (self.value is None) != bool(self.missing):
            raise ValueError("give either a value or the reason why it is missing")


def figure(measure: Callable[[], float]) -> Figure:
    """What the function gives, or the reason of its NotDefined.

    >>> figure(lambda: 0.5).value
    0.5
    """
    try:
        return Figure(measure())
    except NotDefined as reason:
        return Figure(None, str(reason))
