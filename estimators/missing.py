"""A value or the reason why it is missing: never both, never neither."""

from typing import TypeVar

T = TypeVar("T")


class Missing(ValueError):
    """There is no value; the text says why and is shown in its place."""


def present(value: T | None, reason: str) -> T:
    """The value; raises Missing with the reason if it is None.

    >>> present(0.0, "it was not asked")
    0.0
    """
    if value is None:
        raise Missing(reason)
    return value


def check_value_or_reason(name: str, value: object, reason: str) -> None:
    """Raise ValueError with the name unless there is either a value or the reason why it is missing.

    >>> check_value_or_reason("distance", None, "")
    Traceback (most recent call last):
        ...
    ValueError: distance: give either a value or the reason why it is missing
    """
    if (value is None) != bool(reason):
        raise ValueError(f"{name}: give either a value or the reason why it is missing")
