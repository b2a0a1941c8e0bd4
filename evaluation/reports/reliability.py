"""The reliability diagram: how often answers are right at each confidence (Matplotlib)."""

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from evaluation.metrics import Bin
from evaluation.metrics.calibration.bins import BINS
from evaluation.reports.drawing import PAGE, TENTHS, Colours, drawing, page_svg


def reliability_diagram(
    title: str,
    filled: Sequence[Bin],
    *,
    share: str = "accuracy",
    counted: str = "answers",
    wilson: bool = True,
) -> Markup:
    """Accuracy of each tenth of confidence against its mean confidence, and the counts below.

    A dot's distance from the diagonal, drawn as a line, is the calibration gap. ``wilson`` adds 95 % Wilson
    intervals, which hold for independent answers only.
    """
    heights = [0] * BINS
    for tenth in filled:
        heights[round(tenth.low * BINS)] = tenth.n
    with drawing(3.0, 3.5) as figure:
        main = figure.add_axes((0.15, 0.29, 2.4 / 3.0, 2.4 / 3.5))  # square
        counts = figure.add_axes((0.15, 0.12, 2.4 / 3.0, 0.14))
        draw_dots(main, filled, PAGE, wilson=wilson)
        main.set(xlim=(0, 1), ylim=(0, 1), ylabel=share, xticks=TENTHS, yticks=TENTHS)
        main.tick_params(labelbottom=False)
        draw_counts(counts, [(place + 0.5) / BINS for place in range(BINS)], heights, PAGE)
        counts.set(xlim=(0, 1), xticks=TENTHS, xlabel=f"confidence, and {counted} in each tenth")
        dots = "; ".join(
            f"confidence {tenth.confidence:.2f}, {share} {tenth.accuracy:.2f}, {tenth.n} {counted}"
            for tenth in filled
        )
        return page_svg(figure, f"{title}. {dots}.")


def draw_dots(
    axes: Any, filled: Sequence[Bin], colours: Colours, *, wilson: bool = True, numbered: bool = False
) -> None:
    """A dot for each bin, its gap to the diagonal, its Wilson interval and its number of answers."""
    from scipy.stats import binomtest

    flat: dict[str, Any] = {"solid_capstyle": "butt", "clip_on": False}
    axes.plot([0, 1], [0, 1], color=colours.soft, linewidth=0.8, dashes=(3, 3))
    for bin_ in filled:
        at, top = [bin_.confidence] * 2, max(bin_.confidence, bin_.accuracy)
        if wilson:
            between = binomtest(round(bin_.accuracy * bin_.n), bin_.n).proportion_ci(method="wilson")
            axes.plot(at, [between.low, between.high], color=colours.faint, linewidth=3.5, zorder=1, **flat)
            top = max(top, between.high)
        axes.plot(at, [bin_.confidence, bin_.accuracy], color=colours.doubt, linewidth=1.4, zorder=2, **flat)
        if numbered:
            axes.annotate(
                f"{bin_.n:,}", (bin_.confidence, top), (0, 2), textcoords="offset points", ha="center",
                fontsize=6.5, color=colours.soft,
            )  # fmt: skip
    axes.plot(
        [bin_.confidence for bin_ in filled], [bin_.accuracy for bin_ in filled], "o", color=colours.accent,
        markersize=4.5, zorder=3, clip_on=False,
    )  # fmt: skip
    axes.tick_params(length=2.5, width=0.8, pad=2)


def draw_counts(axes: Any, middles: Sequence[float], heights: Sequence[int], colours: Colours) -> None:
    """A bar for each number that is not 0, with the number above it."""
    axes.bar(middles, heights, width=0.9 * (middles[1] - middles[0]), color=colours.faint)
    for x, height in zip(middles, heights, strict=True):
        if height:
            axes.text(x, height, f"{height:,}", ha="center", va="bottom", fontsize=6.5, color=colours.soft)
    axes.set(ylim=(0, max(1, *heights) * 1.45), yticks=())
    axes.spines["left"].set_visible(False)
    axes.tick_params(length=2.5, width=0.8, pad=2)
