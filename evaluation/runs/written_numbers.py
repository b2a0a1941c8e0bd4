"""Reads confidences as people write them: from 0 to 1, as percentages, or with decimal commas."""

import math
import re
from dataclasses import dataclass

MISSING = {"", "na", "n/a", "none", "null"}
_COMMA = re.compile(r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?")


class BadNumber(ValueError):
    """A text that is not a confidence on this scale; the message says what to write, or which option reads it."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How a file writes its confidences. Nothing is guessed: 1 may mean 100 % or 1 %, and 1,5 may be two fields."""

    percent: bool = False  # from 0 to 100, with or without %
    decimal_comma: bool = False  # 0,85


SHARES = Scale()  # from 0 to 1, with a decimal point


def share(column: str, text: str, scale: Scale = SHARES) -> float:
    """The share in [0, 1] that a field holds; nan if it is empty. Raises BadNumber.

    >>> share("p", "0.85"), share("p", "85 %", Scale(percent=True)), share("p", "8,5", Scale(True, True))
    (0.85, 0.85, 0.085)
    """
    bare = text.strip()
    if bare.lower() in MISSING:
        return math.nan
    signed = bare.endswith("%")
    digits = bare.removesuffix("%").rstrip()
    if signed and not scale.percent:
        raise BadNumber(f"{column} is {text!r}, a percentage: use --percent.{_comma_too(digits, scale)}")
    if scale.decimal_comma and "." in digits:
        raise BadNumber(f"{column} is {text!r}: with --decimal-comma, decimals follow a comma.")
    if not scale.decimal_comma and _COMMA.fullmatch(digits):
        more = " For percentages, use --percent as well." if _beyond(digits, scale) else ""
        raise BadNumber(f"{column} is {text!r}, with a decimal comma: use --decimal-comma.{more}")
    try:
        value = float(digits.replace(",", ".") if scale.decimal_comma else digits)
    except ValueError:
        top = 100 if scale.percent else 1
        raise BadNumber(f"{column} is {text!r}: write a number from 0 to {top}, or leave it empty.") from None
    return _checked(column, text, value, scale)


def _checked(column: str, text: str, value: float, scale: Scale) -> float:
    top = 100.0 if scale.percent else 1.0
    if 0.0 <= value <= top:
        return value / 100 if scale.percent else value
    hint = ""
    if math.isnan(value):
        hint = " Leave it empty if it is missing."
    elif 1 < value <= 100:
        hint = " If these are percentages, use --percent."
    raise BadNumber(f"{column} is {text.strip()}, which is not from 0 to {top:g}.{hint}")


def _comma_too(digits: str, scale: Scale) -> str:
    return (
        " For the decimal comma, use --decimal-comma as well."
        if _COMMA.fullmatch(digits) and not scale.decimal_comma
        else ""
    )


def _beyond(digits: str, scale: Scale) -> bool:
    return not scale.percent and float(digits.replace(",", ".")) > 1
