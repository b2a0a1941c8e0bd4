"""One question to several models side by side, in a real browser."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from chains.engines.scripted import DEMONSTRATION, ScriptedChatModel, ScriptedReply
from chains.models.slot import ModelSlot
from tests.chains.meaning.test_semantic_clustering import Letters
from ui.compare import agreement

CAPITAL = "What is the capital of Australia?"
OPTIONS = "Which one flies?\nA. dog\nB. bee"


def opener(spec: str) -> ScriptedChatModel:
    own = (ScriptedReply.of("It is Sydney.", 0.6, "capital of australia?"),) if spec == "tiny" else ()
    model = ScriptedChatModel(replies=(*own, *DEMONSTRATION))
    model.metadata = {"credence": {"model": spec, "engine": "script", "model_sha256": None}}
    return model


@pytest.fixture
def slot(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelSlot]:
    """A slot with the model “scripted”; “tiny” is another one."""
    monkeypatch.setattr(agreement, "open_embedder", lambda name: Letters())
    slot = ModelSlot(opener)
    slot.open("scripted")
    slot.settled()
    yield slot
    slot.close()


def compare(page: Page, question: str) -> None:
    field = page.get_by_label("Your question to all of them")
    field.fill(question)
    field.press("Enter")


def test_three_columns_disagree_and_one_answer_goes_on(
    page: Page, serve: Callable[..., str], slot: ModelSlot
) -> None:
    page.goto(serve(slot))
    expect(page.locator(".cr-empty")).to_be_visible()
    page.keyboard.press("Alt+Shift+D")
    expect(page.get_by_label("Your question to all of them")).to_be_focused()
    expect(page.locator(".cr-compare-empty")).to_be_visible()
    page.locator("fieldset").nth(1).get_by_label("Model", exact=True).select_option("tiny")
    page.get_by_role("button", name="Add a column").click()
    third = page.locator("fieldset").nth(2)
    third.get_by_label("Model", exact=True).select_option("")
    third.get_by_label("Temperature").fill("1")
    compare(page, CAPITAL)
    columns = page.locator(".cr-compared")
    expect(page.locator(".cr-agreement p")).to_have_text(
        "2 of 3 agree: two say “Canberra”, one says “Sydney”."
    )
    expect(columns.nth(0).locator("h3")).to_have_text("scripted, temperature 0")
    expect(columns.nth(2).locator("h3")).to_have_text("scripted, temperature 1")
    expect(columns.nth(1).locator(".cr-differs")).to_have_text(" Sydney.")
    expect(columns.nth(1).locator(".cr-badge-open")).to_contain_text("60 %")
    expect(columns.nth(1).locator(".cr-big-number, .cr-number")).to_be_hidden()
    columns.nth(1).locator(".cr-badge-open").click()
    expect(columns.nth(1).locator(".cr-compared-panel summary").first).to_be_focused()
    expect(columns.nth(1).locator(".cr-compared-panel")).to_contain_text("token probability")
    columns.nth(1).get_by_role("button", name="Go on with this answer").click()
    expect(page.get_by_role("tab", name="Chat")).to_have_attribute("aria-selected", "true")
    turn = page.locator(".cr-columns .cr-turn")
    expect(turn.locator(".cr-answer")).to_contain_text("It is Sydney.")
    expect(turn.locator(".cr-branches")).to_contain_text("Version 2 of 3")
    turn.get_by_role("button", name="Previous version").click()
    expect(turn.locator(".cr-answer")).to_contain_text("Canberra")


def test_on_a_shared_page_one_model_is_compared_with_itself_and_by_letter(
    page: Page, serve: Callable[..., str], slot: ModelSlot
) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{serve(slot, None, True)}#compare")
    expect(page.locator("fieldset")).to_have_count(2)
    expect(page.locator("fieldset select")).to_have_count(0)
    expect(page.locator("fieldset b").first).to_have_text("scripted")
    compare(page, OPTIONS)
    expect(page.locator(".cr-agreement p")).to_have_text("Both agree: “B”.")
    first, second = (page.locator(".cr-compared").nth(place).bounding_box() for place in (0, 1))
    assert first and second and second["y"] >= first["y"] + first["height"]  # one below the other
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_wrong_name_is_said_at_once(page: Page, serve: Callable[..., str], slot: ModelSlot) -> None:
    page.goto(f"{serve(slot)}#compare")
    second = page.locator("fieldset").nth(1)
    second.get_by_label("Model", exact=True).select_option("…")
    second.get_by_label("Another model").fill("no such thing")
    compare(page, CAPITAL)
    expect(page.locator(".cr-compare-notice")).to_contain_text("'no such thing' is not the name of a model")
    expect(page.locator(".cr-compared .cr-turn")).to_have_count(0)
    second.get_by_label("Model", exact=True).select_option("tiny")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator(".cr-agreement p")).to_have_text(
        "They disagree: one says “Canberra”, one says “Sydney”."
    )
    expect(page.locator(".cr-compare-notice")).to_be_hidden()
    page.get_by_role("button", name="Close, to free memory").click()
    expect(page.locator(".cr-compare-open")).to_be_hidden()
