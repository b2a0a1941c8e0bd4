"""Decisions about the answers of a conversation, repeated when the calibration or the accepted risk changes."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from langchain_core.language_models import BaseChatModel

from chains.calibration.apply import with_distance
from chains.calibration.fitting import Fit, fitting
from chains.settings import Settings
from estimators.calibration.apply import cuts, redecide
from estimators.calibration.record import kind_of
from estimators.parsing.options import find_options
from ui.chat.conversation import Conversation, Entry
from ui.risk import accepted_risk, declared_risk, risk_value


class Decisions:
    """One model with the calibration in use; ``first`` are the initial settings of a page."""

    def __init__(self, model: BaseChatModel, first: Settings) -> None:
        self.model, self.first = model, first

    def fit(self) -> Fit:
        """The calibration in use, or why there is none."""
        return fitting(self.model, self.first.calibration)

    def calibration_line(self) -> str:
        """The calibration state, shown next to the model's name."""
        calibration = self.fit().calibration
        return f"calibrated on {calibration.counted}" if calibration else "uncalibrated"

    def will_calibrate(self, question: str) -> bool:
        """Whether this question will get a calibrated confidence."""
        calibration = self.fit().calibration
        return calibration is not None and calibration.part(kind_of(find_options(question)[1])) is not None

    def medians(self, entry: Entry) -> Mapping[str, float]:
        """The cuts between high and low signals for an answer; empty if uncalibrated."""
        if entry.turn is None or entry.turn.assessment is None:
            return {}
        return cuts(self.fit().calibration, entry.turn.options)

    def risk(self, conversation: Conversation, question: str | None = None) -> dict[str, Any]:
        """The slider for the selected answer, or for a ``question`` that is being sent."""
        kind = kind_shown(conversation) if question is None else kind_of(find_options(question)[1])
        return risk_value(self.fit(), conversation.settings or self.first, conversation.risk, kind)

    def accept(self, conversation: Conversation, at: object) -> None:
        """Set the accepted risk to a slider position."""
        conversation.risk = declared_risk(self.fit(), kind_shown(conversation), at, conversation.risk)

    def redecide_all(self, conversation: Conversation) -> None:
        """Redecide every answer, including all branches; the model is not asked."""
        fit = self.fit()
        for entry in conversation.entries:
            for branch in entry.branches:
                decide(branch, fit, conversation.settings or self.first, conversation.risk)

    def redecide(self, entry: Entry, conversation: Conversation) -> None:
        """Redecide one answer with the current risk, which may have changed while the model answered."""
        if entry.turn is not None and entry.turn.assessment is not None:
            decide(entry, self.fit(), conversation.settings or self.first, conversation.risk)


def decide(entry: Entry, fit: Fit, settings: Settings, chosen: float | None) -> None:
    """Decide one answer; ``chosen`` is the accepted risk, None before any choice."""
    turn = entry.turn
    if turn is None or turn.assessment is None:
        return
    assessment, risk = turn.assessment, settings.risk
    if fit.calibration is not None:
        part = fit.calibration.part(kind_of(turn.options))
        risk = accepted_risk(part, chosen, risk) if part else risk
        # Embeds the question only if another calibration has come into use.
        assessment = with_distance(assessment, fit.calibration, settings.embedding)
    decided = redecide(
        assessment, fit.calibration, rule=settings.rule, risk=risk, cost=settings.cost, threshold=settings.threshold,
        reason=fit.reason,
    )  # fmt: skip
    if decided != turn.assessment:
        entry.turn = replace(turn, assessment=decided)


def kind_shown(conversation: Conversation) -> str | None:
    """The kind of the question whose panel is shown; None before the first question."""
    entry = conversation.find(conversation.selected)
    return kind_of(entry.turn.options) if entry and entry.turn else None
