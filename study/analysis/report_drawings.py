"""The drawings of the report: SVG styled by the page, each with a text description."""

from collections.abc import Sequence
from html import escape
from math import ceil

from evaluation.metrics import Bin, Estimate
from study.analysis.measures import Measure

WIDTH, LEFT, RIGHT = 320, 0, 320  # units of the drawing
LANE = 38  # height of one condition


def figure_text(figure: Estimate, digits: int = 2, *, interval: bool = True) -> str:
    """A value with its interval; an en dash if it is missing.

    >>> figure_text(Estimate(0.5, "", 0.4, 0.62)), figure_text(Estimate(-0.25)), figure_text(Estimate(None, "no trials"))
    ('0.50 [0.40, 0.62]', '−0.25', '–')
    """
    if figure.value is None:
        return "–"
    text = _number(figure.value, digits)
    if interval and figure.low is not None and figure.high is not None:
        text += f" [{_number(figure.low, digits)}, {_number(figure.high, digits)}]"
    return text


def intervals(measure: Measure, figures: Sequence[tuple[str, Estimate]]) -> str:
    """One measure in every condition: a dot with its interval, one lane each, on a common scale."""
    low, high = scale(measure, [figure for _, figure in figures])
    lanes = []
    for place, (name, figure) in enumerate(figures):
        top = place * LANE
        shown = figure_text(figure, measure.digits)
        lanes.append(
            f'<text class="name" x="{LEFT}" y="{top + 13}">{escape(_short(name))}</text>'
            f'<text class="value" x="{RIGHT}" y="{top + 13}" text-anchor="end">{shown}</text>'
            f'<line class="rail" x1="{LEFT}" x2="{RIGHT}" y1="{top + 24}" y2="{top + 24}"/>'
        )
        if figure.value is None:
            continue
        if figure.low is not None and figure.high is not None:
            ends = [_x(end, low, high) for end in (figure.low, figure.high)]
            lanes.append(
                f'<line class="range" x1="{ends[0]}" x2="{ends[1]}" y1="{top + 24}" y2="{top + 24}"/>'
            )
        lanes.append(f'<circle class="dot" cx="{_x(figure.value, low, high)}" cy="{top + 24}" r="4.5"/>')
    bottom = len(figures) * LANE
    marks = [low, 0.0, high] if low < 0 else [low, (low + high) / 2, high]
    anchors = ("start", "middle", "end")
    digits = 0 if measure.high is None else 1
    ticks = "".join(
        f'<text class="tick" x="{_x(at, low, high)}" y="{bottom + 14}" text-anchor="{anchor}">{_number(at, digits)}</text>'
        for at, anchor in zip(marks, anchors, strict=True)
    )
    zero = _x(0, low, high)
    middle = f'<line class="zero" x1="{zero}" x2="{zero}" y1="16" y2="{bottom}"/>' if low < 0 else ""
    description = "; ".join(f"{name} {figure_text(figure, measure.digits)}" for name, figure in figures)
    return _svg(WIDTH, bottom + 18, middle + "".join(lanes) + ticks, f"{measure.title}. {description}.")


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


def reliability(name: str, tenths: Sequence[Bin]) -> str:
    """How often people were right at each confidence: one dot per tenth, sized by trials; the diagonal is perfect."""
    side, edge = 220, 34

    def at(confidence: float, share: float) -> tuple[float, float]:
        return round(edge + confidence * side, 1), round(8 + (1 - share) * side, 1)

    (x0, y0), (x1, y1) = at(0, 0), at(1, 1)
    drawn = [
        f'<rect class="frame" x="{x0:.1f}" y="{y1:.1f}" width="{side}" height="{side}"/>',
        f'<line class="zero" x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}"/>',
    ]
    most = max((tenth.n for tenth in tenths), default=1)
    for tenth in tenths:
        x, y = at(tenth.confidence, tenth.accuracy)
        _, level = at(tenth.confidence, tenth.confidence)
        drawn.append(f'<line class="gap" x1="{x:.1f}" x2="{x:.1f}" y1="{level:.1f}" y2="{y:.1f}"/>')
        drawn.append(
            f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="{3 + 5 * (tenth.n / most) ** 0.5:.1f}"/>'
        )
    for tick in (0, 0.5, 1):
        x, y = at(tick, tick)
        drawn.append(f'<text class="tick" x="{x:.1f}" y="{y0 + 14:.1f}" text-anchor="middle">{tick:g}</text>')
        drawn.append(f'<text class="tick" x="{edge - 6:g}" y="{y + 4:.1f}" text-anchor="end">{tick:g}</text>')
    drawn.append(
        f'<text class="tick" x="{edge + side / 2:g}" y="{y0 + 30:.1f}" text-anchor="middle">confidence</text>'
    )
    drawn.append(f'<text class="tick" x="{edge}" y="{y1 - 0:.1f}" dx="6" dy="14">share right</text>')
    description = "; ".join(
        f"confidence {tenth.confidence:.2f}, right {tenth.accuracy:.2f}, {tenth.n} trials" for tenth in tenths
    )
    return _svg(edge + side + 12, side + 46, "".join(drawn), f"Calibration of people, {name}. {description}.")


def _svg(width: float, height: float, inside: str, description: str) -> str:
    return f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(description)}">{inside}</svg>'


def _x(value: float, low: float, high: float) -> float:
    inner = (min(max(value, low), high) - low) / (high - low)
    return round(LEFT + 4 + inner * (RIGHT - LEFT - 8), 1)


def _number(value: float, digits: int) -> str:
    return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "−")  # + 0.0: no −0


def _short(name: str) -> str:
    return name if len(name) <= 26 else f"{name[:25]}…"
