"""A report as one self-contained HTML page, and as Markdown."""

import re

from evaluation.reports.parts import Answers, Part, Plots, Report, ShownAnswer, Table
from evaluation.reports.tables import markdown
from evaluation.reports.templating import Templates

_TEMPLATES = Templates(__package__)


def html_page(report: Report) -> str:
    """The page. It is self-contained: it loads nothing and runs no script."""
    return _TEMPLATES.render("report.html", report=report)


def markdown_page(report: Report, page: str) -> str:
    """The report as Markdown, with tables in place of plots; ``page`` is the name of the HTML file."""
    lines = [
        f"# {_plain(report.title)}",
        "",
        _plain(report.lead),
        "",
        f"The plots are in [{page}]({page}).",
        "",
    ]
    for section in report.sections:
        lines += [f"## {_plain(section.title)}", ""]
        lines += [_plain(section.lead), ""] if section.lead else []
        lines += [f"- {_plain(name)}: {_plain(text)}" for name, text in section.facts]
        lines += [""] if section.facts else []
        for part in section.parts:
            lines += _part(part)
    return "\n".join([*lines, *map(_plain, report.foot), ""])


def _part(part: Part) -> list[str]:
    if isinstance(part, Plots):
        return []  # the table that follows holds the same figures
    lines = [f"### {_plain(part.title)}", ""]
    if isinstance(part, Table):
        lines += [*markdown([[_plain(text) for text in row] for row in part.rows], left=part.left), ""]
    if isinstance(part, Answers):
        lines += [line for answer in part.shown for line in _answer(answer)]
    for note in part.notes:
        lines += [_plain(note), ""]
    return lines


def _answer(answer: ShownAnswer) -> list[str]:
    return [
        f"- **{_plain(answer.confidence)}** {_plain(answer.question)}",
        f"  - said: {_plain(answer.said) or '(nothing)'}",
        f"  - right: {_plain(answer.right) or '(not recorded)'}",
        "",
    ]


def _plain(text: str) -> str:
    r"""A text on one line with its Markdown escaped; brackets of intervals and names_like_this stay as they are.

    >>> _plain("a*b <i> [x](y)"), _plain("p_ic [0.1, 0.2]")
    ('a\\*b &lt;i> \\[x](y)', 'p_ic [0.1, 0.2]')
    """
    text = " ".join(text.split()).replace("\\", "\\\\").replace("&", "&amp;").replace("<", "&lt;")
    return re.sub(r"[*`#]|\[(?![−\d])|(?<!\w)_|_(?!\w)", r"\\\g<0>", text)
