"""Formats confidences and bounds as percentages, and a confidence as a simple frequency."""

import math

_NOISE = 1e-9  # of a percent: 0.29 · 100 is 28.999999999999996


def percent(confidence: float) -> str:
    """A confidence in whole percent; 0 % and 100 % only where it is exactly that.

    >>> percent(0.724), percent(0.9991), percent(0.0004), percent(1.0)
    ('72 %', '> 99 %', '< 1 %', '100 %')
    """
    if 0 < confidence <= 0.005:
        return "< 1 %"
    if 0.995 <= confidence < 1:
        return "> 99 %"
    return f"{confidence * 100:.0f} %"


def frequency(confidence: float) -> str:
    """A confidence as a simple frequency, the simplest within four points, or fewer near 0 and 1.

    >>> frequency(0.72), frequency(0.98), frequency(0.5), frequency(0.03)
    ('about 3 in 4', 'almost always', 'about 1 in 2', 'about 1 in 30')
    """
    if confidence >= 0.975:
        return "almost always"
    if confidence <= 0.025:
        return "almost never"
    near = min(0.04, 0.3 * confidence, 0.3 * (1 - confidence))
    for whole in (2, 3, 4, 5, 10, 20, 30):
        part = round(confidence * whole)
        if 0 < part < whole and abs(part / whole - confidence) <= near:
            break
    return f"about {part} in {whole}"


def points_between(confidence: float, other: float) -> int:
    """The difference of two confidences in whole points, computed from the rounded percentages.

    >>> points_between(0.624, 0.816), points_between(0.9991, 0.67)  # 62 % and 82 %, > 99 % and 67 %
    (-20, 33)
    """
    return int(f"{confidence * 100:.0f}") - int(f"{other * 100:.0f}")


def at_most(bound: float, digits: int = 0) -> str:
    """An upper bound of a share in percent, rounded up so that it still holds.

    >>> at_most(0.8013), at_most(0.29), at_most(0.0004), at_most(0.8013, 1)
    ('81 %', '29 %', '1 %', '80.2 %')
    """
    return f"{math.ceil(bound * 100 * 10**digits - _NOISE) / 10**digits:.{digits}f} %"


def at_least(bound: float, digits: int = 0) -> str:
    """A lower bound of a share in percent, rounded down so that it still holds.

    >>> at_least(0.8099), at_least(0.29), at_least(0.8099, 1)
    ('80 %', '29 %', '80.9 %')
    """
    return f"{math.floor(bound * 100 * 10**digits + _NOISE) / 10**digits:.{digits}f} %"
