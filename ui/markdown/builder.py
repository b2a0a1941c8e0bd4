"""Builds the tree from the parser's events."""

from dataclasses import dataclass, field
from typing import Any

from ui.markdown.code_colours import colours
from ui.markdown.formulas import is_closed, latex_of
from ui.markdown.links import bare_addresses, destination, host_to_show
from ui.markdown.mathml import mathml
from ui.markdown.source_map import runs_of
from ui.markdown.tree import Attributes, Element, Formula, Node, Run, visible_text

MOST_DEEP = 40  # elements within each other; deeper ones are left out, and their text is kept
_PLAIN_TAGS = {
    "Paragraph": "p",
    "HtmlBlock": "p",
    "Item": "li",
    "TableHead": "tr",
    "TableRow": "tr",
    "Emphasis": "em",
    "Strong": "strong",
    "Strikethrough": "del",
}
_LINE_BREAKS = {"<br>", "<br/>", "<br />"}
CODE_BLOCK = "pre"


@dataclass(slots=True)
class _Open:
    """An element whose end has not come; without a tag it only passes its children on."""

    tag: str
    start: int
    end: int
    about: dict[str, str] = field(default_factory=dict)
    children: list[Node] = field(default_factory=list)


class Builder:
    """Takes events in order and keeps the finished blocks.

    Parameters
    ----------
    source : the text that is shown
    read : the text that was parsed, as long as ``source``; they differ where formulas are covered
    limit : what the parser reports after this character is not in the source
    growing : more text will follow
    """

    def __init__(self, source: str, read: str, limit: int, growing: bool = False) -> None:
        self.blocks: list[Element] = []
        self._source, self._read, self._limit, self._growing = source, read, limit, growing
        self._opened: list[_Open] = []
        self._alignments: tuple[str, ...] = ()

    def add(self, event: Any, start: int, end: int) -> None:
        """The next event, with its characters."""
        kind, value = next(iter(event.items())) if isinstance(event, dict) else (event, "")
        if kind == "Start":
            self._start(value, start, end)
        elif kind == "End":
            self._end()
        else:
            self._leaf(kind, value, start, end)

    # ---- elements -----------------------------------------------------------

    def _start(self, value: Any, start: int, end: int) -> None:
        name, data = next(iter(value.items())) if isinstance(value, dict) else (value, None)
        tag, about = self._described(name, data)
        if len(self._opened) >= MOST_DEEP and tag not in ("tr", "td", "th"):
            tag = ""
        self._opened.append(_Open(tag, start, end, about))

    def _described(self, name: str, data: Any) -> tuple[str, dict[str, str]]:
        """The tag of an element, and its attributes."""
        if name in _PLAIN_TAGS:
            return _PLAIN_TAGS[name], {"head": "true"} if name == "TableHead" else {}
        if name == "Heading":
            return data["level"].lower(), {}
        if name == "BlockQuote":
            return "blockquote", {}
        if name == "List":
            return ("ul", {}) if data is None else ("ol", {"start": str(data)})
        if name == "CodeBlock":
            info = data["Fenced"].split() if isinstance(data, dict) else []
            return CODE_BLOCK, {"language": info[0].strip("{}.")[:40]} if info else {}
        if name == "Table":
            self._alignments = data
            return "table", {}
        if name == "TableCell":
            return self._cell()
        if name in ("Link", "Image"):
            in_link = any(element.tag == "a" for element in self._opened)
            return "" if in_link else "a", {
                "href": data["dest_url"],
                "image": "true" if name == "Image" else "",
            }
        return "", {}

    def _cell(self) -> tuple[str, dict[str, str]]:
        row = self._opened[-1]
        column = sum(isinstance(child, Element) for child in row.children)
        alignment = self._alignments[column] if column < len(self._alignments) else "None"
        return "th" if row.about else "td", {} if alignment == "None" else {"align": alignment.lower()}

    def _end(self) -> None:
        element = self._opened.pop()
        end = min(element.end, self._limit)
        if element.start >= self._limit and element.tag not in ("td", "th"):
            return
        if element.tag == CODE_BLOCK:
            element.children = list(self._coloured(element))
        elif element.tag and not any(opened.tag == "a" for opened in (*self._opened, element)):
            element.children = list(_with_bare_links(element.children))
        for node in self._closed(element, end):
            self._append(node)

    def _closed(self, element: _Open, end: int) -> list[Node]:
        children = tuple(element.children)
        if element.tag == "a":
            return self._link(element, children, end)
        if not element.tag:
            return element.children
        attributes = tuple(sorted(element.about.items())) if element.tag != "tr" else ()
        return [
            Element(element.tag, element.start, end, children or (_empty(element.start, end),), attributes)
        ]

    def _link(self, element: _Open, children: tuple[Node, ...], end: int) -> list[Node]:
        """A link, its source if it may not be one, or only its text while its address is being written."""
        if element.end > self._limit:
            return list(children)
        address = element.about["href"]
        if "@" in address and ":" not in address:
            address = f"mailto:{address}"
        if destination(address) is None or self._covered(element.start, end):
            return [Run(element.start, end, self._source[element.start : end])]
        text = visible_text(children)
        if not text.strip():
            text = "image" if element.about["image"] else destination(address) or ""
            children = (Run(element.start, end, text),)
        return [Element("a", element.start, end, children, link_attributes(address, text))]

    def _covered(self, start: int, end: int) -> bool:
        return self._source[start:end] != self._read[start:end]

    def _coloured(self, element: _Open) -> list[Run]:
        """The runs of a code block, cut where the colour changes; the last line break shows nothing."""
        runs = [child for child in element.children if isinstance(child, Run)]
        code = "".join(run.text for run in runs)
        visible = len(code) - code.endswith("\n")
        growing = self._growing and element.end >= self._limit
        pieces = colours(element.about.get("language", ""), code, growing)
        coloured: list[Run] = []
        position = index = 0
        for run in runs:
            after = min(position + len(run.text), visible)
            if not run.literal:
                coloured.append(run)
                position += len(run.text)
                continue
            shift = run.start - position
            while position < after:
                while index < len(pieces) and pieces[index][1] <= position:
                    index += 1
                first, last, colour = pieces[index] if index < len(pieces) else (after, after, "")
                inside = first <= position
                until = min(after, last if inside else first)
                text = self._source[position + shift : until + shift]
                coloured.append(Run(position + shift, until + shift, text, colour if inside else ""))
                position = until
            position = max(position, after)
        return coloured

    # ---- leaves -------------------------------------------------------------

    def _leaf(self, kind: str, value: Any, start: int, end: int) -> None:
        if start >= self._limit:
            return
        cut, end = end > self._limit, min(end, self._limit)
        if kind in ("Text", "Html"):
            for run in self._runs("" if cut else value, start, end):
                self._append(run)
        elif kind == "Code":
            self._append(Element("code", start, end, tuple(self._runs(value, start, end))))
        elif kind in ("InlineMath", "DisplayMath"):
            self._append(self._formula(start, end))
        elif kind in ("SoftBreak", "HardBreak"):
            self._append(Run(start, end, "\n"))
        elif kind == "TaskListMarker":
            self._append(Run(start, end, "☑ " if value else "☐ "))
        elif kind == "Rule":
            self._append(Element("hr", start, end, (_empty(start, end),)))
        elif kind == "InlineHtml" and value in _LINE_BREAKS:
            self._append(Run(start, end, "\n"))
        else:
            self._append(Run(start, end, self._source[start:end]))

    def _runs(self, shown: str, start: int, end: int) -> list[Run]:
        if not shown or self._covered(start, end):
            return [Run(start, end, self._source[start:end])]
        return runs_of(shown, self._source, start, end)

    def _formula(self, start: int, end: int) -> Node:
        """The formula, or its source if it is unfinished, cannot be read or is an amount of money."""
        text = self._source[start:end]
        around = self._source[start - 1 : start] + self._source[end : end + 1]
        money = not text.startswith(("$$", "\\")) and any(character.isalnum() for character in around)
        display = text.startswith(("$$", r"\["))
        math = mathml(latex_of(text), display) if is_closed(text) and not money else None
        if math is not None:
            return Formula(start, end, math, display)
        source = Run(start, end, text)
        return source if money else Element("code", start, end, (source,))

    def _append(self, node: Node) -> None:
        if not self._opened:
            self.blocks.append(
                node if isinstance(node, Element) else Element("p", node.start, node.end, (node,))
            )
            return
        siblings = self._opened[-1].children
        last = siblings[-1] if siblings else None
        if isinstance(node, Run) and isinstance(last, Run) and _continue(last, node):
            siblings[-1] = Run(last.start, node.end, last.text + node.text)
        else:
            siblings.append(node)


def _empty(start: int, end: int) -> Run:
    """The place of an element that shows nothing, for its tokens."""
    return Run(start, end, "")


def _continue(run: Run, following: Run) -> bool:
    return run.literal and following.literal and run.end == following.start and run.colour == following.colour


def link_attributes(address: str, text: str) -> Attributes:
    """Where a link leads, and the host that is shown after its text."""
    host = host_to_show(address, text)
    return (("host", host), ("href", address)) if host else (("href", address),)


def _with_bare_links(nodes: list[Node]) -> list[Node]:
    """The nodes with the web addresses in their text as links."""
    linked: list[Node] = []
    for node in nodes:
        if isinstance(node, Run) and node.literal and "://" in node.text:
            linked += _linked(node)
        else:
            linked.append(node)
    return linked


def _linked(run: Run) -> list[Node]:
    def part(first: int, last: int) -> Run:
        return Run(run.start + first, run.start + last, run.text[first:last])

    nodes: list[Node] = []
    position = 0
    for first, last in bare_addresses(run.text):
        if first > position:
            nodes.append(part(position, first))
        address = part(first, last)
        nodes.append(
            Element("a", address.start, address.end, (address,), link_attributes(address.text, address.text))
        )
        position = last
    if position < len(run.text):
        nodes.append(part(position, len(run.text)))
    return nodes
