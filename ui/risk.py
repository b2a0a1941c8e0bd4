"""The accepted risk: what each slider position guarantees, as data for the page to draw, and decisions at that risk."""

from dataclasses import dataclass
from typing import Any, Literal

from chains.calibration.fitting import Fit
from chains.pipeline.pipeline import decided
from chains.pipeline.turn import Turn
from chains.settings import Settings
from estimators.calibration.apply import notice
from estimators.calibration.record import TITLES, Calibration, KindCalibration
from estimators.calibration.risk_control import OperatingPoint, utility_threshold
from estimators.percent import percent

Withholding = Literal[
    "mark", "ask", "off"
]  # a choice of the page; what is recorded of an answer never depends on it


@dataclass(frozen=True, slots=True)
class WithholdingMode:
    """What happens to an answer below the threshold; ``says`` explains it in one sentence."""

    name: Withholding
    title: str
    says: str


MODES = (
    WithholdingMode("mark", "mark", "A sentence above a doubtful answer advises against relying on it."),
    WithholdingMode("ask", "hide", "A doubtful answer is hidden until you ask to see it."),
    WithholdingMode(
        "off", "leave", "Doubtful answers get no warning; their number is still shown below them."
    ),
)
_PLURALS = {"choice": "multiple-choice questions", "free": "open questions"}


def calibration_line(fit: Fit) -> str:
    """The calibration state, shown next to the model's name."""
    return f"calibrated on {fit.calibration.counted}" if fit.calibration else "uncalibrated"


def decided_at(turn: Turn, fit: Fit, settings: Settings, chosen: float | None) -> Turn:
    """The turn decided at the accepted risk, if it is assessed; ``chosen``: the person's choice, None before any."""
    if turn.assessment is None:
        return turn
    part = fit.part(turn.kind)
    risk = accepted_risk(part, chosen, settings.risk) if part else settings.risk
    return decided(turn, fit, settings.model_copy(update={"risk": risk}))


def accepted_risk(part: KindCalibration, chosen: float | None, first: float) -> float:
    """The risk in effect: the person's choice, else ``first``, else the smallest risk with a guarantee.

    A ``chosen`` risk that is not one of the declared positions is ignored.
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
    """The risk at a slider position; an invalid position keeps ``before``."""
    part = fit.calibration.part(shown_kind(fit.calibration, kind)) if fit.calibration else None
    if part is None or not isinstance(at, int) or not 0 <= at < len(part.points):
        return before
    return part.points[at].risk


def shown_kind(calibration: Calibration, kind: str | None) -> str:
    """The kind of question the slider is about: that of the shown answer, or the kind with the most measured questions."""
    if kind is not None:
        return kind
    return max(calibration.parts, key=lambda part: part.n).kind


def risk_value(
    fit: Fit, settings: Settings, chosen: float | None = None, kind: str | None = None
) -> dict[str, Any]:
    """What the page draws: a slider with its positions, another rule, or the reason why nothing is calibrated."""
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
    why = standing_notice(calibration, part)
    positions = [
        {"label": percent(point.risk), "kept": point.threshold is not None, "text": _text(part, point, why)}
        for point in part.points
    ]  # fmt: skip
    at = [point.risk for point in part.points].index(risk)
    return {
        "state": "slider",
        "positions": positions,
        "at": at,
        "headline": no_guarantee_line(part) if why else "",
        "notice": why,
    }


def standing_notice(calibration: Calibration, part: KindCalibration) -> str:
    """Why no position has a guarantee; empty if one has."""
    return notice(calibration, part.kind)


def no_guarantee_line(part: KindCalibration) -> str:
    """The headline above the reason why no position has a guarantee."""
    return f"No guarantee for {_PLURALS[part.kind]}."


def rule_sentence(part: KindCalibration, settings: Settings) -> str:
    """Which answers count as doubtful if the settings name a rule other than the accepted risk."""
    if settings.rule == "cost":
        return (
            f"Answers below {percent(utility_threshold(settings.cost))} count as doubtful: a wrong answer costs "
            f"{settings.cost:g} times what a right one gains, so showing them is expected to cost more than it gains."
        )
    threshold = part.published[settings.rule]
    return (
        f"Answers below {percent(max(0.0, threshold))} count as doubtful. This threshold has the best {settings.rule} score "
        "on 20 of the calibration questions. It comes with no guarantee."
    )


def _text(part: KindCalibration, point: OperatingPoint, why: str) -> str:
    if point.threshold is not None:
        share = f": about {percent(point.coverage)} of all" if point.coverage is not None else ""
        certain = f"{percent(1 - part.delta)} certain that at most {percent(point.risk)} of those are wrong"
        return (
            f"{_PLURALS[part.kind].capitalize()}: answers at {percent(point.threshold)} or more get no warning{share}. "
            f"On questions like the {part.n:,} used for calibration, it is {certain}."
        )
    if why:  # the notice already says that no position has a guarantee
        return f"Answers with a calibrated confidence below {percent(1 - point.risk)} count as doubtful."
    return f"No guarantee here: {point.missing}."
