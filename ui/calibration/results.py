"""The results of a calibration: before and after, plots, guarantees, signals with their weights."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from estimators import ESTIMATORS
from estimators.calibration.apply import failed_signals
from estimators.calibration.combined import NAME, Weight
from estimators.calibration.record import TITLES, Calibration, KindCalibration, Metrics, SignalCalibration
from estimators.calibration.risk_control import OperatingPoint
from estimators.percent import percent
from evaluation.calibration.fit import expected_metrics
from ui.calibration.drawings import applied, marked, pairs, reliability, withholding
from ui.html import render
from ui.risk import accepted_risk, no_guarantee_line, standing_notice

_SIGNALS = {estimator.name: estimator.title for estimator in ESTIMATORS}
FIGURES = {
    "ece": ("Calibration error", "ECE: mean gap between confidence and accuracy; lower is better"),
    "brier": ("Brier score", "mean squared gap between confidence and outcome; lower is better"),
    "auroc": ("AUROC", "how often a right answer has a higher confidence than a wrong one; 0.5 is chance, 1 is perfect"),
    "mean_confidence": ("Mean confidence", "compare it with the share that was right"),
}  # fmt: skip


def title_of(name: str) -> str:
    """The title of a signal on the page."""
    return "Calibrated" if name == NAME else _SIGNALS.get(name, name)


def inside(title: str) -> str:
    """A title as written in the middle of a sentence.

    >>> inside("Token probability"), inside("P(True), own turn")
    ('token probability', 'P(True), own turn')
    """
    return title[:1].lower() + title[1:] if title[1:2].islower() else title


@dataclass(frozen=True, slots=True)
class Drawing:
    """One plot with its title and what it shows."""

    title: str
    words: str
    svg: Markup


@dataclass(frozen=True, slots=True)
class Guarantees:
    """One risk with its guarantee, or several that lack one for the same reason."""

    risk: str
    missing: str = ""
    point: OperatingPoint | None = None


@dataclass(frozen=True, slots=True)
class WeightBar:
    """The weight of a signal as a bar to one side of the middle."""

    text: str
    side: str
    width: float


@dataclass(frozen=True, slots=True)
class SignalRow:
    """One signal of a calibration, or one that has only a weight."""

    title: str
    weight: WeightBar | None
    n: int | None = None
    auroc: float | None = None
    interval: str = ""
    missing: str = ""
    curve: str = ""
    backwards: bool = False
    failed: str = ""  # why the validity screen leaves it out; it is drawn in grey


@dataclass(frozen=True, slots=True)
class PartResults:
    """The results for one kind of question."""

    part: KindCalibration
    kind: str
    headline: str
    notice: str
    drawings: tuple[Drawing, ...]
    deciding: str
    metrics: tuple[tuple[str, str, str, str], ...]
    kept: str
    guarantees: tuple[Guarantees, ...]
    signals: tuple[SignalRow, ...]


def results(calibration: Calibration, risk: float, tag: str = "", warnings: Sequence[str] = ()) -> str:
    """The results as HTML; the threshold of ``risk`` is marked on the curve if it has a guarantee.

    ``warnings``: why the calibration may not hold for the person's own questions.
    """
    return render(
        "calibration/results.html",
        name=calibration.name,
        tag=tag,
        facts=facts(calibration),
        warnings=warnings,
        parts=[_part(calibration, part, risk) for part in calibration.parts],
        notes=_not_in_it(calibration),
    )


def facts(calibration: Calibration) -> str:
    """Model, questions and date, in one line."""
    asked = calibration.questions
    parts = (
        calibration.model,
        calibration.engine,
        f"{asked.n:,} answers to {asked.name} ({calibration.counted})",
        calibration.created[:10],
    )
    return " · ".join(part for part in parts if part)


def _not_in_it(calibration: Calibration) -> list[str]:
    lines = [
        f"Not calibrated for {TITLES[kind]}: {reason}." for kind, reason in calibration.unmeasured.items()
    ]
    return lines + [f"Left out: {count:,} ({reason})." for reason, count in calibration.left_out.items()]


def _part(calibration: Calibration, part: KindCalibration, chosen: float) -> PartResults:
    kept = sum(point.threshold is not None for point in part.points)
    after = expected_metrics(part)
    return PartResults(
        part,
        TITLES[part.kind],
        no_guarantee_line(part),
        standing_notice(calibration, part),
        _drawings(part, accepted_risk(part, None, chosen)),
        title_of(part.deciding),
        tuple(
            (title, meaning, figure_text(part.before, name), figure_text(after, name))
            for name, (title, meaning) in FIGURES.items()
        ),
        f"{kept} of {len(part.points)}" if kept else "none",
        tuple(_guarantees(part)),
        tuple(_signals(part)),
    )


def _drawings(part: KindCalibration, risk: float) -> tuple[Drawing, ...]:
    point, raw = part.point(risk), title_of(part.deciding)
    before, after = pairs(part.held_out, after=False), pairs(part.held_out, after=True)
    curve = withholding(applied(part), "calibrated", marked(point))
    return (
        Drawing(
            f"Before: {inside(raw)}",
            "How often answers with each confidence were right.",
            reliability(before, raw),
        ),
        Drawing(
            "After: calibrated",
            "On the dashed line, confidence equals accuracy.",
            reliability(after, "calibrated"),
        ),
        Drawing("Risk–coverage curve", _curve_words(point), curve),
    )


def _curve_words(point: OperatingPoint) -> str:
    if point.threshold is None:
        return "How the error rate changes as fewer answers are shown."
    return f"The mark shows a risk of {percent(point.risk)}: answers from {percent(point.threshold)} up are shown."


def figure_text(metrics: Metrics, name: str) -> str:
    """One metric as text; a dash if it is missing."""
    value: float | None = getattr(metrics, name)
    if value is None:
        return "–"
    return percent(value) if name == "mean_confidence" else f"{value:.3f}"


def _guarantees(part: KindCalibration) -> Iterator[Guarantees]:
    for missing, group in groupby(part.points, key=lambda point: point.missing):
        points = list(group)
        if not missing:
            yield from (
                Guarantees(percent(point.risk), point=point)
                for point in points
                if point.threshold is not None
            )
            continue
        first, last = points[0], points[-1]
        risks = percent(first.risk) if first is last else f"{first.risk * 100:.0f}–{percent(last.risk)}"
        yield Guarantees(risks, missing)


def _signals(part: KindCalibration) -> Iterator[SignalRow]:
    """The signals, the most useful first; then the weights without a signal."""
    failed = failed_signals(part)
    weights = {weight.label: weight for weight in part.combined.ranked_weights}
    for signal in sorted(part.signals, key=lambda signal: -(signal.auroc or 0)):
        yield SignalRow(
            title_of(signal.name),
            _weight(weights.pop(signal.name, None)),
            signal.n,
            signal.auroc,
            _interval(signal),
            signal.missing,
            signal.calibrator.kind if signal.calibrator else "–",
            signal.calibrator is not None and signal.backwards,
            failed.get(signal.name, ""),
        )
    for weight in weights.values():
        yield SignalRow(title_of(weight.signal) + (": missing" if weight.of_absence else ""), _weight(weight))


def _interval(signal: SignalCalibration) -> str:
    return _outward(signal.low, signal.high) if signal.low is not None and signal.high is not None else ""


def _outward(low: float, high: float) -> str:
    """An interval with both ends rounded outward.

    >>> _outward(0.5049, 0.7701)
    '0.50–0.78'
    """
    return f"{math.floor(low * 100 + 1e-9) / 100:.2f}–{math.ceil(high * 100 - 1e-9) / 100:.2f}"


def _weight(weight: Weight | None) -> WeightBar | None:
    if weight is None:
        return None
    text = f"{weight.value:+.2f}" if abs(weight.value) >= 0.005 else "≈ 0"
    return WeightBar(text, "right" if weight.value < 0 else "left", min(50.0, abs(weight.value) * 25))
