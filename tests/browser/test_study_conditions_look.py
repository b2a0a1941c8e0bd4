"""Each condition's page differs from the others in nothing but its named element: markup, pixels and what is sent."""

import io
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser, Page

from study.design.displays import ELEMENTS
from tests.browser.study_pages import Served, design, served, write_study
from tests.browser.study_walk import at, hurry

# Outside the boxes: what is shown, without the elements; `token_colours` stays as the words that it tints.
OUTSIDE = """() => {
  const copy = document.querySelector(".cs-page").cloneNode(true);
  copy.querySelectorAll(".cs-text [data-element=token_colours], .cs-text .cr-token")
    .forEach((node) => node.replaceWith(...node.childNodes));
  copy.querySelectorAll("[data-element]").forEach((node) => node.remove());
  copy.normalize();
  return copy.innerHTML.replaceAll(/(field|fault)-\\d+/g, "$1");
}"""
# The boxes in page pixels; the words are one box where they are tinted or hold ranges.
BOXES = """() => [...document.querySelectorAll("[data-element]")].map((node) => {
  const box = (node.closest(".cs-text") || node).getBoundingClientRect();
  return [box.left + scrollX, box.top + scrollY, box.right + scrollX, box.bottom + scrollY];
})"""
PLAIN = "plain"
EDGE = 3  # pixels around a box: its shadow and the smoothing of its edges


def whole_study(tmp_path: Path) -> Path:
    """One item, with one condition per display and one without."""
    conditions = [
        {"name": PLAIN, "shows": []},
        *({"name": name.replace("_", "-"), "shows": [name]} for name in ELEMENTS),
    ]
    return write_study(
        tmp_path,
        design(conditions=conditions, items=design()["items"][:1], practice=[], attention_checks=[]),
    )


def pixels(page: Page) -> NDArray[np.uint8]:
    """The whole page as (height, width, 3)."""
    return np.asarray(
        Image.open(io.BytesIO(page.screenshot(full_page=True, animations="disabled"))).convert("RGB")
    )


def masked(picture: NDArray[np.uint8], boxes: list[list[float]]) -> NDArray[np.uint8]:
    """The screenshot with the boxes painted over."""
    painted = picture.copy()
    for left, top, right, bottom in boxes:
        painted[
            max(0, int(top) - EDGE) : int(bottom) + EDGE, max(0, int(left) - EDGE) : int(right) + EDGE
        ] = 0
    return painted


def seen_by(
    browser: Browser, study: Served, width: int, dark: bool
) -> tuple[str, str, list[list[float]], NDArray[np.uint8]]:
    """What a new participant's final screen holds: condition, markup outside the boxes, boxes, pixels."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light"
    )
    hurry(context, study, "trial-01.final")
    page = context.new_page()
    page.goto(study.url)
    at(page, "trial-01.final")
    shown = [row for row in study.rows("shown") if row["screen"] == "trial-01.final"][-1]
    seen = (str(shown["condition"]), str(page.evaluate(OUTSIDE)), list(page.evaluate(BOXES)), pixels(page))
    context.close()
    return seen


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)], ids=["desktop-light", "phone-dark"])
def test_a_conditions_page_differs_in_its_named_element_alone(
    browser: Browser, tmp_path: Path, width: int, dark: bool
) -> None:
    with served(whole_study(tmp_path)) as study:
        views = [seen_by(browser, study, width, dark) for _ in range(len(ELEMENTS) + 1)]
    by_name = {name: (outside, boxes, picture) for name, outside, boxes, picture in views}
    assert set(by_name) == {PLAIN, *(name.replace("_", "-") for name in ELEMENTS)}  # balanced: each once
    outside, boxes, plain = by_name[PLAIN]
    assert boxes == []
    for name, (other, its_boxes, picture) in by_name.items():
        assert other == outside, name
        assert picture.shape == plain.shape, name
        assert (masked(picture, its_boxes) == masked(plain, its_boxes)).all(), name
        if name != PLAIN:  # and in its box there is something
            assert its_boxes and (picture != plain).any(), name


def test_only_what_the_condition_shows_reaches_the_browser(browser: Browser, tmp_path: Path) -> None:
    figures = {"token-number": "82 %", "verbalized-number": "90 %", "calibrated-number": "64 %"}
    with served(whole_study(tmp_path)) as study:
        for _ in range(len(ELEMENTS) + 1):
            context = browser.new_context()
            text = str(hurry(context, study, "trial-01.final"))
            shown = [row for row in study.rows("shown") if row["screen"] == "trial-01.final"][-1]
            name = shown["condition"]
            allowed = (
                {name}
                if name in figures
                else set(figures) - {"calibrated-number"}
                if "side" in name
                else set()
            )
            for other, figure in figures.items():
                assert (figure in text) == (other in allowed), (name, figure)
            assert not any(
                word in text for word in ("assessment", "logprob", "gold", "ai_correct", "condition")
            )
            context.close()
