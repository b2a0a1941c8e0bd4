"""The bar in which a visitor of a Space signs in: before and after, in light and in dark, and on a phone."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from chains.engines.scripted import ScriptedChatModel
from service.guards.public import Public
from tests.browser.conftest import finished, send
from tests.browser.test_accessibility import both_themes
from tests.conftest import PageLog
from tests.ports import free_port
from tests.ui.models.test_hosted import BIG, asked, cookie
from ui.serving import launch_options, prepare

__all__ = ["asked"]  # a fixture
pytestmark = pytest.mark.filterwarnings("ignore:Gradio does not support OAuth")


@pytest.fixture
def space(asked: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a shared page on which visitors can sign in."""
    from app import build

    monkeypatch.setattr("gradio.oauth.get_token", lambda: "x")
    account = {"type": "user", "fullname": "A", "name": "a", "avatarUrl": "u"}
    monkeypatch.setattr("gradio.oauth.whoami", lambda: account)
    page = build(ScriptedChatModel(), shared=True, hosted=(BIG,))
    prepare(page)
    how = Public(shared=True)
    _, url, _ = page.launch(server_port=free_port(), prevent_thread_lock=True, **launch_options(how))
    yield str(url)
    page.close(verbose=False)


def fits(page: Page) -> None:
    """The bar lies within the page, and none of its parts covers another one."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    boxes = page.locator(".cr-hosted > *:visible").evaluate_all(
        "parts => parts.map(part => { const b = part.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]; })"
    )
    assert len(boxes) >= 2
    for number, (left, top, right, bottom) in enumerate(boxes):
        assert left >= 0 and right <= page.viewport_size["width"]  # type: ignore[index]
        for other in boxes[number + 1 :]:
            assert (
                right <= other[0] + 1 or other[2] <= left + 1 or bottom <= other[1] + 1 or other[3] <= top + 1
            )


def test_a_visitor_who_is_not_signed_in(page: Page, space: str) -> None:
    page.goto(space)
    expect(page.locator(".cr-empty")).to_be_visible()
    expect(page.get_by_role("button", name="Sign in with Hugging Face")).to_be_visible()
    expect(page.get_by_text("to ask larger models with your own account.")).to_be_visible()
    assert both_themes(page) == []
    fits(page)
    page.set_viewport_size({"width": 390, "height": 844})
    page.reload()
    expect(page.get_by_role("button", name="Sign in with Hugging Face")).to_be_visible()
    fits(page)


def test_a_visitor_who_is_signed_in(page: Page, space: str, page_log: PageLog) -> None:
    session = cookie("ann")["Cookie"].removeprefix("session=")
    page.context.add_cookies([{"name": "session", "value": session, "url": space}])
    page.goto(space)
    expect(page.locator(".cr-empty")).to_be_visible()
    expect(page.get_by_role("button", name="Sign out (ann)")).to_be_visible()
    expect(page.get_by_text("Models of Inference Providers use your own credits.")).to_be_visible()
    choice = page.get_by_label("Answers come from")
    expect(choice).to_be_visible()
    assert both_themes(page) == []
    fits(page)
    choice.click()
    page.get_by_role("option", name=BIG).click()
    send(page, "What is the capital of Australia?")
    finished(page)
    expect(page.locator(".cr-turn .cr-answer")).to_contain_text("Canberra")
    page.set_viewport_size({"width": 390, "height": 844})
    page.reload()
    expect(page.locator(".cr-hosted-choice")).to_be_visible()
    fits(page)
    assert both_themes(page) == []
