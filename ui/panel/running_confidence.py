"""The confidence shown while an answer streams."""

from estimators.signals.token_probability import SequenceProbability
from estimators.types import Answer, Evidence, Question


def running_confidence(answer: Answer | None) -> float | None:
    """The mean token probability of an answer so far, or None before its first token."""
    if answer is None or not answer.tokens:
        return None
    return SequenceProbability()(Evidence(Question(""), answer)).confidence
