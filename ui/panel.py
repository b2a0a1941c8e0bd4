"""The confidence panel as HTML: pure functions of the values in ``ui.shown``."""

from functools import lru_cache

from markupsafe import Markup

from ui.html import fragment, render
from ui.shown.axis import Axis
from ui.shown.panel import Panel


def panel_html(panel: Panel) -> str:
    """The panel, with every text of a model or a person escaped; the page receives it as a value, never as a template."""
    few, axis = (axis_html(shown) if shown else "" for shown in (panel.few, panel.axis))
    return render("panel/panel.html", panel=panel, few=few, axis=axis)


@lru_cache(maxsize=64)  # it stays the same while an answer streams
def axis_html(axis: Axis) -> Markup:
    """One 0–100 scale with a row per signal, which unfolds to explain its number."""
    return fragment("panel/axis.html", axis=axis)
