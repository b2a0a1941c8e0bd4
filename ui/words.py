"""Confidences in words."""

from estimators.markers.matcher import nearest_marker


def frequency(confidence: float) -> str:
    """A confidence as a simple frequency, the simplest within four points.

    >>> frequency(0.72), frequency(0.98), frequency(0.5)
    ('about 3 in 4', 'almost always', 'about 1 in 2')
    """
    if confidence >= 0.975:
        return "almost always"
    if confidence <= 0.025:
        return "almost never"
    for whole in (2, 3, 4, 5, 10, 20):
        part = round(confidence * whole)
        if 0 < part < whole and abs(part / whole - confidence) <= 0.04:
            break
    return f"about {part} in {whole}"


def in_words(confidence: float) -> str:
    """The epistemic marker whose human norm is closest to a confidence."""
    return nearest_marker(confidence).phrase
