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
    of = f"its {asked} sentences" if asked >= total else f"{asked} of its {total} sentences"
    words = f"The model was asked whether {of} are true"
    if unread := asked - len(judged):
        words += f", {unread} of them without a result"
    if judged:
        words += f"; its least sure reply was {percent(min(judged))} yes"
    return ShownClaims(words, max(0, total - asked) if more else 0, _whole(turn) if judged else "")


def _whole(turn: Turn) -> str:
    """What the confidence of a long answer means, beside that of its sentences."""
    decision = turn.assessment.decision if turn.assessment else None
    if decision is None or decision.confidence is None:
        return ""
    figure = percent(decision.confidence)
    if decision.calibrated:
        return f"The {figure} is for the answer as a whole."
    return f"The {figure} is how sure it was of its wording."
