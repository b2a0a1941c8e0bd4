"""The assessment of an answer in somebody's chat, by the best means at hand."""

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage

from chains.assess import assess
from chains.engines.absent import unknown_model
from chains.identity import identity
from chains.messages import to_langchain
from chains.pipeline.scorer import opened
from chains.replies import assess_answer, read_reply
from chains.settings import Settings
from chains.with_confidence import assessment_of
from estimators.types import Answer, Assessment, Message
from plugin.gradio_chat.capture import Captured
from plugin.gradio_chat.exchange import Exchange

NO_SCORES = "the chat gives no log-probabilities, and no model is named to score its text"
NOBODY_TO_ASK = "the chat's own model cannot be asked again from here"


def assess_exchange(
    exchange: Exchange,
    captured: Captured | None,
    *,
    model: BaseChatModel | None,
    score_with: str | BaseChatModel | None,
    settings: Settings,
) -> Assessment:
    """Assess an answer of a chat.

    Its own assessment comes first, then its own token probabilities, then those of ``score_with``; without any of
    them, what depends on them is missing, with the reason. ``model``: the chat's own, which can be asked about the
    answer. Raises CredenceError if ``score_with`` cannot be opened or reached.
    """
    if captured is not None and (own := assessment_of(captured.reply)):
        return own
    sent: list[BaseMessage] = to_langchain(
        (*exchange.question.history, Message("user", exchange.question.text))
    )
    answer = read_reply(captured.reply) if captured else Answer("", missing=NO_SCORES)
    if captured is not None and answer.tokens:
        name = str(captured.reply.response_metadata.get("model_name") or "the chat's model")
        return assess_answer(
            model or unknown_model(name, NOBODY_TO_ASK), list(captured.messages) or sent, answer, settings
        )
    if score_with is not None:
        return assess(opened(score_with), exchange.question, answer=exchange.answer, settings=settings)
    unscored = Answer(exchange.answer, missing=NO_SCORES)
    return assess_answer(model or unknown_model("the chat's model", NOBODY_TO_ASK), sent, unscored, settings)


def scored_by(assessment: Assessment, score_with: str | BaseChatModel | None) -> str:
    """Which model scored the text, if it is not the one that wrote it; empty if it is."""
    source = assessment.evidence.provenance
    if not source.given or score_with is None:
        return ""
    return f"Scored by {source.model}, which did not write this answer."


def shown_name(model: str | BaseChatModel) -> str:
    """The name of a scoring model, for a line of progress."""
    return model if isinstance(model, str) else str(identity(model)["model"])
