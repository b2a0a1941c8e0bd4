"""How a confidence is written."""


def percent(confidence: float) -> str:
    """A confidence as whole percent, never 0 % or 100 % unless it is exactly that.

    >>> percent(0.724), percent(0.9991), percent(0.0004), percent(1.0)
    ('72 %', '> 99 %', '< 1 %', '100 %')
    """
    if 0 < confidence <= 0.005:
        return "< 1 %"
    if 0.995 <= confidence < 1:
        return "> 99 %"
    return f"{confidence * 100:.0f} %"


def points_between(confidence: float, other: float) -> int:
    """The difference of two confidences in whole points, as anybody gets it who subtracts what is written.

    >>> points_between(0.624, 0.816), points_between(0.9991, 0.67)  # 62 % and 82 %, > 99 % and 67 %
    (-20, 33)
    """
    return int(f"{confidence * 100:.0f}") - int(f"{other * 100:.0f}")
