"""A long answer, sentence by sentence: the least certain one and the figures of each."""

from collections.abc import Sequence
from dataclasses import dataclass

from estimators.percent import percent
from estimators.signals.claims import ClaimReading
from ui.shown.markers import range_words


@dataclass(frozen=True, slots=True)
class WeakestSentence:
    """The least certain sentence; ``asked``: its confidence is P(True) rather than its token probability."""

    text: str
    confidence: float
    asked: bool


@dataclass(frozen=True, slots=True)
class ShownClaim:
    """One sentence with its figures and markers in words."""

    text: str
    figures: str


def weakest_sentence(readings: Sequence[ClaimReading]) -> WeakestSentence | None:
    """The first sentence with the lowest confidence; None if the answer has only one or none has a confidence."""
    scored = [reading for reading in readings if reading.confidence is not None]
    if len(readings) < 2 or not scored:
        return None
    weakest = min(scored, key=lambda reading: reading.confidence or 0.0)
    return WeakestSentence(weakest.text, weakest.confidence or 0.0, weakest.p_true is not None)


def shown_claims(readings: Sequence[ClaimReading]) -> tuple[ShownClaim, ...]:
    """Every sentence with its token probability, its weakest token, P(True) and its markers."""
    return tuple(ShownClaim(reading.text, _figures(reading)) for reading in readings)


def _figures(reading: ClaimReading) -> str:
    figures = [
        f"{name} {percent(value) if value is not None else 'missing'}"
        for name, value in (
            ("P(True)", reading.p_true),
            ("tokens", reading.tokens),
            ("weakest token", reading.minimum),
        )
    ]
    markers = [f"“{marker.text}” {range_words(marker)}" for marker in reading.markers]
    return " · ".join([*figures, *markers])
