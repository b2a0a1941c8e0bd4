"""The page with the same question to a model before and after training."""

from collections.abc import Callable

import pytest
from langchain_core.language_models import BaseChatModel
from playwright.sync_api import Page, expect

from chains.engines.scripted import ScriptedChatModel, ScriptedReply

BEFORE = ScriptedChatModel(replies=(ScriptedReply.of("Answer: Sydney\nConfidence: 10"),))
AFTER = ScriptedChatModel(replies=(ScriptedReply.of("Answer: Sydney\nConfidence: 2"),))


@pytest.mark.parametrize("width", [1280, 390])
def test_both_are_asked_and_shown_side_by_side(page: Page, serve: Callable[..., str], width: int) -> None:
    page.set_viewport_size({"width": width, "height": 850})
    page.goto(serve(AFTER, before=BEFORE).rstrip("/") + "/before-after")
    box = page.get_by_placeholder("Ask both …")
    box.fill("What is the capital of Australia?")
    box.press("Enter")
    halves = page.locator(".cr-half")
    expect(halves.nth(0).locator(".cr-number")).to_have_text("100 %")
    expect(halves.nth(1).locator(".cr-number")).to_have_text("20 %")
    expect(halves.nth(1).locator(".cr-said")).to_have_text("Sydney")
    first, second = (halves.nth(place).bounding_box() for place in (0, 1))
    assert first is not None and second is not None
    beside = abs(first["y"] - second["y"]) < 2 and second["x"] >= first["x"] + first["width"]
    assert beside == (width > 700)
    assert second["x"] + second["width"] <= width


def test_there_is_no_such_page_without_a_trained_model(
    page: Page, serve: Callable[[BaseChatModel], str]
) -> None:
    page.goto(serve(AFTER))
    expect(page.locator(".cr-empty")).to_be_visible()
    expect(page.get_by_text("Before and after")).to_have_count(0)
