"""Splits a text into sentences and returns their positions."""

import re

_END = re.compile(r"[.!?…。！？]+[\"'”’)\]]*(?=\s|$)|\n+")
_ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|vs|etc|Dr|Mr|Mrs|Ms|St|No|approx|ca)|\b[A-Z])\.$")


def sentence_spans(text: str) -> tuple[tuple[int, int], ...]:
    """Start and end of every sentence, without surrounding white space.

    >>> sentence_spans("It is. Is it?")
    ((0, 6), (7, 13))
    """
    spans, start = [], 0
    for match in _END.finditer(text):
        if _ABBREVIATION.search(text[start : match.end()]) and match.end() < len(text):
            continue
        spans.append((start, match.end()))
        start = match.end()
    spans.append((start, len(text)))
    trimmed = []
    for first, last in spans:
        piece = text[first:last]
        if piece.strip():
            trimmed.append((first + len(piece) - len(piece.lstrip()), first + len(piece.rstrip())))
    return tuple(trimmed)
