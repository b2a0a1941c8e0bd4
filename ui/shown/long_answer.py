"""What the page says about a long answer: how much of it was judged, and what its figure means."""

from dataclasses import dataclass

from chains.pipeline.turn import Turn
from estimators.percent import percent


@dataclass(frozen=True, slots=True)
class ShownClaims:
    """How many sentences were judged, in words; ``rest``: how many were not; ``whole``: what the figure means."""

    words: str
    rest: int
    whole: str


def shown_claims(turn: Turn, more: bool = True) -> ShownClaims | None:
    """What is said below a long answer; None below a short one, or before its sentences were judged.

    ``more``: whether the other sentences can be judged now.
    """
    total = len(turn.reading.claimed)
    judged = [claim.p_true for claim in turn.reading.claims if claim.p_true is not None]
    if turn.assessment is None or total < 2 or not turn.reading.claims:
        return None
    asked = len(turn.reading.claims)
    words = f"All {total} sentences judged" if asked >= total else f"{asked} of {total} sentences judged"
    if unread := asked - len(judged):
        words += f", {unread} of them without a result"
    return ShownClaims(words, max(0, total - asked) if more else 0, _whole(turn, judged))


def _whole(turn: Turn, judged: list[float]) -> str:
    """What the confidence means for a long answer, which is right only if all of it is."""
    confidence = turn.assessment.decision.confidence if turn.assessment else None
    if not judged:
        return ""
    weakest = f"its weakest judged sentence gets {percent(min(judged))}"
    if confidence is None:
        return f"A long answer is right only if every sentence is: {weakest}."
    calibrated = turn.assessment is not None and turn.assessment.decision.calibrated
    whole = "for the answer as a whole" if calibrated else "the average of its words"
    meant = f"{percent(confidence)} is {whole}; {weakest}."
    return f"{meant} A long answer is right only if every sentence is."
