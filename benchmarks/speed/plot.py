"""The seconds of each way to ask (Matplotlib)."""

from pathlib import Path
from statistics import median

from benchmarks.speed.questions import QUESTIONS
from benchmarks.speed.results import Turns
from benchmarks.speed.turns import ALONE, PANEL, WAYS
from evaluation.reports.drawing import PAPER, drawing

_COLOURS = {ALONE: PAPER.accent, PANEL: PAPER.doubt}


def draw_turns(turns: Turns, file: Path) -> None:
    """Write an SVG with one bar for each way and question: its median, and a line from the smallest to the largest value."""
    with drawing(7.2, 3.6, PAPER, layout="constrained") as figure:
        figure.patch.set_facecolor("white")
        rows = figure.subplots(len(QUESTIONS), 1, sharex=True, squeeze=False)
        for axes, question in zip(rows[:, 0], QUESTIONS, strict=True):
            for place, way in enumerate(WAYS):
                if (row := turns.row(question, way)) is None:
                    continue
                seconds = [run.seconds for run in row.runs]
                colour = _COLOURS.get(way, PAPER.faint)
                axes.barh(place, median(seconds), color=colour, height=0.72)
                axes.plot([min(seconds), max(seconds)], [place, place], color=PAPER.ink, linewidth=1)
                axes.text(max(seconds), place, f"  {median(seconds):.1f} s", va="center", fontsize=8)
            axes.set_yticks(range(len(WAYS)), WAYS)
            axes.invert_yaxis()
            axes.set_title(question, loc="left", fontsize=9, color=PAPER.ink)
            axes.tick_params(left=False)
        rows[-1, 0].set_xlabel("seconds")
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
