"""Texts as models write them, and how a test looks at the blocks that the page gets."""

import re
from collections.abc import Iterator
from typing import Any

ANSWER = r"""# Solving a quadratic equation

The equation $ax^2 + bx + c = 0$ has **two solutions**, *real* or complex:

\[
x = \frac{-b \pm \sqrt{b^2 - 4ac}}{2a}
\]

## Steps

1. Compute the **discriminant** \(D = b^2 - 4ac\).
2. If $D < 0$, there is ~~no solution~~ *no real solution*.
   - For $D > 0$ there are two:

     ```python
     def roots(a, b, c):  # two numbers
         return a * b * c
     ```
3. Done.

> The formula was known to **al-Khwarizmi**.
> It is old.

| Case | Discriminant | Roots |
|------|:------------:|------:|
| two  | $D > 0$      | 2     |
| none | `a \| b`     | 0     |

- [x] read
- [ ] understood

See [the article](https://en.wikipedia.org/wiki/Quadratic_formula) or https://example.org/a_b. It costs $5-$10 &amp; more.

---

![A parabola](https://example.org/parabola.png) 中文 👩‍👩‍👧‍👦

[r]: https://example.org
"""
TEXTS = (
    ANSWER,
    "**",
    "```",
    "```py\nx = 1",
    "| a | b |\n|---|---|\n",
    "| a | b\n",
    "---",
    "- \n- \n",
    "> > > a\n> b",
    "[r]: https://example.org\n",
    "a\r\nb\r\n\r\n```\r\nx\r\n```\r\n",
    "    indented\n\tcode",
    "<div>\n<script>x</script>\n</div>",
    "a\\*b &lt; c `` d`e ``",
    "\n\n \n",
    r"\[ unclosed",
    "$$\na\n\n- b\n$$ then $x$",
    "Setext\n======\n\n[a][r] ![](https://example.org/x.png)\n\n[r]: https://example.org\n",
    "\ud800 lone surrogate",
    "nul \x00 character",
)


def split(text: str) -> list[str]:
    """The text in tokens about as a tokenizer makes them."""
    return re.findall(r"\s?[^\W\d_]{1,5}|\s+|[*`#$|\\-]{1,3}|.", text, re.DOTALL)


def pieces(rows: list[Any]) -> Iterator[list[Any]]:
    """The pieces of blocks in document order."""
    for row in rows:
        if isinstance(row, list):
            yield row
        else:
            yield from pieces(row["children"])


def tags(rows: list[Any]) -> Iterator[str]:
    """The tags of blocks and what is in them, in document order."""
    for row in rows:
        if isinstance(row, dict):
            yield row["tag"]
            yield from tags(row["children"])


def depth(rows: list[Any]) -> int:
    """How deeply the elements are nested."""
    return max((1 + depth(row["children"]) for row in rows if isinstance(row, dict)), default=0)
