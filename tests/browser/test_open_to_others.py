"""What a browser does with the guards of the page: no foreign script runs, a password opens it, a large file is refused."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from app import build
from chains.engines.scripted import ScriptedChatModel
from service.guards.public import Public
from tests.browser.conftest import finished, send
from tests.browser.test_accessibility import faults
from tests.ports import free_port
from ui.serving import launch_options, prepare

CAPITAL = "What is the capital of Australia?"
PASSWORD = "open sesame"


@pytest.fixture(scope="module")
def locked() -> Iterator[str]:
    """The address of a page with a password."""
    page = build(ScriptedChatModel())
    prepare(page)
    how = Public(login=("", PASSWORD), hosts=("127.0.0.1",))
    _, url, _ = page.launch(server_port=free_port(), prevent_thread_lock=True, **launch_options(how))
    yield str(url)
    page.close(verbose=False)


def test_a_handler_in_an_attribute_does_not_run(chat: Any, page_log: Any) -> None:
    page = chat(ScriptedChatModel())
    page.evaluate(
        """() => {
          const box = document.querySelector(".cr-empty");
          box.insertAdjacentHTML("beforeend", "<img src='data:,x' onerror='window.ran = 1'>");
          const script = document.createElement("script");
          script.textContent = "window.ran = 2";
          document.head.append(script);
        }"""
    )
    page.wait_for_function("document.querySelector('.cr-empty img').complete")
    assert page.evaluate("window.ran") is None
    refused = [error for error in page_log.errors if "Content Security Policy" in error]
    assert len(refused) == 2
    page_log.errors.clear()


def test_the_password_opens_the_chat(page: Page, locked: str, page_log: Any) -> None:
    page.goto(locked)
    expect(page.get_by_text("Sign in to use this chat: with any name, and the password.")).to_be_visible()
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        assert faults(page) == [], scheme
    assert page.title() == "Credence"
    field, card = page.get_by_label("username"), page.locator(".panel:has(.cr-sign-in)")
    assert field.evaluate("box => getComputedStyle(box).borderTopWidth") == "1px"
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    box = card.bounding_box()
    assert box is not None and box["x"] >= 8 and box["x"] + box["width"] <= 382
    page.get_by_label("username").fill("ann")
    page.get_by_label("password").fill("not this one")
    page.get_by_role("button", name="Login").click()
    expect(page.get_by_text("Incorrect", exact=False).first).to_be_visible()
    page_log.errors.clear()  # the browser reports the refusal
    expect(page.get_by_label("password")).to_have_value("")  # Gradio empties the form
    page.get_by_label("username").fill("ann")
    page.get_by_label("password").fill(PASSWORD)
    page.get_by_role("button", name="Login").click()
    expect(page.locator(".cr-empty")).to_be_visible()
    send(page, CAPITAL)
    finished(page)


def test_a_file_that_is_too_large_is_not_even_sent(chat: Any, tmp_path: Path, page_log: Any) -> None:
    page = chat(ScriptedChatModel())
    page.get_by_role("tab", name="Calibrate").click()
    large = tmp_path / "all.jsonl"
    with large.open("wb") as file:
        file.truncate(60_000_000)
    page.locator(".cr-pick input").set_input_files(large)
    expect(page.locator(".cr-form .cr-error")).to_have_text(
        "all.jsonl has 60 MB, and at most 50 MB can be uploaded: make calibrate QUESTIONS=FILE reads larger ones."
    )
    assert [address for address in page_log.requests if "/upload" in address] == []


def test_the_chat_works_where_the_browser_refuses_storage(chat: Any, page: Page) -> None:
    refusing = "get() { throw new DOMException('no', 'SecurityError'); }"
    page.add_init_script(
        f"Object.defineProperty(window, 'localStorage', {{ configurable: true, {refusing} }})"
    )
    opened = chat(ScriptedChatModel(), shared=True)
    send(opened, CAPITAL)
    finished(opened)
    opened.get_by_role("button", name="dark").click()
    expect(opened.locator(".cr-badge").first).to_be_visible()


def test_a_visitor_who_asks_too_often_is_told_to_wait(page: Page, page_log: Any) -> None:
    blocks = build(ScriptedChatModel(), shared=True)
    _, url, _ = blocks.launch(
        server_port=free_port(), prevent_thread_lock=True, **launch_options(Public(shared=True, rate=1))
    )
    page.goto(str(url))
    expect(page.locator(".cr-empty")).to_be_visible()
    send(page, CAPITAL)
    finished(page)
    send(page, "And of France?")
    expect(page.get_by_text("Too many requests from your address. Try again in").first).to_be_visible()
    page_log.errors.clear()  # the browser reports the refusal
    page.close()
    blocks.close(verbose=False)


def test_a_page_that_the_server_forgot_starts_over_and_loses_no_conversation(page: Page) -> None:
    blocks = build(ScriptedChatModel(), shared=True)
    prepare(blocks)
    _, url, _ = blocks.launch(
        server_port=free_port(), prevent_thread_lock=True, **launch_options(Public(shared=True))
    )
    page.goto(str(url))
    expect(page.locator(".cr-empty")).to_be_visible()
    send(page, CAPITAL)
    finished(page)
    state = blocks.app.state_holder
    for name in list(state.session_data):  # as when many other pages were used since
        del state.session_data[name]
    send(page, "And of France?")
    expect(page.locator(".cr-turn")).to_contain_text("And of France?")
    finished(page)
    names = page.locator(".cr-list-column")
    expect(names).to_contain_text(CAPITAL)
    expect(names).to_contain_text("And of France?")
    page.close()
    blocks.close(verbose=False)
