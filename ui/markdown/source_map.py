"""From what the parser reports to characters of the source: byte offsets, and text that differs from its source."""

from collections.abc import Callable

import numpy as np

from ui.markdown.tree import Run

_CONTINUATION = 0b10  # the two highest bits of a byte of UTF-8 that does not begin a character


def character_offsets(text: str) -> Callable[[int], int]:
    """A function from a byte offset in the text's UTF-8 to the offset of its character.

    >>> character_offsets("né!")(3)
    2
    """
    if text.isascii():
        return int
    data = np.frombuffer(text.encode(), dtype=np.uint8)
    begins = np.concatenate(([0], np.cumsum((data >> 6) != _CONTINUATION)))
    return lambda offset: int(begins[offset])


def runs_of(shown: str, source: str, start: int, end: int) -> list[Run]:
    r"""The runs of a text that the parser shows for these characters of the source.

    The text is found in the source as a subsequence (a space may stand for a line break); what lies between, such as
    backticks or the backslash of “\|”, is hidden. A text that is not found stands for its whole source.

    >>> runs_of("x|y", r"`x\|y`", 0, 6)
    [Run(start=1, end=2, text='x', colour=''), Run(start=3, end=5, text='|y', colour='')]
    >>> runs_of("&", "&amp; &lt;", 6, 10)
    [Run(start=6, end=10, text='&', colour='')]
    """
    if not shown:
        return []
    if len(shown) == end - start:
        return [Run(start, end, source[start:end])]
    if source[start] == "&" and source[end - 1] == ";":
        return [Run(start, end, shown)]
    runs: list[Run] = []
    first = position = start + _backticks(source, start, end)
    for character in shown:
        place = _next(character, source, position, end)
        if place is None:
            return [Run(start, end, shown)]
        if place > position:
            if position > first:
                runs.append(Run(first, position, source[first:position]))
            first = place
        position = place + 1
    return [*runs, Run(first, position, source[first:position])]


def _backticks(source: str, start: int, end: int) -> int:
    """How many backticks open a code span at ``start``."""
    return end - start - len(source[start:end].lstrip("`"))


def _next(character: str, source: str, position: int, end: int) -> int | None:
    place = source.find(character, position, end)
    if character == " ":
        line_break = source.find("\n", position, end)
        place = min((offset for offset in (place, line_break) if offset >= 0), default=-1)
    return place if place >= 0 else None
