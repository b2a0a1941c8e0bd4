"""The six-step certainty scale: its labels, their values, and how a reply is read.

Reference: Kumar et al. (2024), arXiv 2405.16282.
"""

import re

# digit on the prompt's scale → (label, confidence)
LIKERT: dict[str, tuple[str, float]] = {
    "6": ("very certain", 1.0),
    "5": ("fairly certain", 0.8),
    "4": ("moderately certain", 0.6),
    "3": ("somewhat certain", 0.4),
    "2": ("not certain", 0.2),
    "1": ("very uncertain", 0.0),
}
_VALUES = {label: value for label, value in LIKERT.values()}
_LABELS = re.compile(
    r"\b("
    + "|".join(sorted((re.sub(" ", r"\\s+", label) for label in _VALUES), key=len, reverse=True))
    + r")\b",
    re.I,
)
_NUMBER = re.compile(r"(?<![\w.,])-?\d+(?:[.,]\d+)?(?:\s*(?:%|/|out of\b))?")
_OTHER_NEGATION = re.compile(r"(?:\b(?:not|cannot|never)|n['’]t)\s+(?:be\s+)?$", re.I)


def read_likert(reply: str, digits: bool = True) -> tuple[str, float] | None:
    """The label that a reply states and its value, or None when it states none.

    Longest label first on word boundaries; a digit of the scale counts when it
    is the reply's only number, unless ``digits`` is False as the scale was not
    shown. Two different labels are no answer.

    >>> read_likert("Very uncertain.")
    ('very uncertain', 0.0)
    >>> read_likert("The answer is 5.")
    ('fairly certain', 0.8)
    >>> read_likert("not very certain") is None
    True
    """
    found = {
        " ".join(match.group(1).lower().split())
        for match in _LABELS.finditer(reply)
        if not _OTHER_NEGATION.search(reply[: match.start()])
    }
    numbers = set(_NUMBER.findall(reply)) if digits else set()
    if len(numbers) == 1 and (digit := numbers.pop()) in LIKERT:
        found.add(LIKERT[digit][0])
    if len(found) != 1:
        return None
    label = found.pop()
    return label, _VALUES[label]
