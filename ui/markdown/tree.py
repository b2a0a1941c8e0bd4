"""The tree of a Markdown text: elements, visible runs and formulas, each with its characters of the source."""

from dataclasses import dataclass
from typing import TypeAlias

Attributes: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Run:
    """Visible text of the characters ``start`` to ``end``; ``colour`` is the class of a piece of code.

    If the text is as long as its place in the source, it is that place; otherwise it stands for it as a whole, as “&”
    stands for “&amp;”. An empty text holds the place of syntax that shows nothing, such as a rule.
    """

    start: int
    end: int
    text: str
    colour: str = ""

    @property
    def literal(self) -> bool:
        """Whether each character stands for one character of the source."""
        return len(self.text) == self.end - self.start


@dataclass(frozen=True, slots=True)
class MathNode:
    """A MathML element; it has either children or a text."""

    tag: str
    attributes: Attributes = ()
    text: str = ""
    children: tuple["MathNode", ...] = ()


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula with the characters of its LaTeX, delimiters included; ``display``: on a line of its own."""

    start: int
    end: int
    math: MathNode
    display: bool


@dataclass(frozen=True, slots=True)
class Element:
    """An element of HTML, named by its tag: ``p``, ``h1`` to ``h6``, ``ul``, ``table``, ``pre``, ``strong``, ``a`` …"""

    tag: str
    start: int
    end: int
    children: tuple["Node", ...] = ()
    attributes: Attributes = ()


Node: TypeAlias = Element | Run | Formula


def visible_text(nodes: tuple[Node, ...]) -> str:
    """The visible text of nodes, without their formulas.

    >>> visible_text((Run(0, 1, "a"), Element("em", 1, 4, (Run(2, 3, "b"),))))
    'ab'
    """
    texts = []
    for node in nodes:
        if isinstance(node, Run):
            texts.append(node.text)
        elif isinstance(node, Element):
            texts.append(visible_text(node.children))
    return "".join(texts)
