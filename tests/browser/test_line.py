"""Two people on one model: the second sees the place in line, and gets the answer once the first has closed the page."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, expect

from chains.engines.scripted import ScriptedChatModel, ScriptedReply
from chains.models.line import MOST, line_of
from tests.browser.conftest import send

pytestmark = pytest.mark.browser


class OnePlace(ScriptedChatModel):
    """Takes one call at a time."""

    places: int = 1


def test_a_closed_page_gives_its_place_to_whoever_waits(browser: Browser, serve: Callable[..., str]) -> None:
    model = OnePlace(replies=(ScriptedReply.of("on and " * 2000),), delay=0.05)
    url = serve(model)
    first, second = browser.new_page(), browser.new_page(viewport={"width": 390, "height": 800})
    for page in (first, second):
        page.goto(url)
        expect(page.locator(".cr-empty")).to_be_visible()
    send(first, "Why?")
    expect(first.locator(".cr-answer .cr-token").first).to_be_visible()
    send(second, "Why not?")
    expect(second.get_by_text("Waiting for the model: next in line …").first).to_be_visible()
    first.close()
    expect(second.locator(".cr-answer .cr-token").nth(3)).to_be_visible()
    assert len(model.received) == 2
    second.close()


def test_a_full_line_says_so_and_gives_the_message_back(browser: Browser, serve: Callable[..., str]) -> None:
    model = OnePlace()
    for _ in range(MOST):
        line_of(model).join()
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.goto(serve(model))
    expect(page.locator(".cr-empty")).to_be_visible()
    send(page, "Why?")
    expect(page.get_by_text(f"The model is busy: {MOST} questions").first).to_be_visible()
    expect(page.get_by_placeholder("Ask something …")).to_have_value("Why?")
    page.close()
