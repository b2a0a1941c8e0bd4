"""Renders the report as one self-contained HTML page, and as Markdown with the same numbers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Table:
    """A table, with the header row first; a line break separates a value from its interval."""

    title: str
    rows: Sequence[Sequence[str]]
    notes: tuple[str, ...] = ()
    folded: bool = False  # collapsed on the page


@dataclass(frozen=True, slots=True)
class Drawing:
    """One drawing; a table has the same data."""

    title: str
    caption: str
    svg: str


@dataclass(frozen=True, slots=True)
class Section:
    """One section of the report."""

    title: str
    lead: str = ""
    facts: Sequence[tuple[str, str]] = ()
    drawings: Sequence[Drawing] = ()
    tables: Sequence[Table] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """A complete report."""

    title: str
    lead: str
    sections: Sequence[Section]
    foot: tuple[str, ...]


def html_page(report: Report) -> str:
    """Render as HTML; the page is self-contained, loads and runs nothing, and all text is escaped."""
    from jinja2 import Environment

    template = files(__package__).joinpath("report.html").read_text(encoding="utf-8")
    return (
        Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
        .from_string(template)
        .render(report=report)
    )


def markdown_page(report: Report, page: str) -> str:
    """Render as Markdown; ``page`` names the HTML file with the drawings."""
    lines = [
        f"# {plain(report.title)}",
        "",
        plain(report.lead),
        "",
        f"The drawings are in [{page}]({page}).",
        "",
    ]
    for section in report.sections:
        lines += [f"## {plain(section.title)}", ""]
        lines += [plain(section.lead), ""] if section.lead else []
        lines += [f"- {plain(name)}: {plain(text)}" for name, text in section.facts]
        lines += [""] if section.facts else []
        for table in section.tables:
            lines += [f"### {plain(table.title)}", "", *_table(table.rows), ""]
            lines += [line for note in table.notes for line in (plain(note), "")]
    return "\n".join([*lines, *map(plain, report.foot), ""])


def plain(text: str) -> str:
    r"""Escape Markdown and HTML in a text and put it on one line; intervals in brackets stay as they are.

    >>> plain("a*b <i> [x](y)"), plain("0.5 [0.1, 0.2]"), plain("a|b")
    ('a\\*b &lt;i> \\[x](y)', '0.5 [0.1, 0.2]', 'a\\|b')
    """
    text = " ".join(text.split()).replace("\\", "\\\\").replace("&", "&amp;").replace("<", "&lt;")
    return re.sub(r"[*`#|]|\[(?![−\d])|(?<!\w)_|_(?!\w)", r"\\\g<0>", text)


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    head, *body = [[plain(text) for text in row] for row in rows]
    rule = [":--", *["--:"] * (len(head) - 1)]
    return [f"| {' | '.join(row)} |" for row in (head, rule, *body)]
