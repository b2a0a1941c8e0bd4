"""Finds numbers and dates in a text, with their units or currencies."""

import re
from collections.abc import Iterator

from estimators.text.quantities import MONTHS, NUMBER_WORDS, SCALES, UNITS

Span = tuple[int, int]

_DIGITS = r"(?:[-−](?=\d))?\d{1,3}(?:[,   ]\d{3})+(?:\.\d+)?|(?:[-−](?=\d))?\d+(?:[.,:/]\d+)*"
_CURRENCY = r"(?:US\s?)?[$€£¥₹]\s?"
_SCALE = "|".join(SCALES)
_FURTHER_UNITS = (
    r"square|cubic|light[- ]years?|degrees?(?:\s+(?:Celsius|Fahrenheit))?|°(?:\s?[CFK]\b)?|per\s+cent|dollars?|euros?|"
    r"pounds?|yen|cents?|francs?|rupees?|watts?|volts?|amperes?|ohms?|hertz|joules?|newtons?|pascals?|bits?|bytes?|"
    r"[kMGT]?(?:Hz|W|B|J|Pa|eV)|"
    r"[kcm]?m[²³23]?/?[sh]?|mph|BCE?|CE|AD|a\.m\.|p\.m\.|AM|PM|o['’]clock|USD|EUR|GBP|bar|atm|calories|kcal"
)
_UNIT = "|".join(sorted((re.escape(unit) for unit in UNITS if len(unit) > 1), key=len, reverse=True))
_WITH_UNIT = (
    rf"(?:[\s-]?(?:{_SCALE})\b)?(?:\s?(?:%|(?:(?:{_FURTHER_UNITS}|(?i:{_UNIT})|[CFKgls])(?![\w°]))"
    r"(?:\s+per\s+\w+|/\w+)?)){0,2}"
)
_ORDINAL = r"(?:st|nd|rd|th)\b(?:\s+(?:century|centuries))?(?:\s+BCE?)?"
_NUMBER = re.compile(
    rf"(?<![\w.])(?:AD\s)?(?:{_CURRENCY})?(?:{_DIGITS})(?:{_ORDINAL}|(?:\s?[–-]\s?(?:{_CURRENCY})?\d[\d.,]*(?<=\d))?(?![\d²³])(?:{_WITH_UNIT}))"
)
_MONTH = "|".join(MONTHS)
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_YEAR = r"\d{3,4}(?:\s+(?:BCE?|CE|AD))?"
_DATE = re.compile(
    rf"\b(?:(?:the\s+)?{_DAY}\s+(?:of\s+)?)?(?:{_MONTH})\b(?:\s+(?:the\s+)?{_DAY}(?!\w))?(?:,?\s+(?:of\s+)?{_YEAR}(?!\w))?"
)
_WORD = "|".join(
    sorted({*NUMBER_WORDS, *SCALES} - {"first", "second", "third", "once", "zero"}, key=len, reverse=True)
)
_IN_WORDS = re.compile(
    rf"\b(?:{_WORD})(?:(?:[\s-]|\s+and\s+)(?:{_WORD}))*\b(?!\s+of\b)(?:{_WITH_UNIT})", re.I
)
_YEAR_ALONE = re.compile(
    r"(?<![\d.,])(?:\d{3,4}(?:\s+(?:BCE?|CE|AD)\b)?|\d{1,4}\s+(?:BCE?|CE|AD)\b)(?![\d%]|[.,]\d|\s+(?:km|kg))"
)


def number_spans(text: str, in_words: bool = False) -> tuple[Span, ...]:
    """Start and end of every date and number with its unit, in order; number words only if ``in_words``.

    >>> text = "On April 15, 1912 it cost $3 at 100 °C."
    >>> [text[slice(*span)] for span in number_spans(text)]
    ['April 15, 1912', '$3', '100 °C']
    """
    spans: list[Span] = []
    for pattern in (_DATE, _NUMBER, *((_IN_WORDS,) if in_words else ())):
        for match in pattern.finditer(text):
            end = match.start() + len(match.group().rstrip())
            if not any(match.start() < last and first < end for first, last in spans):
                spans.append((match.start(), end))
    return tuple(sorted(spans))


def years_within(text: str, start: int, end: int) -> Iterator[Span]:
    """The years in a part of a text: 1912 in "April 15, 1912"."""
    return (match.span() for match in _YEAR_ALONE.finditer(text, start, end))
