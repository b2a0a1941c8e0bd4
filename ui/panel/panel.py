"""The confidence panel as HTML."""

from ui.html import render
from ui.panel.axis import axis_html
from ui.shown.panel import Panel


def panel_html(panel: Panel) -> str:
    """The panel, with every text of a model or a person escaped; the page receives it as a value, never as a template."""
    axis = axis_html(panel.axis) if panel.axis else ""
    return render("panel/panel.html", panel=panel, axis=axis)
