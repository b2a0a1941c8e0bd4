"""The plots of an evaluation: reliability diagram and histogram of stated confidence (Matplotlib)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evaluation.metrics import bins
from evaluation.reports.drawing import PAPER, TENTHS, drawing
from evaluation.reports.reliability import draw_counts, draw_dots
from files.atomic import replacement
from training.data.replies import StatedReply
from training.results.metrics import pairs
from training.rewards import STEPS
from training.trainers.monitor import BINS


def draw(replies: Mapping[str, Sequence[StatedReply]], out: Path, name: str) -> list[Path]:
    """One picture for a question file: each model's reliability diagram above its histogram; [] without Matplotlib."""
    path = out / f"reliability-{name}.png"
    try:
        with drawing(3.4 * len(replies), 4.6, PAPER, layout="constrained") as figure:
            axes: Any = figure.subplots(2, len(replies), squeeze=False, height_ratios=(3, 1), sharex=True)
            for column, (model_name, reply) in enumerate(replies.items()):
                _reliability(axes[0][column], reply, model_name)
                _histogram(axes[1][column], reply)
            with replacement(path) as draft:
                figure.savefig(draft, dpi=130, format="png")
    except ImportError:
        return []
    return [path]


def _reliability(axes: Any, replies: Sequence[StatedReply], model_name: str) -> None:
    confidence, correct = pairs(replies)
    filled = bins(confidence, correct, BINS) if len(confidence) else ()
    draw_dots(axes, filled, PAPER, numbered=True)
    axes.set(
        xlim=(-0.05, 1.05), ylim=(0, 1), title=model_name, ylabel="accuracy", xticks=TENTHS, yticks=TENTHS
    )


def _histogram(axes: Any, replies: Sequence[StatedReply]) -> None:
    stated = [reply.tenths for reply in replies if reply.tenths is not None]
    values = range(BINS)
    draw_counts(axes, [value / STEPS for value in values], [stated.count(value) for value in values], PAPER)
    unstated = len(replies) - len(stated)
    axes.set(xlabel="stated confidence" + (f" ({unstated} without)" if unstated else ""), ylabel="replies")
