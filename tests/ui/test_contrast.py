"""The colours of texts have the contrast that WCAG 2 asks for (AA) in both themes."""

import re

from ui.parts import asset

TEXT, GRAPHIC = 4.5, 3.0
PAIRS = {  # colour and what it stands on
    ("ink", "page"): TEXT,
    ("ink", "card"): TEXT,
    ("soft", "page"): TEXT,
    ("soft", "card"): TEXT,
    ("soft", "bubble"): TEXT,
    ("warn", "page"): TEXT,
    ("warn", "warn-bg"): TEXT,
    ("accent", "page"): TEXT,
    ("on-accent", "accent"): TEXT,
    ("error", "page"): TEXT,
    ("edge", "page"): GRAPHIC,
}


def colours(theme: int) -> dict[str, str]:
    """The colours of the light theme (0) or of the dark one (1)."""
    css = asset("style.css") + asset("panel.css")
    both = re.findall(r"--cr-([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", css)
    return {name: pair[theme] for name, *pair in both}


def luminance(colour: str) -> float:
    """Relative luminance, from 0 to 1."""
    shares = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(colour: str, ground: str) -> float:
    """From 1 to 21."""
    dark, light = sorted((luminance(colour), luminance(ground)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_that_of_wcag() -> None:
    assert round(contrast("#000000", "#ffffff"), 4) == 21
    for theme in (colours(0), colours(1)):
        low = {pair: contrast(theme[pair[0]], theme[pair[1]]) for pair in PAIRS}
        assert not {pair: value for pair, value in low.items() if value < PAIRS[pair]}
