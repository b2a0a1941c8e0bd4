"""AUROC of signals against their cost in tokens (Matplotlib)."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from evaluation.reports.drawing import PAPER, drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FORMATS = (".png", ".svg", ".pdf")
_LOOKS = {
    "token": ("o", PAPER.accent, "of the answer's tokens"),
    "verbal": ("s", PAPER.doubt, "stated or asked"),
    "sample": ("^", PAPER.soft, "from samples"),
}
_STEP = 0.09  # between points of the same cost, in powers of ten
_FREE = 0.6  # where the points without a cost stand, in powers of ten; the axis starts at 10 tokens


@dataclass(frozen=True, slots=True)
class Point:
    """One signal."""

    title: str
    side: str
    tokens: float  # read and generated beyond the answer
    auroc: float
    low: float | None
    high: float | None
    reference: bool = False  # drawn with a line across


@dataclass(frozen=True, slots=True)
class PlottedRun:
    """The signals of one run, side by side."""

    title: str
    points: tuple[Point, ...]


def draw_area_cost(runs: Sequence[PlottedRun], file: Path, kind: str) -> None:
    """Write one picture of a kind ("png", "svg", "pdf") with a plot for every run."""
    tallest = max(len(run.points) for run in runs)
    height = max(3.2, 0.19 * (tallest + 5) + 0.9)
    with drawing(8.4, height * len(runs), PAPER) as figure:
        figure.patch.set_facecolor("white")
        axes = figure.subplots(len(runs), 1, squeeze=False)
        figure.subplots_adjust(
            left=0.075, right=0.62, hspace=0.42, top=1 - 0.34 / (height * len(runs)), bottom=0.5 / (height * len(runs))
        )  # fmt: skip
        for run, row in zip(runs, axes, strict=True):
            _draw(row[0], run)
        figure.savefig(file, dpi=140, format=kind)


def _draw(axes: "Axes", run: PlottedRun) -> None:
    from math import log10

    places = _places([_FREE if not point.tokens else log10(max(point.tokens, 10)) for point in run.points])
    for number, (point, x) in enumerate(zip(run.points, places, strict=True), 1):
        marker, colour, _ = _LOOKS[point.side]
        if point.low is not None and point.high is not None:
            axes.plot([x, x], [point.low, point.high], color=colour, linewidth=1, alpha=0.55)
        axes.plot(x, point.auroc, marker, color=colour, markersize=9)
        axes.annotate(
            str(number), (x, point.auroc), ha="center", va="center", fontsize=6, color="white", fontweight="bold"
        )  # fmt: skip
        axes.text(
            1.03, 1.0 - (number - 0.5) / max(17, len(run.points) + 5), f"{number}  {point.title}", color=PAPER.ink,
            transform=axes.transAxes, fontsize=7.5, va="center",
        )  # fmt: skip
        if point.reference:
            axes.axhline(point.auroc, color=colour, linewidth=0.8, dashes=(3, 3), zorder=0)
    axes.axhline(0.5, color=PAPER.faint, linewidth=1, zorder=0)
    _label(axes, run, places)


def _label(axes: "Axes", run: PlottedRun, places: Sequence[float]) -> None:
    top = max([3.0, *(place + 0.2 for place in places)])
    ticks = [_FREE, *(power for power in (1.0, 2.0, 3.0, 4.0) if power <= top)]
    lows = [point.auroc if point.low is None else point.low for point in run.points]
    axes.set(
        xlim=(min([0.2, *(place - 0.2 for place in places)]), top), ylim=(min([0.45, *lows]) - 0.02, 1.0),
        xlabel="tokens read and generated beyond the answer", ylabel="AUROC", xticks=ticks,
    )  # fmt: skip
    axes.set_xticklabels(["none", *(f"{10**power:,.0f}" for power in ticks[1:])])
    axes.set_title(run.title, loc="left", fontsize=9, color=PAPER.ink)
    sides = {point.side for point in run.points}
    deciding = [
        axes.plot([], [], color=PAPER.accent, linewidth=0.8, dashes=(3, 3), label="the signal that decides")[
            0
        ]
    ]
    handles = [
        axes.plot([], [], marker, color=colour, markersize=6, label=label)[0]
        for side, (marker, colour, label) in _LOOKS.items()
        if side in sides
    ]
    handles += deciding if any(point.reference for point in run.points) else []
    axes.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(1.0, -0.03), frameon=False, fontsize=7.5, handlelength=1.6
    )  # fmt: skip


def _places(costs: Sequence[float]) -> list[float]:
    """The places of the points, those of nearly the same cost spread evenly around it."""
    order = sorted(range(len(costs)), key=lambda k: costs[k])
    groups: list[list[int]] = []
    for k in order:
        if groups and costs[k] - costs[groups[-1][-1]] < _STEP:
            groups[-1].append(k)
        else:
            groups.append([k])
    places = list(costs)
    for group in groups:
        middle = sum(costs[k] for k in group) / len(group)
        for rank, k in enumerate(sorted(group)):
            places[k] = middle + (rank - (len(group) - 1) / 2) * _STEP
    return places
