"""One measure in every condition as a drawing: SVG in the page's colours, with a text description."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from markupsafe import Markup

from evaluation.metrics import Estimate
from evaluation.reports.tables import cell, number
from evaluation.reports.templating import Templates
from study.analysis.measures import Measure

WIDTH = 320  # units of the drawing
MARGIN = 4  # on both sides of the axis
LANE = 38  # height of one condition
LONGEST = 26  # characters of a condition's name

_TEMPLATES = Templates(__package__)


@dataclass(frozen=True, slots=True)
class _Lane:
    name: str
    value: str
    top: int
    dot: float | None  # None if the figure is missing
    interval: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class _Tick:
    at: float
    text: str
    anchor: str


def intervals(measure: Measure, figures: Sequence[tuple[str, Estimate]]) -> Markup:
    """A dot with its interval for each condition, one lane each, on a common scale."""
    ends = scale(measure, [figure for _, figure in figures])
    low, high = ends
    middle = 0.0 if low < 0 else (low + high) / 2
    digits = 0 if measure.high is None else 1
    description = "; ".join(f"{name} {cell(figure, measure.digits)}" for name, figure in figures)
    return _TEMPLATES.render(
        "intervals.svg",
        description=f"{measure.title}. {description}.",
        width=WIDTH,
        bottom=len(figures) * LANE,
        lanes=[_lane(name, figure, measure.digits, row, ends) for row, (name, figure) in enumerate(figures)],
        zero=_x(0, ends) if low < 0 else None,
        ticks=[
            _Tick(_x(at, ends), number(at, digits), anchor)
            for at, anchor in ((low, "start"), (middle, "middle"), (high, "end"))
        ],
    )


def scale(measure: Measure, figures: Sequence[Estimate]) -> tuple[float, float]:
    """Both ends of the axis: 0 to 1 if that is the measure's range, else wide enough for 0 and every interval.

    >>> scale(Measure("x", "X", len, "", low=-1.0), [Estimate(0.12, "", -0.06, 0.33)])
    (-0.4, 0.4)
    """
    ends = [
        abs(end) for figure in figures for end in (figure.value, figure.low, figure.high) if end is not None
    ]
    most = max(ends, default=1.0)
    if measure.high is None:
        step = 10.0 if most > 20 else 1.0
        return 0.0, max(step, ceil(most / step) * step)
    if measure.low is not None and measure.low < 0:
        reach = min(1.0, max(0.1, ceil(round(most * 10, 9)) / 10))
        return -reach, reach
    return measure.low or 0.0, measure.high


def _lane(name: str, figure: Estimate, digits: int, row: int, ends: tuple[float, float]) -> _Lane:
    interval = None
    if figure.low is not None and figure.high is not None:
        interval = _x(figure.low, ends), _x(figure.high, ends)
    dot = None if figure.value is None else _x(figure.value, ends)
    short = name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
    return _Lane(short, cell(figure, digits), row * LANE, dot, interval)


def _x(value: float, ends: tuple[float, float]) -> float:
    low, high = ends
    share = (min(max(value, low), high) - low) / (high - low)
    return round(MARGIN + share * (WIDTH - 2 * MARGIN), 1)
