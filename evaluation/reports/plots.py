"""The report's plots, as SVG that takes its colours and fonts from the page (Matplotlib)."""

import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from evaluation.metrics import bins, risk_coverage
from evaluation.metrics.bootstrap import SEED
from evaluation.metrics.calibration.bins import BINS
from evaluation.scoring.signal_scores import Aligned, Scored

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Placeholders in the SVG that are replaced by the page's colours, so a plot follows a dark page.
INK, SOFT, FAINT, ACCENT, DOUBT = "#010101", "#020202", "#030303", "#040404", "#050505"
COLOURS = {INK: "ink", SOFT: "soft", FAINT: "faint", ACCENT: "accent", DOUBT: "doubt"}
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none", "svg.hashsalt": "credence", "font.size": 8.5, "axes.linewidth": 0.8,
    "axes.edgecolor": SOFT, "axes.labelcolor": SOFT, "xtick.color": SOFT, "ytick.color": SOFT, "text.color": INK,
    "axes.spines.top": False, "axes.spines.right": False, "axes.facecolor": "none",
}  # fmt: skip
MOST_POINTS = 1000  # in a scatter plot; of more, a random sample is shown
CURVE_POINTS = 120
TENTHS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


@contextmanager
def _drawing(width: float, height: float, **places: Any) -> Iterator[tuple["Figure", io.StringIO]]:
    import matplotlib
    from matplotlib.figure import Figure

    written = io.StringIO()
    with matplotlib.rc_context({**matplotlib.rcParamsDefault, "backend": "svg", **STYLE}):
        drawn = Figure(figsize=(width, height))
        drawn.patch.set_visible(False)
        drawn.subplots_adjust(**places)
        yield drawn, written
        drawn.savefig(written, format="svg", metadata={"Date": None, "Creator": None})


def _page_svg(written: io.StringIO, description: str) -> str:
    """The SVG element alone, with the page's colours and fonts and a description for screen readers."""
    text = written.getvalue()
    text = text[text.index("<svg") :]
    for colour, name in COLOURS.items():
        text = text.replace(colour, f"var(--{name})")
    text = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>|<!--.*?-->", "", text, flags=re.DOTALL)
    text = re.sub(r"\d+\.\d{3,}", lambda match: f"{float(match[0]):.2f}", text)
    # A page holds many plots: drop the ids of groups and make ids that are referenced unique.
    text = re.sub(r' id="[A-Za-z][A-Za-z.]*(_[A-Za-z.]*)*_\d+"', "", text)
    own = f"d{zlib.crc32((description + text).encode()):08x}-"
    text = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{own}", text)
    text = re.sub(r"font: ([\d.]+px) [^;\"]*", r"font-size: \1; font-family: inherit", text)
    text = re.sub(r"font-family: [^;\"]*", "font-family: inherit", text)
    text = re.sub(r"\s*\n\s*", "\n", text)
    size = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', text)
    assert size is not None, "Matplotlib's SVG has a view box"
    opening = f'<svg viewBox="0 0 {float(size[1]):g} {float(size[2]):g}" role="img" aria-label="{escape(description)}" xmlns:xlink="http://www.w3.org/1999/xlink">'
    return re.sub(r"<svg[^>]*>", lambda _: opening, text, count=1).strip()


def reliability_diagram(signal: Scored) -> str:
    """Accuracy of each of ten bins against its mean confidence with 95 % Wilson intervals, and the counts below.

    A dot's distance from the diagonal, drawn as a line, is the bin's calibration gap.
    """
    from scipy.stats import binomtest

    filled = bins(signal.confidence, signal.correct)
    with _drawing(3.0, 3.5) as (drawn, written):
        main = drawn.add_axes((0.15, 0.29, 2.4 / 3.0, 2.4 / 3.5))  # square
        counts = drawn.add_axes((0.15, 0.12, 2.4 / 3.0, 0.14))
        main.plot([0, 1], [0, 1], color=SOFT, linewidth=0.8, dashes=(3, 3))
        bar: dict[str, Any] = {"solid_capstyle": "butt", "clip_on": False}
        for a in filled:
            between = binomtest(round(a.accuracy * a.n), a.n).proportion_ci(method="wilson")
            main.plot(
                [a.confidence] * 2, [between.low, between.high], color=FAINT, linewidth=3.5, zorder=1, **bar
            )
            main.plot(
                [a.confidence] * 2, [a.confidence, a.accuracy], color=DOUBT, linewidth=1.4, zorder=2, **bar
            )
        where = [a.confidence for a in filled]
        main.plot(
            where, [a.accuracy for a in filled], "o", color=ACCENT, markersize=4.5, zorder=3, clip_on=False
        )
        main.set(xlim=(0, 1), ylim=(0, 1), ylabel="accuracy", xticks=TENTHS, yticks=TENTHS)
        heights = [0] * BINS
        for a in filled:
            heights[round(a.low * BINS)] = a.n
        middles = [(place + 0.5) / BINS for place in range(BINS)]
        counts.bar(middles, heights, width=0.9 / BINS, color=FAINT)
        for x, height in zip(middles, heights, strict=True):
            if height:
                counts.text(x, height, f"{height:,}", ha="center", va="bottom", fontsize=6.5, color=SOFT)
        counts.set(xlim=(0, 1), ylim=(0, max(heights) * 1.45), xticks=TENTHS, yticks=(),
                   xlabel="confidence, and answers in each tenth")  # fmt: skip
        counts.spines["left"].set_visible(False)
        for axes in (main, counts):
            axes.tick_params(length=2.5, width=0.8, pad=2)
        main.tick_params(labelbottom=False)
    dots = "; ".join(
        f"confidence {a.confidence:.2f}, accuracy {a.accuracy:.2f}, {a.n} answers" for a in filled
    )
    return _page_svg(written, f"Reliability diagram of {signal.name}. {dots}.")


def risk_coverage_curve(signal: Scored, chosen: tuple[float, float] | None = None) -> str:
    """Error rate of the most confident answers against their share, with the best possible and a random order.

    ``chosen`` marks the share and the error rate of one threshold.
    """
    curve = risk_coverage(signal.confidence, signal.correct)
    errors = 1 - float(signal.correct.mean())
    with _drawing(2.9, 2.3, left=0.16, right=0.96, top=0.97, bottom=0.17) as (drawn, written):
        axes = drawn.subplots()
        axes.axhline(errors, color=SOFT, linewidth=0.8, dashes=(3, 3))
        share = np.linspace(1 - errors, 1, 40)
        axes.plot([0, *share], [0, *np.where(share > 0, 1 - (1 - errors) / np.maximum(share, 1e-9), 0)], color=FAINT,
                  linewidth=1.6)  # fmt: skip
        coverage, risk = np.r_[0, curve.coverage], np.r_[curve.risk[0], curve.risk]
        if coverage.size > CURVE_POINTS:
            kept = np.unique(np.linspace(0, coverage.size - 1, CURVE_POINTS).astype(int))
            coverage, risk = coverage[kept], risk[kept]
        axes.plot(coverage, risk, color=ACCENT, linewidth=1.5, solid_joinstyle="round")
        if chosen is not None:
            axes.plot([chosen[0]] * 2, [0, chosen[1]], color=DOUBT, linewidth=1.0, dashes=(2, 2))
            axes.plot(*chosen, "o", color=DOUBT, markersize=5.5, clip_on=False)
        top = min(1.0, max(0.1, 1.15 * float(max(risk.max(), errors))))
        axes.set(xlim=(0, 1), ylim=(0, top), xlabel="share answered, most confident first", ylabel="error rate",
                 xticks=TENTHS)  # fmt: skip
        axes.tick_params(length=2.5, width=0.8, pad=2)
    risks = ", ".join(f"{r:.2f} at {c:.0%}" for c, r in zip(*risks_at(signal), strict=True))
    description = (
        f"Risk–coverage curve of {signal.name}. Share of wrong answers among the most confident: {risks}."
    )
    if chosen is not None:
        description += (
            f" At the chosen threshold {chosen[0]:.0%} are answered, and {chosen[1]:.0%} of them are wrong."
        )
    return _page_svg(written, description)


def risks_at(
    signal: Scored, coverages: tuple[float, ...] = TENTHS[1:]
) -> tuple[tuple[float, ...], list[float]]:
    """The error rate of the most confident answers at some coverages; ties are spread evenly.

    >>> from collections import Counter
    >>> risks_at(Scored("x", np.array([0.9, 0.5, 0.5, 0.1]), np.array([1.0, 1, 0, 0]), {}, Counter()), (0.5, 1.0))
    ((0.5, 1.0), [0.25, 0.5])
    """
    curve = risk_coverage(signal.confidence, signal.correct)
    answered, wrong = np.r_[0, curve.coverage], np.r_[0, curve.coverage * curve.risk]
    return coverages, [float(np.interp(at, answered, wrong) / at) for at in coverages]


def alignment_scatter(pair: Aligned) -> str:
    """Expressed against internal confidence, one dot per answer: filled if correct, hollow if wrong; with marginals."""
    chosen = np.arange(pair.n)
    if pair.n > MOST_POINTS:
        chosen = np.random.default_rng(SEED).choice(pair.n, MOST_POINTS, replace=False)
    kinds: dict[bool | None, dict[str, Any]] = {
        None: {"color": FAINT, "linewidths": 0},
        True: {"color": ACCENT, "linewidths": 0, "alpha": 0.55},
        False: {"facecolors": "none", "edgecolors": DOUBT, "linewidths": 0.8, "alpha": 0.75},
    }
    with _drawing(2.9, 2.9, left=0.15, right=0.98, top=0.98, bottom=0.13) as (drawn, written):
        grid = {"width_ratios": (5, 1), "height_ratios": (1, 5), "wspace": 0.05, "hspace": 0.05}
        (above, corner), (main, beside) = drawn.subplots(2, 2, gridspec_kw=grid)
        corner.set_axis_off()
        main.plot([0, 1], [0, 1], color=FAINT, linewidth=0.8, zorder=0)
        for correct, look in kinds.items():
            drawn_here = [place for place in chosen if pair.correct[place] is correct]
            main.scatter(pair.inside[drawn_here], pair.outside[drawn_here], s=9, clip_on=False, **look)
        main.set(
            xlim=(0, 1), ylim=(0, 1), xlabel="internal", ylabel="expressed", xticks=TENTHS, yticks=TENTHS
        )
        main.tick_params(length=2.5, width=0.8, pad=2)
        for axes, values, lies in ((above, pair.inside, "vertical"), (beside, pair.outside, "horizontal")):
            axes.hist(values, bins=20, range=(0, 1), color=FAINT, orientation=lies, rwidth=0.9)
            axes.set_axis_off()
            (axes.set_xlim if lies == "vertical" else axes.set_ylim)(0, 1)
    rho = pair.rho.missing if pair.rho.value is None else f"Spearman ρ {pair.rho.value:.3f}"
    return _page_svg(written, f"{pair.expressed} against {pair.internal}, {pair.n} answers; {rho}.")
