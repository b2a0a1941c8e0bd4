"""Formats numbers and tables for a terminal and for Markdown."""

import unicodedata
from collections.abc import Sequence

from evaluation.metrics import Estimate

ABSENT = "–"  # in place of a missing value


def number(value: float, digits: int = 3) -> str:
    """A number with fixed decimals; in powers of ten if three or more decimals would show it as 0.

    >>> number(0.12345), number(-0.0001), number(3e-9), number(0.0), number(-0.04, 1)
    ('0.123', '−1.0e-04', '3.0e-09', '0.000', '0.0')
    """
    if digits >= 3 and 0 < abs(value) < 0.5 * 10**-digits:
        return f"{value:.1e}".replace("-", "−", int(value < 0))
    return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "−")  # + 0.0: no −0


def interval(figure: Estimate, digits: int = 3) -> str:
    """The 95 % interval in brackets, or nothing.

    >>> interval(Estimate(0.5, low=0.4, high=0.62)), interval(Estimate(0.5))
    ('[0.400, 0.620]', '')
    """
    if figure.low is None or figure.high is None:
        return ""
    return f"[{number(figure.low, digits)}, {number(figure.high, digits)}]"


def cell(figure: Estimate | None, digits: int = 3, absent: str = ABSENT) -> str:
    """A figure with its interval in one cell; ``absent`` if it is missing."""
    if figure is None or figure.value is None:
        return absent
    return f"{number(figure.value, digits)} {interval(figure, digits)}".rstrip()


def two_lines(figure: Estimate | None, digits: int = 3) -> str:
    """A figure with its interval below it."""
    return cell(figure, digits).replace(" [", "\n[")


def p_value(p: float | None) -> str:
    """A p value as text.

    >>> p_value(0.0312), p_value(0.00002), p_value(None)
    ('0.031', '< 0.001', '')
    """
    if p is None:
        return ""
    return "< 0.001" if p < 0.001 else number(p)


def width(text: str) -> int:
    """The number of columns that a text takes in a terminal."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )


def aligned(rows: Sequence[Sequence[str]], *, left: int = 1, gap: int = 2) -> list[str]:
    """Lines with aligned columns, the first ``left`` of them flush left.

    >>> aligned([["a", "1.5"], ["long", "10.5"]])
    ['a      1.5', 'long  10.5']
    """
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    return [
        (" " * gap)
        .join(
            text + " " * (most - width(text)) if place < left else " " * (most - width(text)) + text
            for place, (text, most) in enumerate(zip(row, widths, strict=True))
        )
        .rstrip()
        for row in rows
    ]


def markdown(rows: Sequence[Sequence[str]], *, left: int = 1) -> list[str]:
    """The rows as a Markdown table, the first being its head; bars in the texts are escaped.

    >>> markdown([["a", "b"], ["x|y", "1"]])
    ['| a | b |', '| :-- | --: |', '| x\\\\|y | 1 |']
    """
    head, *body = [[text.replace("|", "\\|").replace("\n", " ") for text in row] for row in rows]
    rule = [":--" if place < left else "--:" for place in range(len(head))]
    return [f"| {' | '.join(row)} |" for row in (head, rule, *body)]
