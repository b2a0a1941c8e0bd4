"""Markdown as a tree: reads the parser's events, which name their places in the source."""

from typing import Any

import pyromark
from pyromark import Options

from ui.markdown.builder import Builder
from ui.markdown.formulas import Spans, covered, may_hold_formulas
from ui.markdown.source_map import character_offsets
from ui.markdown.tree import Element, Run
from ui.markdown.unfinished import completed

MOST = 400_000  # characters; a longer text is shown as it is
_PARSER = pyromark.Markdown(
    options=Options.ENABLE_TABLES
    | Options.ENABLE_STRIKETHROUGH
    | Options.ENABLE_TASKLISTS
    | Options.ENABLE_MATH
)
_SURROGATES = dict.fromkeys(range(0xD800, 0xE000), "\N{REPLACEMENT CHARACTER}")


def parse(text: str, growing: bool = False) -> tuple[Element, ...]:
    """The blocks of a Markdown text; raw HTML stays text.

    ``growing``: the text is still being written, and what is open at its end is shown as if it were closed.

    >>> [(block.tag, block.start, block.end) for block in parse("# A\\n\\nb")]
    [('h1', 0, 4), ('p', 5, 6)]
    """
    source = text.translate(_SURROGATES)
    if len(source) > MOST:
        return (_as_it_is(source, 0, len(source)),)
    read = covered(source, _code(source), growing) if may_hold_formulas(source) else source
    kept, closing = completed(read) if growing else (read, "")
    builder = Builder(source, read, len(kept), growing)
    offset = character_offsets(kept + closing)
    for event, place in _PARSER.events_with_range(kept + closing):
        builder.add(event, offset(place["start"]), offset(place["end"]))
    return tuple(_with_the_rest(builder.blocks, source, len(kept)))


def _code(text: str) -> Spans:
    """Where the text has code, in which no formula begins."""
    spans, offset = [], character_offsets(text)
    for event, place in _PARSER.events_with_range(text):
        if isinstance(event, dict) and ("Code" in event or _begins_code_block(event)):
            spans.append((offset(place["start"]), offset(place["end"])))
    return spans


def _begins_code_block(event: Any) -> bool:
    tag = event.get("Start")
    return isinstance(tag, dict) and "CodeBlock" in tag


def _with_the_rest(blocks: list[Element], source: str, limit: int) -> list[Element]:
    """The blocks, and as paragraphs what is in none of them, such as definitions of links."""
    complete: list[Element] = []
    position = 0
    for block in blocks:
        if source[position : block.start].strip():
            complete.append(_as_it_is(source, position, block.start))
        complete.append(block)
        position = block.end
    if source[position:limit].strip():
        complete.append(_as_it_is(source, position, limit))
    return complete or ([_as_it_is(source, 0, len(source))] if source else [])


def _as_it_is(source: str, start: int, end: int) -> Element:
    """A paragraph of the source itself, without the line breaks around it."""
    text = source[start:end]
    if text.strip():
        start, end = start + len(text) - len(text.lstrip("\n")), start + len(text.rstrip("\n"))
    return Element("p", start, end, (Run(start, end, source[start:end]),))
