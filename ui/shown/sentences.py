"""Reasons as sentences, and confidences in words."""

from estimators.markers.matcher import nearest_marker
from estimators.types import Decision

AVERAGE = "its words, on average"


def sentence(text: str) -> str:
    """A reason as a sentence; an empty one stays empty.

    >>> sentence("too few questions were measured")
    'Too few questions were measured.'
    >>> sentence("two said “It is Sydney.”")
    'Two said “It is Sydney.”'
    """
    ended = text.rstrip("”").endswith((".", "!", "?"))
    return text[:1].upper() + text[1:] + ("" if ended or not text else ".")


def in_words(decision: Decision, confidence: float) -> str:
    """A confidence as people would say it; a mean over all words of an answer is only called that."""
    if decision.signal == "sequence_probability" and not decision.calibrated:
        return AVERAGE
    return nearest_marker(confidence).phrase
