"""LaTeX as MathML: what people write, and what must not get through."""

from collections.abc import Iterator

import pytest

from ui.markdown.mathml import mathml
from ui.markdown.tree import MathNode


def nodes(node: MathNode) -> Iterator[MathNode]:
    yield node
    for child in node.children:
        yield from nodes(child)


def converted(latex: str) -> list[MathNode]:
    node = mathml(latex, True)
    assert node is not None
    return list(nodes(node))


@pytest.mark.parametrize(
    ("latex", "tag"),
    [(r"\frac{a}{b}", "mfrac"), (r"\sqrt{x}", "msqrt"), ("x^2", "msup"), (r"\sum_{i=1}^n i", "munderover"),
     (r"\begin{aligned}a &= b \\ c &= d\end{aligned}", "mtable"), (r"\begin{cases}a & b\end{cases}", "mtable")],
)  # fmt: skip
def test_everyday_formulas(latex: str, tag: str) -> None:
    assert tag in {node.tag for node in converted(latex)}


def test_signs_are_characters_and_operators() -> None:
    assert [(node.tag, node.text) for node in converted(r"a \pm b \le c") if node.text] == [
        ("mi", "a"), ("mo", "±"), ("mi", "b"), ("mo", "≤"), ("mi", "c"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "latex",
    [
        r"\href{javascript:alert(1)}{x}",
        r"\style{color:red}{x}",
        r"\rule{9999em}{9999em}",
        r"\text{<img onerror=x>}",
        r"\class{a}{x}",
    ],
)
def test_only_listed_attributes_with_plain_values_remain(latex: str) -> None:
    for node in converted(latex):
        for name, value in node.attributes:
            assert name not in {"href", "style", "class", "id"}
            assert len(value) < 61 and "9999" not in value and ":" not in value


@pytest.mark.parametrize(
    "latex",
    [r"\frac{", "x^{", "a^b^c", r"\newcommand{\a}{b}\a", "{" * 500 + "}" * 500, "^" * 3000, "x" * 4000],
)
def test_what_cannot_be_read_or_is_too_large_is_none(latex: str) -> None:
    assert mathml(latex, False) is None
