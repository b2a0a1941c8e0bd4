"""Matplotlib in one style: as SVG that takes its colours and fonts from the page, or as a picture."""

import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from evaluation.reports.templating import Templates

if TYPE_CHECKING:
    from matplotlib.figure import Figure

POINTS = 72  # in an inch
TENTHS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
_TEMPLATES = Templates(__package__)


@dataclass(frozen=True, slots=True)
class Colours:
    """The colours of a drawing."""

    ink: str
    soft: str
    faint: str
    accent: str
    doubt: str


# Stand for the page's own colours, so that a drawing follows a dark page.
PAGE = Colours("#010101", "#020202", "#030303", "#040404", "#050505")
PAPER = Colours("#1c2430", "#5a6675", "#d5dce3", "#0b6e75", "#c67600")


@contextmanager
def drawing(width: float, height: float, colours: Colours = PAGE, **layout: Any) -> "Iterator[Figure]":
    """A figure of so many inches; draw and save it inside the context."""
    import matplotlib
    from matplotlib.figure import Figure

    style: dict[Any, Any] = {
        "backend": "agg", "svg.fonttype": "none", "svg.hashsalt": "credence", "font.size": 8.5,
        "axes.linewidth": 0.8, "axes.edgecolor": colours.soft, "axes.labelcolor": colours.soft,
        "axes.spines.top": False, "axes.spines.right": False, "axes.facecolor": "none",
        "xtick.color": colours.soft, "ytick.color": colours.soft, "text.color": colours.ink,
    }  # fmt: skip
    with matplotlib.rc_context({**matplotlib.rcParamsDefault, **style}):
        yield Figure(figsize=(width, height), **layout)


def page_svg(figure: "Figure", description: str) -> Markup:
    """The figure as an SVG element with a description for screen readers, drawn in ``PAGE``."""
    width, height = figure.get_size_inches() * POINTS
    inside = Markup(_matplotlib_content(figure, description))  # nosec B704 # Matplotlib escapes every text
    return _TEMPLATES.render("plot.svg", width=width, height=height, description=description, inside=inside)


def _matplotlib_content(figure: "Figure", description: str) -> str:
    """The contents of Matplotlib's SVG element, with the page's colours and fonts."""
    written = io.StringIO()
    figure.patch.set_visible(False)
    figure.savefig(written, format="svg", metadata={"Date": None, "Creator": None})
    element = re.search(r"<svg[^>]*>(.*)</svg>", written.getvalue(), flags=re.DOTALL)
    assert element is not None, "Matplotlib writes an SVG element"
    text = element[1]
    for name, colour in zip(Colours.__slots__, astuple(PAGE), strict=True):
        text = text.replace(colour, f"var(--{name})")
    text = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>|<!--.*?-->", "", text, flags=re.DOTALL)
    text = re.sub(r"\d+\.\d{3,}", lambda match: f"{float(match[0]):.2f}", text)
    # A page holds many plots: drop the ids of groups and make ids that are referenced unique.
    text = re.sub(r' id="[A-Za-z][A-Za-z.]*(_[A-Za-z.]*)*_\d+"', "", text)
    own = f"d{zlib.crc32((description + text).encode()):08x}-"
    text = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{own}", text)
    text = re.sub(r"font: ([\d.]+px) [^;\"]*", r"font-size: \1; font-family: inherit", text)
    text = re.sub(r"font-family: [^;\"]*", "font-family: inherit", text)
    return re.sub(r"\s*\n\s*", "\n", text).strip()
