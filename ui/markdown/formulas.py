r"""Formulas between \(…\), \[…\] and $$…$$: found outside code and covered, so that Markdown does not read them."""

import re
from collections.abc import Iterator

MOST = 4_000  # characters of one formula
_OPENS = re.compile(r"(?<!\\)(?:\\\[|\\\(|\$\$)")
_CLOSES = {r"\[": r"\]", r"\(": r"\)", "$$": "$$"}
_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_QUOTED_LINE = re.compile(r"\n[ \t]*>[ \t]?")
COVER = "$$"  # as long as every delimiter
Spans = list[tuple[int, int]]


def may_hold_formulas(text: str) -> bool:
    """Whether the text has any of the delimiters."""
    return _OPENS.search(text) is not None


def covered(text: str, code: Spans, growing: bool = False) -> str:
    r"""The text with every formula outside ``code`` replaced by one of equal length without Markdown.

    ``growing``: a formula that is not closed yet goes on to the next blank line, or to the end.

    >>> covered(r"So \(a*b*c\).", [])
    'So $$xxxxx$$.'
    """
    pieces, position = [], 0
    for start, end in _formulas(text, code, growing):
        pieces += [text[position:start], COVER, "x" * (end - start - 4), COVER]
        position = end
    return "".join((*pieces, text[position:]))


def _formulas(text: str, code: Spans, growing: bool) -> Iterator[tuple[int, int]]:
    position = 0
    while match := _OPENS.search(text, position):
        start, position = match.span()
        if any(first <= start < last for first, last in code):
            continue
        end = _end(text, match.group(), position, growing)
        if end is not None and text[position : end - 2].strip():
            yield start, end
            position = end


def _end(text: str, opens: str, after: int, growing: bool) -> int | None:
    """Where a formula ends that opens before ``after``; None if it is none."""
    closes = text.find(_CLOSES[opens], after, after + MOST)
    blank = _BLANK_LINE.search(text, after, after + MOST)
    if closes >= 0 and (opens == r"\[" or blank is None or closes < blank.start()):
        return closes + 2
    if not growing or opens == r"\(" or len(text) - after > MOST:
        return None
    return blank.start() if blank else len(text)


def is_closed(formula: str) -> bool:
    """Whether a formula ends with the delimiter that closes it."""
    return len(formula) < 4 or formula.endswith(_CLOSES.get(formula[:2], ""))


def latex_of(formula: str) -> str:
    r"""The LaTeX between the delimiters of a formula, without the signs of a quotation.

    >>> latex_of("$$a\n> + b$$"), latex_of("$x$")
    ('a\n+ b', 'x')
    """
    width = 1 if formula.startswith("$") and not formula.startswith("$$") else 2
    return _QUOTED_LINE.sub("\n", formula[width:-width])
