"""The tokens of an answer on its Markdown tree: every token is a piece of visible text, or a mark beside one.

A token that shows nothing of its own, such as ``**``, a fence or the bars of a table, becomes a mark: before the first
text of the element that it opens, otherwise after the text that precedes it.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from operator import itemgetter
from typing import TypeAlias

from ui.markdown.tree import Element, Formula, Node, Run

NO_TOKEN = -1  # the index of a piece of a text without tokens
Piece: TypeAlias = tuple[int, str]  # index of the token, and what it shows: "" for a mark
Place: TypeAlias = Run | Formula


@dataclass(frozen=True, slots=True)
class _Slot:
    """A place of the tree in which tokens can be shown; ``opens``: where the outermost element begins that it opens."""

    place: Place
    opens: int


def token_pieces(blocks: Sequence[Element], tokens: Sequence[str]) -> list[list[Piece]]:
    """The pieces of every run and formula of a tree, in document order; those of a formula are marks.

    ``tokens`` join to the source. Without tokens a run is one piece.
    """
    slots = _slots(blocks)
    if not tokens:
        return [[(NO_TOKEN, slot.place.text)] if isinstance(slot.place, Run) else [] for slot in slots]
    ends = list(accumulate(map(len, tokens)))
    starts = [0, *ends[:-1]]
    pieces = [_cut(slot.place, starts, ends) for slot in slots]
    shown = {index for cut in pieces for index, _ in cut}
    for index, start in enumerate(starts):
        if index not in shown and slots:
            pieces[_neighbour(slots, start)].append((index, ""))
    for cut in pieces:
        cut.sort(key=itemgetter(0))
    return pieces


def _cut(place: Place, starts: Sequence[int], ends: Sequence[int]) -> list[Piece]:
    """What the tokens show of a place."""
    pieces: list[Piece] = []
    index = first = bisect_right(ends, place.start)
    while index < len(ends) and starts[index] < place.end:
        text = _text(place, starts[index], ends[index], index == first)
        if text or isinstance(place, Formula):
            pieces.append((index, text))
        index += 1
    return pieces


def _neighbour(slots: Sequence[_Slot], start: int) -> int:
    """The slot beside which a token that shows nothing gets its mark."""
    number = bisect_right(slots, start, key=lambda slot: slot.place.start) - 1
    following = number + 1
    if following < len(slots) and (number < 0 or start >= slots[following].opens):
        return following
    return number


def _text(place: Place, start: int, end: int, first: bool) -> str:
    """What a token from ``start`` to ``end`` shows of a place."""
    if isinstance(place, Formula):
        return ""
    if not place.literal:
        return place.text if first else ""
    return place.text[max(start - place.start, 0) : max(end - place.start, 0)]


def _slots(blocks: Sequence[Element]) -> list[_Slot]:
    """The runs and formulas in document order; every element has one, if only an empty run."""
    slots: list[_Slot] = []
    path: list[Element] = []
    previous: list[Element] = []

    def visit(node: Node) -> None:
        nonlocal previous
        if isinstance(node, Element):
            path.append(node)
            for child in node.children:
                visit(child)
            path.pop()
            return
        opened = next((element for element in path if not any(element is old for old in previous)), None)
        slots.append(_Slot(node, opened.start if opened else node.start))
        previous = list(path)

    for block in blocks:
        visit(block)
    return slots
