"""Reads a level of certainty in plain words, such as “High”, as a probability on a published scale.

Levels: IPCC, Guidance Notes for Lead Authors of the Fourth Assessment Report on Addressing Uncertainties (2005):
very high at least 9 in 10, high about 8, medium about 5, low about 2, very low less than 1; the end levels get their limit.
"""

import re

LEVELS = {"very high": 0.9, "high": 0.8, "medium": 0.5, "low": 0.2, "very low": 0.1}
_SAME = {"moderate": "medium"}
_REPLY = re.compile(
    r"(?:(?:[^.!?:\n]*\s)?(?:certainty|confidence)\b[^.!?:\n]*(?::|\bis)\s*)?"  # “My certainty is”
    r"(?P<level>(?:very\s+)?(?:high|low)|medium|moderate)"
    r"(?:\s+(?:degree\s+of\s+)?(?:certainty|confidence))?",
    re.I,
)


def read_level(reply: str) -> tuple[str, float] | None:
    """The level that a reply states and its probability, or None if the reply is anything else.

    >>> read_level("High.")
    ('high', 0.8)
    >>> read_level("The certainty of the answer is very low.")
    ('very low', 0.1)
    >>> read_level("High tide is at noon.") is None, read_level("The certainty is not high.") is None
    (True, True)
    """
    match = _REPLY.fullmatch(reply.strip(" \t\r\n.!*\"'“”"))
    if match is None:
        return None
    level = " ".join(match.group("level").lower().split())
    level = _SAME.get(level, level)
    return level, LEVELS[level]
