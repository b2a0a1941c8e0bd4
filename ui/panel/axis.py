"""The axis of the panel as HTML."""

from functools import lru_cache

from markupsafe import Markup

from ui.html import fragment
from ui.shown.axis import Axis


@lru_cache(maxsize=64)  # it stays the same while an answer streams
def axis_html(axis: Axis) -> Markup:
    """One 0–100 scale with a lane per signal, which unfolds to explain its number."""
    return fragment("panel/axis.html", axis=axis)
