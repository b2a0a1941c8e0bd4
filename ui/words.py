"""How a confidence is put into words."""

from fractions import Fraction

from estimators.markers import nearest_marker


def frequency(confidence: float) -> str:
    """A confidence as the nearest simple frequency.

    >>> frequency(0.72), frequency(0.98), frequency(0.5)
    ('about 3 in 4', 'almost always', 'about 1 in 2')
    """
    if confidence >= 0.975:
        return "almost always"
    if confidence <= 0.025:
        return "almost never"
    candidates = {Fraction(n, d) for d in (2, 3, 4, 5, 10, 20) for n in range(1, d)}
    nearest = min(candidates, key=lambda share: (abs(float(share) - confidence), share.denominator))
    return f"about {nearest.numerator} in {nearest.denominator}"


def in_words(confidence: float) -> str:
    """The marker whose human norm lies nearest to a confidence."""
    return nearest_marker(confidence).phrase
