"""The tree as JSON that ui/static/markdown.js draws."""

import json
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from ui.markdown.parse import parse
from ui.markdown.tokens import NO_TOKEN, Piece, token_pieces
from ui.markdown.tree import Element, Formula, MathNode, Node


@dataclass(frozen=True, slots=True)
class _Settled:
    """The beginning of a text that more text cannot change: all blocks but the last.

    While the first line of the last block is not complete, that block may still become a part of the one before it.
    """

    text: str = ""
    tokens: int = 0  # that begin in the text; the last may reach beyond it
    rest_of_last: int = 0  # characters of the last token beyond the text
    rows: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class PageBlocks:
    """The blocks of an answer for the page.

    An element is ``{"tag": …, "children": […]}``, a piece of a token ``[index, text]``, in code with the class of its
    colour as a third part; the text of a mark is empty.
    """

    rows: list[dict[str, Any]]
    settled: _Settled = _Settled()

    @property
    def drawn(self) -> list[str]:
        """Each block as JSON text. Gradio sends the differences between updates, and miscounts deletions in nested lists."""
        return [json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in self.rows]


def page_blocks(
    text: str, tokens: Sequence[str], growing: bool = False, before: PageBlocks | None = None
) -> PageBlocks:
    """The blocks of an answer whose tokens join to ``text``; without tokens, the blocks of the text alone.

    Parameters
    ----------
    growing : the answer is still being written
    before : the blocks of a beginning of this answer; only what follows its last block is read again

    >>> page_blocks("*a*", ["*a", "*"]).rows[0]["children"]
    [{'tag': 'em', 'children': [[0, 'a'], [1, '']]}]
    """
    settled = before.settled if growing and before else _Settled()
    if not text.startswith(settled.text) or settled.tokens > len(tokens):
        settled = _Settled()
    rest = text[len(settled.text) :]
    first = settled.tokens - bool(settled.rest_of_last)
    tail = list(tokens[first:])
    if settled.rest_of_last:
        tail[0] = tail[0][-settled.rest_of_last :]
    blocks = parse(rest, growing)
    pieces = iter(token_pieces(blocks, tail))
    rows = [_element(block, pieces, first) for block in blocks]
    drawn = [*settled.rows, *rows]
    if growing and len(blocks) > 1 and "\n" in rest[blocks[-1].start :]:
        settled = _settled(settled, text, blocks[-1].start, tail, first, tuple(drawn[:-1]))
    return PageBlocks(drawn, settled)


def _settled(
    before: _Settled, text: str, start: int, tail: Sequence[str], first: int, rows: tuple[dict[str, Any], ...]
) -> _Settled:
    """What is settled when the last block begins ``start`` characters after the text that was."""
    ends = list(accumulate(map(len, tail)))
    beginning = text[: len(before.text) + start]
    complete = bisect_right(ends, start)
    begun = complete < len(ends) and (ends[complete - 1] if complete else 0) < start
    return _Settled(beginning, first + complete + begun, ends[complete] - start if begun else 0, rows)


def _element(element: Element, pieces: Iterator[list[Piece]], first: int) -> dict[str, Any]:
    children = [drawn for child in element.children for drawn in _node(child, pieces, first)]
    return {"tag": element.tag, **dict(element.attributes), "children": children}


def _node(node: Node, pieces: Iterator[list[Piece]], first: int) -> list[Any]:
    """The JSON of a node; the tokens of its pieces are counted from ``first``."""
    if isinstance(node, Element):
        return [_element(node, pieces, first)]
    own = [[index if index == NO_TOKEN else first + index, text] for index, text in next(pieces)]
    if isinstance(node, Formula):
        return [{"tag": "math", "display": node.display, "math": _math(node.math), "children": own}]
    return [[*piece, node.colour] if node.colour and piece[1] else piece for piece in own]


def _math(node: MathNode) -> list[Any]:
    """[tag, attributes, text or children]."""
    return [node.tag, dict(node.attributes), node.text or [_math(child) for child in node.children]]
