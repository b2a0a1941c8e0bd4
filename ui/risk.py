"""The risk that a person accepts: what each position of the slider guarantees, as data that the page draws."""

from typing import Any

from chains.calibration.store import Fit
from chains.settings import Settings
from estimators.calibration.apply import guarantee_sentence, notice
from estimators.calibration.record import TITLES, Calibration, Part
from estimators.calibration.risk_control import OperatingPoint, utility_threshold
from estimators.percent import percent


def accepted_risk(part: Part, chosen: float | None, first: float) -> float:
    """The risk in force: the person's own choice, else the first one, or where it has no guarantee the smallest that has.

    The person's choice comes from the declared positions; what is none of them counts as the first.
    """
    declared = [point.risk for point in part.points]
    if chosen in declared and chosen is not None:
        return chosen
    if first in declared and part.point(first).threshold is not None:
        return first
    if part.best is not None:
        return part.best.risk
    return first if first in declared else declared[len(declared) // 2]


def declared_risk(fit: Fit, kind: str | None, at: object, before: float | None) -> float | None:
    """The risk at a position of the slider; what is no position changes nothing."""
    part = fit.calibration.part(shown_kind(fit.calibration, kind)) if fit.calibration else None
    if part is None or not isinstance(at, int) or not 0 <= at < len(part.points):
        return before
    return part.points[at].risk


def shown_kind(calibration: Calibration, kind: str | None) -> str:
    """The kind of question that the slider speaks of: that of the answer shown, before the first the one measured most."""
    if kind is not None:
        return kind
    return max(calibration.parts, key=lambda part: part.n).kind


def risk_value(
    fit: Fit, settings: Settings, chosen: float | None = None, kind: str | None = None
) -> dict[str, Any]:
    """What the page draws: a slider with its positions, a rule of the settings, or why nothing is calibrated."""
    if fit.calibration is None:
        return {"state": "uncalibrated", "text": f"Uncalibrated: {fit.reason.rstrip('.')}."}
    calibration = fit.calibration
    kind = shown_kind(calibration, kind)
    part = calibration.part(kind)
    if part is None:
        why = calibration.unmeasured.get(kind, "none were asked")
        return {"state": "uncalibrated", "text": f"Uncalibrated for {TITLES[kind]}: {why}."}
    if settings.rule != "risk":
        return {"state": "rule", "text": rule_sentence(part, settings)}
    risk = accepted_risk(part, chosen, settings.risk)
    said = standing_notice(calibration, part)
    positions = [
        {"label": percent(point.risk), "kept": point.threshold is not None, "text": _text(part, point, said)}
        for point in part.points
    ]  # fmt: skip
    at = [point.risk for point in part.points].index(risk)
    return {"state": "slider", "positions": positions, "at": at, "notice": said}


def standing_notice(calibration: Calibration, part: Part) -> str:
    """What is said once where no position has a guarantee; empty where one has."""
    return notice(calibration, part.kind)


def rule_sentence(part: Part, settings: Settings) -> str:
    """By what answers are withheld where the settings name another rule than a risk."""
    if settings.rule == "cost":
        return (
            f"Answers below {percent(utility_threshold(settings.cost))} are withheld: below it a wrong answer, which costs "
            f"{settings.cost:g} times what a right one gains, is expected to cost more than the answer is worth."
        )
    threshold = part.published[settings.rule]
    return (
        f"Answers below {percent(max(0.0, threshold))} are withheld, which gave the best {settings.rule} score on 20 of the "
        "questions it was measured on. It comes with no guarantee."
    )


def _text(part: Part, point: OperatingPoint, said: str) -> str:
    if point.threshold is not None:
        sentence = guarantee_sentence(part, point)
        share = f", about {percent(point.coverage)} of all" if point.coverage is not None else ""
        return f"{_sentence(sentence)} Shown are those from {percent(point.threshold)} on{share}."
    if said:  # the standing notice has said it once
        return f"Decided by the calibrated figure alone, at {percent(1 - point.risk)}."
    return f"No guarantee here: {point.missing}."


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
