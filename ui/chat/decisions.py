"""What the calibration in use decides about the answers of a conversation, anew whenever it or the accepted risk changes."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from langchain_core.language_models import BaseChatModel

from chains.calibration.apply import with_distance
from chains.calibration.store import Fit, fitting
from chains.settings import Settings
from estimators.calibration.apply import cuts, redecide
from estimators.calibration.record import kind_of
from estimators.parsing.options import find_options
from ui.chat.conversation import Conversation, Entry
from ui.risk import accepted_risk, declared_risk, risk_value


class Deciding:
    """One model with the calibration in use; ``first`` are the settings of a page in which nothing was set yet."""

    def __init__(self, model: BaseChatModel, first: Settings) -> None:
        self.model, self.first = model, first

    def fit(self) -> Fit:
        """The calibration in use, or why there is none."""
        return fitting(self.model, self.first.calibration)

    def measured(self) -> str:
        """What stands beside the model's name."""
        found = self.fit().calibration
        return f"calibrated on {found.counted}" if found else "uncalibrated"

    def leads(self, question: str) -> bool:
        """Whether the figure of this question will be a calibrated one."""
        found = self.fit().calibration
        return found is not None and found.part(kind_of(find_options(question)[1])) is not None

    def medians(self, entry: Entry) -> Mapping[str, float]:
        """The cuts between high and low signals for an answer; empty where nothing is calibrated."""
        if entry.turn is None or entry.turn.assessment is None:
            return {}
        return cuts(self.fit().calibration, entry.turn.options)

    def risk(self, conversation: Conversation, question: str | None = None) -> dict[str, Any]:
        """What the slider shows: for the answer that is selected, or for a ``question`` that is being sent."""
        kind = kind_shown(conversation) if question is None else kind_of(find_options(question)[1])
        return risk_value(self.fit(), conversation.settings or self.first, conversation.risk, kind)

    def accept(self, conversation: Conversation, at: object) -> None:
        """Take the position of the slider as the accepted risk."""
        conversation.risk = declared_risk(self.fit(), kind_shown(conversation), at, conversation.risk)

    def anew(self, conversation: Conversation) -> None:
        """Decide every answer of a conversation, all branches; the model is not asked."""
        fit = self.fit()
        for entry in conversation.entries:
            for branch in entry.branches:
                decide(branch, fit, conversation.settings or self.first, conversation.risk)

    def settle(self, entry: Entry, conversation: Conversation) -> None:
        """Decide one answer by the risk that is accepted now: it may have been moved while the model answered."""
        if entry.turn is not None and entry.turn.assessment is not None:
            decide(entry, self.fit(), conversation.settings or self.first, conversation.risk)


def decide(entry: Entry, fit: Fit, settings: Settings, chosen: float | None) -> None:
    """One answer decided; ``chosen`` is the risk that the person accepts, None before any choice."""
    turn = entry.turn
    if turn is None or turn.assessment is None:
        return
    known, risk = turn.assessment, settings.risk
    if fit.calibration is not None:
        part = fit.calibration.part(kind_of(turn.options))
        risk = accepted_risk(part, chosen, risk) if part else risk
        # Embeds the question where another calibration has come into use, and only then.
        known = with_distance(known, fit.calibration, settings.embedding)
    found = redecide(
        known, fit.calibration, rule=settings.rule, risk=risk, cost=settings.cost, threshold=settings.threshold,
        reason=fit.reason,
    )  # fmt: skip
    if found != turn.assessment:
        entry.turn = replace(turn, assessment=found)


def kind_shown(conversation: Conversation) -> str | None:
    """The kind of the question whose panel is shown; None before the first."""
    entry = conversation.find(conversation.selected)
    return kind_of(entry.turn.options) if entry and entry.turn else None
