"""Reads what a reply states: a percentage, a number from 0 to 100, a confidence from 0 to 10, its answer."""

import re

from estimators.parsing.label_probs import opening_word
from estimators.text.quantities import NUMBER_WORDS

_DIGITS = r"[1-9]\d{0,2}(?:,\d{3})+(?!\d)|\d+(?:[.,]\d+)?"
_WORDS = "|".join(
    word for word, value in NUMBER_WORDS.items() if value >= 1 and not word.endswith(("th", "st", "nd", "rd"))
)
_COUNT = rf"(?:{_DIGITS}|(?i:{_WORDS}|hundred|thousand)\b)"
_PERCENT = r"(?:%|percent\b|per\s+cent\b)"
_PERCENTAGE = re.compile(rf"(?<![\w.,/–-])({_DIGITS})\s*{_PERCENT}", re.I)
_RATIO = re.compile(
    rf"(?<![\w.,/-])({_COUNT})\s*(?:/\s*|(?:chances?\s+)?(?:out\s+of|in|of)\s+(?:every\s+)?)({_COUNT})(?![\w/%]|[.,]\d|\s*{_PERCENT})",
    re.I,
)
_OTHER_SCALE = re.compile(r"\s*/|\s+out of\b")
_LEADING_NUMBER = re.compile(rf"(?<![\w.,/-])({_DIGITS})(\s*{_PERCENT})?(?![\w/]|[.,]\d)", re.I)
_NUMBERS = re.compile(r"\d+(?:[.,]\d+)*")
_SCALE = re.compile(
    r"\b(?:(scale (?:of|from)|from|between)\s+\d+\s*(?:to|and|-|–)\s*(\d+)[,:]?|out of 100\s*,)", re.I
)  # describes the scale, states no value
_CONFIDENCE = re.compile(r"\bconfidence[*_`]*\s*:[^\S\n]*", re.I)
_ANSWER = re.compile(r"\banswer[*_`]*\s*:[^\S\n]*", re.I)
_TENTHS = re.compile(
    r"[ \t*_`\"'“”‘’]*(\d{1,3})(?:\s*/\s*10\b|\s+out of 10\b)?(?![\w/%]|[.,]\d|\s*(?:%|/|out of\b|percent\b))"
)


def read_percentage(reply: str) -> float | None:
    """The only percentage ("80 %", "80 percent") in a reply, as a share, or None.

    >>> read_percentage("I would say 80%.")
    0.8
    """
    values = {_value(match.group(1)) for match in _PERCENTAGE.finditer(reply)}
    return values.pop() / 100 if len(values) == 1 and max(values) <= 100 else None


def read_tenths(reply: str) -> int | None:
    """The integer from 0 to 10 right after “Confidence:” in a reply.

    If a reply contains several answers, it is that of the first one, which ``read_answer`` reads.
    None if it is missing, out of range, not an integer, or on another scale.

    >>> [read_tenths(f"Confidence: {text}") for text in ("7", "10/10", "**7**", "11", "0.7", "70 %", "high")]
    [7, 10, 7, None, None, None, None]
    """
    _, place = _stated(reply)
    match = _TENTHS.match(reply, place.end()) if place else None
    value = int(match.group(1)) if match else None
    return value if value is not None and value <= 10 else None


def read_answer(reply: str) -> str:
    """The answer in a reply in the form “Answer: …” and “Confidence: …”, each on a line.

    Without “Answer:” it is the first line that is not the confidence; "" if there is none.

    >>> read_answer("Answer: Rome\\nConfidence: 7"), read_answer("Rome.\\nConfidence: 7"), read_answer("Confidence: 7")
    ('Rome', 'Rome.', '')
    """
    start, place = _stated(reply)
    end = place.start() if place and place.start() >= start else len(reply)
    lines = (line.strip(" \t\r*`") for line in reply[start:end].splitlines())
    return next((line for line in lines if line), "")


def _stated(reply: str) -> tuple[int, re.Match[str] | None]:
    """Where the first answer of a reply begins, and the “Confidence:” after it, else the first one in the reply."""
    answer = _ANSWER.search(reply)
    start = answer.end() if answer else 0
    return start, _CONFIDENCE.search(reply, start) or _CONFIDENCE.search(reply)


def read_number(reply: str) -> float | None:
    """The number or ratio ("1 in 4") at the start of a reply on a 0–100 scale, or the only one in it, as a share.

    None if it is out of range, between 0 and 1 ("0.85", "0,25"), or on another scale, or if the reply starts with
    words and contains several different numbers.

    >>> [read_number(text) for text in ("85/100", "1 in 4", "3 out of 5", "0.85", "On a scale of 0 to 100, 85")]
    [0.85, 0.25, 0.6, None, 0.85]
    >>> read_number("85. There are 4 options."), read_number("There are 4 options, so 85.")
    (0.85, None)
    """
    if any(
        (match.group(1) or "").lower().startswith("scale") and match.group(2) != "100"
        for match in _SCALE.finditer(reply)
    ):
        return None
    reply = _SCALE.sub("", reply)
    number, ratio = _LEADING_NUMBER.search(reply), _RATIO.search(reply)
    opens = ratio if ratio and (number is None or ratio.start() <= number.start()) else number
    if opens and opening_word(reply)[:1].isalpha() and _other_numbers(reply, opens):
        return None
    if ratio and opens is ratio:
        return _ratio(*ratio.groups())
    if number is None or _OTHER_SCALE.match(reply, number.end()):
        return None
    value = _value(number.group(1))
    # 0.85 may mean 0.85 % or 85 %, and 85,5 one number or two
    ambiguous = not number.group(2) and (0 < value < 1 or "," in number.group(1))
    return None if ambiguous or value > 100 else value / 100


def _other_numbers(reply: str, match: re.Match[str]) -> set[str]:
    """The numbers of a reply besides those of a match and the 100 of the scale."""
    outside = reply[: match.start()] + " " + reply[match.end() :]
    return set(_NUMBERS.findall(outside)) - set(_NUMBERS.findall(match.group())) - {"100"}


def _ratio(part: str, whole: str) -> float | None:
    """A ratio as a share; None above 1, for a zero denominator, and for a year ("90 in 2024"); "50/50" is one half."""
    a, b = _value(part), _value(whole)
    if (a, b) == (50, 50):
        return 0.5
    return (
        None if not 0 <= a <= b or b == 0 or (1900 <= b <= 2100 and "," not in whole and b != 2000) else a / b
    )


def _value(written: str) -> float:
    """A number in digits, with a decimal point or comma and commas between thousands, or a number word."""
    word = written.lower()
    if not word[0].isdigit():
        return {"hundred": 100.0, "thousand": 1000.0}.get(word) or NUMBER_WORDS[word]
    thousands = re.fullmatch(r"[1-9]\d{0,2}(?:,\d{3})+", word)
    return float(word.replace(",", "") if thousands else word.replace(",", "."))
