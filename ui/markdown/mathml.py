"""LaTeX as MathML: only elements and attributes from a list, so that a formula can neither run nor load anything."""

import html
import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from ui.markdown.tree import Attributes, MathNode

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MOST_NODES = 3_000
MOST_DEEP = 60
_TAGS = frozenset((
    "math", "menclose", "mfrac", "mi", "mmultiscripts", "mn", "mo", "mover", "mpadded", "mphantom",
    "mprescripts", "mroot", "mrow", "ms", "mspace", "msqrt", "mstyle", "msub", "msubsup", "msup", "mtable",
    "mtd", "mtext", "mtr", "munder", "munderover", "none",
))  # fmt: skip
_ATTRIBUTES = frozenset((
    "accent", "accentunder", "columnalign", "columnlines", "depth", "display", "displaystyle", "fence",
    "form", "height", "linethickness", "lspace", "mathvariant", "maxsize", "minsize", "movablelimits",
    "notation", "rowlines", "rspace", "scriptlevel", "separator", "stretchy", "symmetric", "voffset",
    "width",
))  # fmt: skip
_VALUE = re.compile(r"[a-z -]{1,60}|[+-]?\d{0,2}(?:\.\d{1,4})?(?:em|ex|px|pt|%)?")
_MACROS = re.compile(
    r"\\(?:(?:re)?newcommand|g?def|let|providecommand|DeclareMathOperator|require|input|include)\b"
)
_ENVIRONMENTS = re.compile(r"\\(begin|end)\{(?:aligned|gathered|gather\*?|eqnarray\*?|equation\*?|align)\}")
_NO_OPERATORS = frozenset("∞∂∇∅∀∃∄℘ℵ")


@lru_cache(maxsize=512)
def mathml(latex: str, display: bool) -> MathNode | None:
    """A formula as MathML; None if it cannot be read, defines macros or is too large.

    >>> mathml("x", display=False).children[0].children
    (MathNode(tag='mi', attributes=(), text='x', children=()),)
    >>> mathml("x^{", display=False) is None
    True
    """
    if _MACROS.search(latex):
        return None
    from latex2mathml.converter import Converter  # it reads a table for a second

    try:
        element = Converter(display="block" if display else "inline").convert_to_element(_readable(latex))
        return _Copy().node(element)
    except Exception:  # the converter raises its own errors, and IndexError, KeyError or RecursionError
        return None


def _readable(latex: str) -> str:
    r"""The LaTeX with environments of several lines as the one that the converter knows.

    >>> _readable(r"\begin{aligned}a\end{aligned}")
    '\\begin{align*}a\\end{align*}'
    """
    return _ENVIRONMENTS.sub(r"\\\1{align*}", latex.strip())


class _TooLarge(Exception):
    """The formula has too many elements, or they are nested too deeply."""


class _Copy:
    """Copies the converter's elements, without what is not on the lists."""

    def __init__(self) -> None:
        self._nodes = 0

    def node(self, element: "Element", depth: int = 0) -> MathNode:
        self._nodes += 1
        if self._nodes > MOST_NODES or depth > MOST_DEEP:
            raise _TooLarge
        children = tuple(self.node(child, depth + 1) for child in element)
        text = "" if children else html.unescape(element.text or "")
        tag = element.tag if element.tag in _TAGS else "mrow"
        if tag == "mi" and _is_operator(text):
            tag = "mo"
        return MathNode(tag, _attributes(element), text, children)


def _attributes(element: "Element") -> Attributes:
    return tuple(
        (name, value)
        for name, value in sorted(element.attrib.items())
        if name in _ATTRIBUTES and _VALUE.fullmatch(value)
    )


def _is_operator(text: str) -> bool:
    """Whether an identifier is a sign of an operation or relation, which needs space around it."""
    return len(text) == 1 and text not in _NO_OPERATORS and unicodedata.category(text) == "Sm"
