"""Deciding shown answers anew, without asking the model: when the accepted risk, the rule or the calibration changes."""

from dataclasses import replace

from chains.calibrated import with_distance
from chains.calibration_files import Fit
from chains.settings import Settings
from estimators.calibrated import redecide
from estimators.calibration import kind_of
from ui.conversation import Conversation, Entry
from ui.risk import accepted_risk


def decide_anew(conversation: Conversation, fit: Fit, settings: Settings) -> None:
    """Every answer of a conversation, all branches, as it is decided with this calibration and these settings."""
    for entry in conversation.entries:
        for branch in entry.branches:
            decide_entry(branch, fit, settings, conversation.risk)


def decide_entry(entry: Entry, fit: Fit, settings: Settings, chosen: float | None) -> None:
    """One answer decided anew; ``chosen`` is the risk that the person accepts, None before any choice."""
    turn = entry.turn
    if turn is None or turn.assessment is None:
        return
    part = fit.calibration.part(kind_of(turn.options)) if fit.calibration else None
    risk = accepted_risk(part, chosen, settings.risk) if part else settings.risk
    known = turn.assessment
    if (
        fit.calibration is not None
    ):  # embeds the question where another calibration comes into use, and only then
        known = with_distance(known, fit.calibration, settings.embedding)
    found = redecide(
        known, fit.calibration, rule=settings.rule, risk=risk, cost=settings.cost,
        threshold=settings.threshold, reason=fit.reason,
    )  # fmt: skip
    if found != turn.assessment:
        entry.turn = replace(turn, assessment=found)


def kind_shown(conversation: Conversation) -> str | None:
    """The kind of the question whose panel is shown; None before the first."""
    entry = conversation.find(conversation.selected)
    return kind_of(entry.turn.options) if entry and entry.turn else None
