"""The results of a calibration: before and after, plots, guarantees, signals with their weights; escaped HTML."""

import math
from collections.abc import Sequence
from html import escape
from itertools import groupby

from estimators import ESTIMATORS
from estimators.calibration.combined import NAME, Weight
from estimators.calibration.record import TITLES, Calibration, KindCalibration, Metrics, SignalCalibration
from estimators.calibration.risk_control import OperatingPoint
from estimators.percent import at_most, percent
from ui.calibration.drawings import applied, marked, pairs, reliability, withholding
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


def results(calibration: Calibration, risk: float, tag: str = "") -> str:
    """The results; the threshold of ``risk`` is marked on the curve if it has a guarantee."""
    parts = "".join(_part(calibration, part, risk) for part in calibration.parts)
    badge = f' <span class="cr-tag">{escape(tag)}</span>' if tag else ""
    return (
        f'<article class="cr-results"><h2>{escape(calibration.name)}{badge}</h2>'
        f"<p class='cr-quiet'>{facts(calibration)}</p>{parts}{_not_in_it(calibration)}</article>"
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
    return escape(" · ".join(part for part in parts if part))


def _not_in_it(calibration: Calibration) -> str:
    lines = [
        f"Not calibrated for {TITLES[kind]}: {reason}." for kind, reason in calibration.unmeasured.items()
    ]
    lines += [f"Left out: {count:,} ({reason})." for reason, count in calibration.left_out.items()]
    return "".join(f"<p class='cr-quiet'>{escape(line)}</p>" for line in lines)


def _part(calibration: Calibration, part: KindCalibration, chosen: float) -> str:
    kind, why = TITLES[part.kind], standing_notice(calibration, part)
    notice = (
        f"<details class='cr-notice'><summary>{no_guarantee_line(part)} <u>Why?</u></summary>"
        f"<p>{escape(why)}</p></details>"
        if why
        else ""
    )
    return (
        f'<section class="cr-part" aria-label="{kind}"><h3>{kind[0].upper()}{kind[1:]}</h3>'
        f"<p class='cr-quiet'>{part.n:,} graded answers, {percent(part.accuracy)} right. {part.fitted:,} were used to fit "
        f"the calibration; everything below is measured on the other {part.tested:,}.</p>{notice}"
        f"{_drawings(part, accepted_risk(part, None, chosen))}{_before_and_after(part)}{_guarantees(part)}{_signals(part)}"
        "</section>"
    )


def _drawings(part: KindCalibration, risk: float) -> str:
    point, raw = part.point(risk), title_of(part.deciding)
    before, after = pairs(part.held_out, after=False), pairs(part.held_out, after=True)
    drawn = (
        (f"Before: {inside(raw)}", "How often answers with each confidence were right.", reliability(before, raw)),
        ("After: calibrated", "On the dashed line, confidence equals accuracy.", reliability(after, "calibrated")),
        ("Risk–coverage curve", _curve_words(point), withholding(applied(part), "calibrated", marked(point))),
    )  # fmt: skip
    figures = "".join(
        f"<figure><figcaption><b>{escape(title)}</b><small>{words}</small></figcaption>{svg}</figure>"
        for title, words, svg in drawn
    )
    return f'<div class="cr-drawings">{figures}</div>'


def _curve_words(point: OperatingPoint) -> str:
    if point.threshold is None:
        return "How the error rate changes as fewer answers are shown."
    return f"Marked: risk {percent(point.risk)}, answers from {percent(point.threshold)} up are shown."


def figure_text(metrics: Metrics, name: str) -> str:
    """One metric as text; a dash if it is missing."""
    value: float | None = getattr(metrics, name)
    if value is None:
        return "–"
    return percent(value) if name == "mean_confidence" else f"{value:.3f}"


def _before_and_after(part: KindCalibration) -> str:
    rows = "".join(
        f'<tr><th scope="row">{title} <small>{meaning}</small></th><td>{figure_text(part.before, name)}</td>'
        f"<td><b>{figure_text(part.after, name)}</b></td></tr>"
        for name, (title, meaning) in FIGURES.items()
    )
    return _table(
        "Before and after",
        f'<th></th><th scope="col">{escape(title_of(part.deciding))}</th><th scope="col">Calibrated</th>',
        rows,
    )


def _guarantees(part: KindCalibration) -> str:
    rows = "".join(
        _no_guarantee(list(points)) if missing else "".join(map(_guarantee, points))
        for missing, points in groupby(part.points, key=lambda point: point.missing)
    )
    kept = sum(point.threshold is not None for point in part.points)
    count = f"{kept} of {len(part.points)}" if kept else "none"
    head = "".join(
        f'<th scope="col">{name}</th>'
        for name in ("Risk", "Shown from", "Shown", "Wrong among these", "Upper bound")
    )
    note = (
        f"Each guarantee holds with {percent(1 - part.delta)} confidence, on questions like these. The last column is the "
        "upper bound on the error rate among the shown answers."
    )
    return _table(f"Guarantees: {count}", head, rows, note)


def _no_guarantee(points: Sequence[OperatingPoint]) -> str:
    """One row for all risks that lack a guarantee for the same reason."""
    first, last = points[0], points[-1]
    risks = percent(first.risk) if first is last else f"{first.risk * 100:.0f}–{percent(last.risk)}"
    return (
        f'<tr class="cr-unkept"><th scope="row" class="cr-short">{risks}</th>'
        f'<td colspan="4" class="cr-why">no guarantee: {escape(first.missing)}</td></tr>'
    )


def _guarantee(point: OperatingPoint) -> str:
    if point.threshold is None:
        return ""
    share = percent(point.coverage) if point.coverage is not None else "–"
    bound = at_most(point.bound) if point.bound is not None else "–"
    return (
        f'<tr><th scope="row" class="cr-short">{percent(point.risk)}</th><td>{percent(point.threshold)}</td><td>{share}</td>'
        f"<td>{point.wrong:,} of {point.n:,}</td><td>{bound}</td></tr>"
    )


def _signals(part: KindCalibration) -> str:
    weights = {weight.label: weight for weight in part.combined.ranked_weights}
    rows = ""
    for signal in sorted(part.signals, key=lambda signal: -(signal.auroc or 0)):
        weight = weights.pop(signal.name, None)
        if signal.auroc is None:
            figures = f'<td colspan="2" class="cr-why">{escape(signal.missing)}</td>'
        else:
            between = (
                f" <small>{_outward(signal.low, signal.high)}</small>"
                if signal.low is not None and signal.high is not None
                else ""
            )
            figures = f'<td class="cr-short">{signal.auroc:.3f}{between}</td><td>{_curve(signal)}</td>'
        rows += (
            f'<tr><th scope="row">{escape(title_of(signal.name))} <small>n = {signal.n:,}</small></th>{figures}'
            f'<td class="cr-short">{_weight(weight)}</td></tr>'
        )
    for weight in weights.values():
        title = title_of(weight.signal) + (": missing" if weight.of_absence else "")
        rows += (
            f'<tr><th scope="row">{escape(title)}</th><td></td><td></td>'
            f'<td class="cr-short">{_weight(weight)}</td></tr>'
        )
    head = "".join(f'<th scope="col">{name}</th>' for name in ("Signal", "AUROC", "Curve", "Weight"))
    note = (
        "AUROC with a 95 % confidence interval. The weight is the coefficient per standard deviation of the signal’s log "
        "odds in the logistic regression that computes the confidence; a negative weight lowers it."
    )
    return _table("Signals", head, rows, note)


def _outward(low: float, high: float) -> str:
    """An interval with both ends rounded outward.

    >>> _outward(0.5049, 0.7701)
    '0.50–0.78'
    """
    return f"{math.floor(low * 100 + 1e-9) / 100:.2f}–{math.ceil(high * 100 - 1e-9) / 100:.2f}"


def _curve(signal: SignalCalibration) -> str:
    if signal.calibrator is None:
        return "–"
    return (
        f"{escape(signal.calibrator.kind)} <small>higher confidence went with more errors</small>"
        if signal.backwards
        else escape(signal.calibrator.kind)
    )


def _weight(weight: Weight | None) -> str:
    if weight is None:
        return "–"
    side, width = "right" if weight.value < 0 else "left", min(50.0, abs(weight.value) * 25)
    text = f"{weight.value:+.2f}" if abs(weight.value) >= 0.005 else "≈ 0"
    return f'<span class="cr-weight"><i style="{side}:50%;width:{width:.1f}%"></i></span><span>{text}</span>'


def _table(caption: str, head: str, rows: str, note: str = "") -> str:
    below = f"<p class='cr-quiet'>{note}</p>" if note else ""
    return (
        f'<div class="cr-table"><table><caption>{caption}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table>{below}</div>"
    )
