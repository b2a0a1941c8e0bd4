"""The six-step certainty scale: its labels, their values, and how to read a reply.

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
_NAMED = r"[^\d\n.]*?\b(?:answer|mark|digit|choice|rating|rate|certainty|confidence|say|choose|pick|give)\b[^\d\n.]*?"
_MARK = re.compile(
    rf"(?:[-–•]\s)?[\s*_`#>~\"'“”‘’«»(\[]*(?:{_NAMED}(?<![\w.,+-]))?"  # nothing, or “The answer is”
    r"([1-6])[*_`\"'“”’»)\]]*"
    r"(?!\W*\d)(?=\s*$|\s*\n|[.,;:!?]|\s*=|\s*[–—-]+\s|\s+(?:very|fairly|moderately|somewhat|not)\b)"
)
_OTHER_NEGATION = re.compile(r"(?:\b(?:not|cannot|never)|n['’]t)\s+(?:be\s+)?$", re.I)


def read_likert(reply: str, digits: bool = True) -> tuple[str, float] | None:
    """The label that a reply states and its value, or None.

    Longest label first, on word boundaries. A digit of the scale counts if it
    opens the reply on its own or the reply names it as its answer, unless
    ``digits`` is False because the scale was not shown. Two different labels
    are no answer.

    >>> read_likert("Very uncertain.")
    ('very uncertain', 0.0)
    >>> read_likert("**5**"), read_likert("The answer is 5.")
    (('fairly certain', 0.8), ('fairly certain', 0.8))
    >>> [read_likert(reply) for reply in ("not very certain", "50 %", "It has 5 legs.")]
    [None, None, None]
    """
    labels = {
        " ".join(match.group(1).lower().split())
        for match in _LABELS.finditer(reply)
        if not _OTHER_NEGATION.search(reply[: match.start()])
    }
    if digits and (mark := _MARK.match(reply)):
        labels.add(LIKERT[mark.group(1)][0])
    if len(labels) != 1:
        return None
    label = labels.pop()
    return label, _VALUES[label]
