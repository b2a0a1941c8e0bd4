"""Paired differences as data and for people."""

from collections.abc import Mapping
from typing import Any

from evaluation.metrics import BY_NAME, Difference
from evaluation.tables import aligned, number


def plain_differences(found: Mapping[str, Difference]) -> dict[str, Any]:
    """Every difference as an object; None with a reason where there is none."""
    return {
        name: {
            "first": one.first,
            "second": one.second,
            "difference": one.value,
            "interval": None if one.low is None else [one.low, one.high],
            "p": one.p,
            **({"missing": one.missing} if one.missing else {}),
        }
        for name, one in found.items()
    }


def difference_rows(found: Mapping[str, Difference], first: str, second: str) -> list[list[str]]:
    """Head and one row a metric: title, first, second, difference, interval, p."""
    rows = [["", first, second, "difference", "95 % interval", "p"]]
    for name, one in found.items():
        digits = 1 if BY_NAME[name].points else 3
        values = [
            "–" if value is None else number(value, digits) for value in (one.first, one.second, one.value)
        ]
        between = ""
        if one.low is not None and one.high is not None:
            between = f"[{number(one.low, digits)}, {number(one.high, digits)}]"
        rows.append([BY_NAME[name].title, *values, between, p_value(one.p)])
    return rows


def p_value(p: float | None) -> str:
    """A p value as it is written.

    >>> p_value(0.0312), p_value(0.00002), p_value(None)
    ('0.031', '< 0.001', '')
    """
    if p is None:
        return ""
    return "< 0.001" if p < 0.001 else number(p)


def difference_lines(found: Mapping[str, Difference], first: str, second: str) -> list[str]:
    """The table for a terminal, with the reasons of what is missing."""
    rows = [[f"  {title}", *rest] for title, *rest in difference_rows(found, first, second)]
    reasons = ["", *(one.missing for one in found.values())]
    return [f"{line}  {reason}".rstrip() for line, reason in zip(aligned(rows), reasons, strict=True)]
