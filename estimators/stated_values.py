"""What a reply states: a percentage, a number from 0 to 100, a confidence from 0 to 10, the answer before it."""

import re

from estimators.surface import opening_word

_PERCENTAGE = re.compile(r"(?<![\w.,/–-])(\d{1,3}(?:\.\d+)?)\s*(?:%|percent\b|per cent\b)", re.I)
_OTHER_SCALE = re.compile(r"\s*/|\s+out of\b")
_LEADING_NUMBER = re.compile(
    r"(?<![\w.,/-])(\d+(?:\.\d+)?)(\s*%|\s*/\s*100\b|\s+out of 100\b)?(?![\w/]|[.,]\d)"
)
_NUMBERS = re.compile(r"\d+(?:[.,]\d+)*")
_SCALE = re.compile(
    r"\b(?:(?:scale (?:of|from)|from|between)\s+\d+\s*(?:to|and|-|–)\s*\d+[,:]?|out of 100\s*,)", re.I
)  # names no value
_CONFIDENCE = re.compile(r"\bconfidence[*_`]*\s*:[^\S\n]*", re.I)
_ANSWER = re.compile(r"\banswer[*_`]*\s*:[^\S\n]*", re.I)
_TENTHS = re.compile(
    r"[ \t*_`\"'“”‘’]*(\d{1,3})(?:\s*/\s*10\b|\s+out of 10\b)?(?![\w/%]|[.,]\d|\s*(?:%|/|out of\b|percent\b))"
)


def read_percentage(reply: str) -> float | None:
    """The one percentage ("80 %", "80 percent") that a reply states, as a share, or None.

    >>> read_percentage("I would say 80%.")
    0.8
    """
    values = {float(match.group(1)) for match in _PERCENTAGE.finditer(reply)}
    return values.pop() / 100 if len(values) == 1 and max(values) <= 100 else None


def read_tenths(reply: str) -> int | None:
    """The whole number from 0 to 10 that opens what follows the “Confidence:” of a reply.

    Where a reply goes on with further answers it is the one of the first answer, the one that ``read_answer`` reads.
    None when there is none, or it is out of range, no whole number, or on another scale.

    >>> [read_tenths(f"Confidence: {text}") for text in ("7", "10/10", "**7**", "11", "0.7", "70 %", "high")]
    [7, 10, 7, None, None, None, None]
    """
    _, place = _stated(reply)
    match = _TENTHS.match(reply, place.end()) if place else None
    value = int(match.group(1)) if match else None
    return value if value is not None and value <= 10 else None


def read_answer(reply: str) -> str:
    """The answer of a reply that was asked for “Answer: …” and “Confidence: …”, each on a line.

    Without “Answer:” it is the first line that is no confidence; "" where nothing is left.

    >>> read_answer("Answer: Rome\\nConfidence: 7"), read_answer("Rome.\\nConfidence: 7"), read_answer("Confidence: 7")
    ('Rome', 'Rome.', '')
    """
    start, place = _stated(reply)
    end = place.start() if place and place.start() >= start else len(reply)
    lines = (line.strip(" \t\r*`") for line in reply[start:end].splitlines())
    return next((line for line in lines if line), "")


def _stated(reply: str) -> tuple[int, re.Match[str] | None]:
    """Where the first answer of a reply begins, and the “Confidence:” after it, else the first one before it."""
    answer = _ANSWER.search(reply)
    start = answer.end() if answer else 0
    return start, _CONFIDENCE.search(reply, start) or _CONFIDENCE.search(reply)


def read_number(reply: str) -> float | None:
    """The number that opens a reply on a 0–100 scale, or the only one in it, as a share.

    None when it is out of range, between 0 and 1, or on another scale, and when words come first and several different
    numbers after them.

    >>> read_number("85/100"), read_number("0.85"), read_number("On a scale of 0 to 100, 85")
    (0.85, None, 0.85)
    >>> read_number("85. There are 4 options."), read_number("There are 4 options, so 85.")
    (0.85, None)
    """
    reply = _SCALE.sub("", reply)
    match = _LEADING_NUMBER.search(reply)
    if match and opening_word(reply)[:1].isalpha() and len(set(_NUMBERS.findall(reply)) - {"100"}) > 1:
        return None
    if match is None or _OTHER_SCALE.match(reply, match.end()):  # "7 out of 10"
        return None
    value = float(match.group(1))
    ambiguous = 0 < value < 1 and not match.group(2)  # 0.85 may mean 0.85 % or 85 %
    return None if ambiguous or value > 100 else value / 100
