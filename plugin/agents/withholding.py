"""Deciding about an answer at a threshold of one's own, and the sentence that takes the place of a withheld answer."""

from dataclasses import replace

from langchain_core.messages import AIMessage

from chains.with_confidence import with_assessment
from estimators.abstention import compared
from estimators.percent import percent
from estimators.types import Assessment

BY_HAND = "the threshold was set by hand"


def at_threshold(assessment: Assessment, threshold: float | None) -> Assessment:
    """The assessment decided at this threshold; None, or a missing confidence, leaves the decision as it is."""
    decision = assessment.decision
    if threshold is None or decision.confidence is None:
        return assessment
    low = decision.confidence < threshold
    shown, asked = compared(decision.confidence, threshold)
    decided = replace(
        decision,
        abstain=low,
        threshold=threshold,
        reason=f"my confidence in it is {shown}, below the threshold of {asked}"
        if low
        else f"{percent(decision.confidence)} is at or above the threshold of {asked}",
        risk=None,
        promise="",
        no_promise=BY_HAND if decision.calibrated else "",
    )
    return replace(assessment, decision=decided)


def abstention(message: AIMessage, assessment: Assessment) -> AIMessage:
    """The message in the place of a withheld one; its record still has the answer."""
    sentence = f"I would rather not answer this: {assessment.decision.reason.rstrip('.')}."
    withheld = message.model_copy(update={"content": sentence, "tool_calls": [], "additional_kwargs": {}})
    return with_assessment(withheld, assessment)
