"""The scatter plot of expressed against internal confidence (Matplotlib)."""

from typing import Any

import numpy as np
from markupsafe import Markup

from evaluation.metrics.bootstrap import SEED
from evaluation.reports.drawing import PAGE, TENTHS, drawing, page_svg
from evaluation.scoring.signal_scores import Aligned

MOST_POINTS = 1000  # of more, a random sample is shown


def alignment_scatter(pair: Aligned) -> Markup:
    """Expressed against internal confidence, one dot per answer: filled if correct, hollow if wrong; with marginals."""
    chosen = np.arange(pair.n)
    if pair.n > MOST_POINTS:
        chosen = np.random.default_rng(SEED).choice(pair.n, MOST_POINTS, replace=False)
    looks: dict[bool | None, dict[str, Any]] = {
        None: {"color": PAGE.faint, "linewidths": 0},
        True: {"color": PAGE.accent, "linewidths": 0, "alpha": 0.55},
        False: {"facecolors": "none", "edgecolors": PAGE.doubt, "linewidths": 0.8, "alpha": 0.75},
    }
    with drawing(2.9, 2.9) as figure:
        figure.subplots_adjust(left=0.15, right=0.98, top=0.98, bottom=0.13)
        grid = {"width_ratios": (5, 1), "height_ratios": (1, 5), "wspace": 0.05, "hspace": 0.05}
        (above, corner), (main, beside) = figure.subplots(2, 2, gridspec_kw=grid)
        corner.set_axis_off()
        main.plot([0, 1], [0, 1], color=PAGE.faint, linewidth=0.8, zorder=0)
        for correct, look in looks.items():
            dots = [place for place in chosen if pair.correct[place] is correct]
            main.scatter(pair.inside[dots], pair.outside[dots], s=9, clip_on=False, **look)
        main.set(
            xlim=(0, 1), ylim=(0, 1), xlabel="internal", ylabel="expressed", xticks=TENTHS, yticks=TENTHS
        )
        main.tick_params(length=2.5, width=0.8, pad=2)
        for axes, values, lies in ((above, pair.inside, "vertical"), (beside, pair.outside, "horizontal")):
            axes.hist(values, bins=20, range=(0, 1), color=PAGE.faint, orientation=lies, rwidth=0.9)
            axes.set_axis_off()
            (axes.set_xlim if lies == "vertical" else axes.set_ylim)(0, 1)
        rho = pair.rho.missing if pair.rho.value is None else f"Spearman ρ {pair.rho.value:.3f}"
        return page_svg(figure, f"{pair.expressed} against {pair.internal}, {pair.n} answers; {rho}.")
