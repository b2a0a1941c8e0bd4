"""The plots of an evaluation: reliability diagram and histogram of stated confidence (Matplotlib)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evaluation.metrics import bins
from files.atomic import replacement
from training.data.replies import StatedReply
from training.results.metrics import pairs
from training.rewards import STEPS
from training.trainers.monitor import BINS

ACCENT, SOFT, FAINT = "#3b4fc4", "#5c6070", "#c9ccd6"


def draw(replies: Mapping[str, Sequence[StatedReply]], out: Path, name: str) -> list[Path]:
    """One picture for a question file: each model's reliability diagram above its histogram; [] without Matplotlib."""
    try:
        import matplotlib
        from matplotlib.figure import Figure
    except ImportError:
        return []
    with matplotlib.rc_context({**matplotlib.rcParamsDefault, "backend": "agg", "font.size": 9}):
        figure = Figure(figsize=(3.4 * len(replies), 4.6), layout="constrained")
        axes: Any = figure.subplots(2, len(replies), squeeze=False, height_ratios=(3, 1), sharex=True)
        for column, (model_name, reply) in enumerate(replies.items()):
            _reliability(axes[0][column], reply, model_name)
            _histogram(axes[1][column], reply)
        path = out / f"reliability-{name}.png"
        with replacement(path) as draft:
            figure.savefig(draft, dpi=130, format="png")
    return [path]


def _reliability(axes: Any, replies: Sequence[StatedReply], model_name: str) -> None:
    from scipy.stats import binomtest

    confidence, correct = pairs(replies)
    axes.plot([0, 1], [0, 1], color=SOFT, linewidth=0.8, linestyle="--")
    for bin_ in bins(confidence, correct, BINS) if len(confidence) else ():
        between = binomtest(round(bin_.accuracy * bin_.n), bin_.n).proportion_ci(method="wilson")
        axes.plot(
            [bin_.confidence] * 2,
            [between.low, between.high],
            color=FAINT,
            linewidth=4,
            solid_capstyle="butt",
        )
        axes.plot([bin_.confidence], [bin_.accuracy], "o", color=ACCENT, markersize=5)
        axes.annotate(f"{bin_.n}", (bin_.confidence, between.high), (0, 2), textcoords="offset points", ha="center",
                      fontsize=7, color=SOFT)  # fmt: skip
    axes.set(xlim=(-0.05, 1.05), ylim=(-0.02, 1.08), title=model_name, ylabel="accuracy")


def _histogram(axes: Any, replies: Sequence[StatedReply]) -> None:
    stated = [reply.tenths for reply in replies if reply.tenths is not None]
    axes.bar([value / STEPS for value in range(BINS)], [stated.count(value) for value in range(BINS)],
             width=0.08, color=ACCENT)  # fmt: skip
    unstated = len(replies) - len(stated)
    axes.set(xlabel="stated confidence" + (f" ({unstated} without)" if unstated else ""), ylabel="replies")
