"""All HTML of the page: one set of templates, compiled once, that escape every value."""

from markupsafe import Markup

from estimators.percent import at_most, percent
from evaluation.reports.templating import Templates
from ui.template_text import template_text


def position(share: float | None) -> str:
    """A share as a place on a scale in CSS, without the percent sign: at most 100, and 0 for None.

    >>> position(0.8182), position(None)
    ('81.8', '0.0')
    """
    return f"{min(1.0, share or 0.0) * 100:.1f}"


def thousands(count: int) -> str:
    """A count with a comma after the thousands.

    >>> thousands(1200)
    '1,200'
    """
    return f"{count:,}"


def minutes(value: float | None) -> str:
    """Minutes with one decimal, a dash if there are none.

    >>> minutes(2.25), minutes(None)
    ('2.2', '–')
    """
    return "–" if value is None else f"{value:.1f}"


def tight(text: str) -> str:
    """A text in which no percent sign begins a line."""
    return text.replace(" %", "\N{NO-BREAK SPACE}%")


_templates = Templates(
    __package__,
    minutes=minutes,
    tight=tight,
    percent=percent,
    at_most=at_most,
    position=position,
    thousands=thousands,
    template_text=template_text,
)


def render(name: str, /, **values: object) -> str:
    """One template with its values, as plain text for Gradio and JSON."""
    return str(_templates.render(name, **values))


def fragment(name: str, /, **values: object) -> Markup:
    """One template with its values, as markup that another template inserts unchanged."""
    return _templates.render(name, **values)
