"""The risk–coverage curve: how often the most confident answers are wrong (Matplotlib)."""

import numpy as np
from markupsafe import Markup

from evaluation.metrics import risk_coverage
from evaluation.metrics.validation import Floats
from evaluation.reports.drawing import PAGE, TENTHS, drawing, page_svg

CURVE_POINTS = 120


def risk_coverage_curve(
    name: str, confidence: Floats, correct: Floats, chosen: tuple[float, float] | None = None
) -> Markup:
    """Error rate of the most confident answers against their share, with the best possible and a random order.

    ``chosen`` marks the share and the error rate of one threshold.
    """
    curve = risk_coverage(confidence, correct)
    errors = 1 - float(correct.mean())
    with drawing(2.9, 2.3) as figure:
        figure.subplots_adjust(left=0.2, right=0.96, top=0.97, bottom=0.17)
        axes = figure.subplots()
        axes.axhline(errors, color=PAGE.soft, linewidth=0.8, dashes=(3, 3))
        share = np.linspace(1 - errors, 1, 40)
        best = np.where(share > 0, 1 - (1 - errors) / np.maximum(share, 1e-9), 0)
        axes.plot([0, *share], [0, *best], color=PAGE.faint, linewidth=1.6)
        coverage, risk = np.r_[0, curve.coverage], np.r_[curve.risk[0], curve.risk]
        if coverage.size > CURVE_POINTS:
            kept = np.unique(np.linspace(0, coverage.size - 1, CURVE_POINTS).astype(int))
            coverage, risk = coverage[kept], risk[kept]
        axes.plot(coverage, risk, color=PAGE.accent, linewidth=1.5, solid_joinstyle="round")
        if chosen is not None:
            axes.plot([chosen[0]] * 2, [0, chosen[1]], color=PAGE.doubt, linewidth=1.0, dashes=(2, 2))
            axes.plot(*chosen, "o", color=PAGE.doubt, markersize=5.5, clip_on=False)
        top = min(1.0, max(0.1, 1.15 * float(max(risk.max(), errors))))
        axes.set(xlim=(0, 1), ylim=(0, top), xlabel="share answered, most confident first", ylabel="error rate",
                 xticks=TENTHS)  # fmt: skip
        axes.tick_params(length=2.5, width=0.8, pad=2)
        return page_svg(figure, _description(name, risks_at(confidence, correct), chosen))


def risks_at(
    confidence: Floats, correct: Floats, coverages: tuple[float, ...] = TENTHS[1:]
) -> tuple[tuple[float, ...], list[float]]:
    """The error rate of the most confident answers at some coverages; ties are spread evenly.

    >>> risks_at(np.array([0.9, 0.5, 0.5, 0.1]), np.array([1.0, 1, 0, 0]), (0.5, 1.0))
    ((0.5, 1.0), [0.25, 0.5])
    """
    curve = risk_coverage(confidence, correct)
    answered, wrong = np.r_[0, curve.coverage], np.r_[0, curve.coverage * curve.risk]
    return coverages, [float(np.interp(at, answered, wrong) / at) for at in coverages]


def _description(
    name: str, risks: tuple[tuple[float, ...], list[float]], chosen: tuple[float, float] | None
) -> str:
    shares = ", ".join(f"{risk:.2f} at {coverage:.0%}" for coverage, risk in zip(*risks, strict=True))
    text = f"Risk–coverage curve of {name}. Share of wrong answers among the most confident: {shares}."
    if chosen is None:
        return text
    return (
        f"{text} At the chosen threshold {chosen[0]:.0%} are answered, and {chosen[1]:.0%} of them are wrong."
    )
