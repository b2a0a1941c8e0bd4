"""Links, several tabs, a full store and a crash: nothing of a conversation is lost, and the page says what happened."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from chains.engines.scripted import ScriptedChatModel
from conversations.store import ConversationStore
from tests.browser.conftest import finished, send
from tests.browser.test_conversations import QUESTION, kept, kept_in_browser, menu
from tests.conftest import PageLog
from tests.ports import free_port
from ui.chat.conversation_list import OVERTAKEN

ROOT = Path(__file__).parents[2]


def test_a_link_opens_its_conversation_at_its_answer(page: Page, serve: Callable[..., str], url: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 600})
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(serve(ScriptedChatModel(), conversations=url))
    for number in (1, 2, 3):
        send(page, f"{number}: {QUESTION}")
        finished(page, number)
    kept(page)
    page.get_by_role("button", name="Copy a link").nth(1).click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".cr-empty")).to_be_visible()
    other = page.context.new_page()
    other.set_viewport_size({"width": 1280, "height": 600})
    other.goto(link)
    finished(other, 3)
    turn = other.locator(".cr-turn").nth(1)
    expect(turn).to_be_focused()
    expect(turn).to_be_in_viewport()
    expect(other.locator(".cr-turn").first).not_to_be_in_viewport()
    assert other.url == link


def test_a_link_to_a_version_that_is_not_shown_shows_it(
    page: Page, serve: Callable[..., str], url: str
) -> None:
    page.goto(serve(ScriptedChatModel(), conversations=url))
    send(page, QUESTION)
    finished(page)
    kept(page)
    key = page.locator(".cr-turn").get_attribute("id")
    page.get_by_role("button", name="Edit this question").click()
    page.locator(".cr-edit textarea").fill("And of Peru?")
    page.keyboard.press("Enter")
    expect(page.locator(".cr-branches")).to_contain_text("Version 2 of 2")
    finished(page)
    page.goto(f"{page.url.partition('#')[0]}#{key}")
    page.reload()
    expect(page.locator(".cr-question")).to_have_text([QUESTION])
    expect(page.locator(".cr-turn")).to_be_focused()


def test_editing_in_a_tab_that_another_overtook_loses_nothing_and_says_so(
    page: Page, serve: Callable[..., str], url: str
) -> None:
    page.goto(serve(ScriptedChatModel(), conversations=url))
    send(page, QUESTION)
    finished(page)
    kept(page)
    second = page.context.new_page()
    second.goto(page.url)
    finished(second)
    send(second, "And of France?")
    finished(second, 2)
    page.get_by_role("button", name="Edit this question").click()
    page.locator(".cr-edit textarea").fill("And of Peru?")
    page.keyboard.press("Enter")
    expect(page.locator(".cr-list-notice")).to_have_text(OVERTAKEN)
    finished(page)
    expect(page.locator(".cr-question")).to_have_text(["And of Peru?"])
    page.get_by_role("button", name="Previous version").click()
    expect(page.locator(".cr-question")).to_have_text([QUESTION, "And of France?"])
    expect(page.locator(".cr-list-notice")).to_be_hidden()
    second.get_by_role("button", name="Remove this turn").click()  # it was overtaken in its turn
    expect(second.locator(".cr-list-notice")).to_have_text(OVERTAKEN)
    expect(second.locator(".cr-question")).to_have_text([QUESTION, "And of France?"])


def test_two_tabs_of_a_shared_page_show_the_same(page: Page, serve: Callable[..., str]) -> None:
    page.goto(serve(ScriptedChatModel(), shared=True))
    send(page, QUESTION)
    finished(page)
    kept_in_browser(page)
    second = page.context.new_page()
    second.goto(page.url)
    finished(second)
    second.get_by_role("button", name="Edit this question").click()
    second.locator(".cr-edit textarea").fill("half typed")
    send(page, "And of France?")
    finished(page, 2)
    finished(second, 2)
    expect(second.locator(".cr-list-notice")).to_have_text(OVERTAKEN)
    expect(second.locator(".cr-edit textarea")).to_have_value("half typed")


def test_a_full_browser_store_deletes_the_oldest_unpinned_and_names_it(
    page: Page, serve: Callable[..., str]
) -> None:
    page.goto(serve(ScriptedChatModel(), shared=True))
    for title in ("Pinned", "Oldest", "Newer"):
        page.get_by_role("button", name="New conversation").click()
        expect(page.locator(".cr-empty")).to_be_visible()
        send(page, title)
        finished(page)
        expect(page.locator(".cr-list-title").filter(has_text=title)).to_be_visible()
        kept_in_browser(page)
    menu(page, "Pinned", "Pin")
    expect(page.locator(".cr-list-title")).to_have_text(["Pinned", "Newer", "Oldest"])
    page.evaluate(  # the disk is full until a conversation is deleted
        """() => {
          const put = IDBObjectStore.prototype.put, remove = IDBObjectStore.prototype.delete;
          let full = true;
          IDBObjectStore.prototype.delete = function (key) {
            if (this.name === "conversations") full = false;
            return remove.call(this, key);
          };
          IDBObjectStore.prototype.put = function (value) {
            if (full && this.name === "changes") throw new DOMException("full", "QuotaExceededError");
            return put.call(this, value);
          };
        }"""
    )
    send(page, "One more")
    finished(page, 2)
    notice = page.locator(".cr-list-notice")
    expect(notice).to_have_text(
        "This browser's storage is full. To free space, the oldest conversation was deleted: Oldest."
    )
    expect(page.locator(".cr-list-title")).to_have_text(["Pinned", "Newer"])


SLOW = """
import sys
from app import build
from chains.engines.scripted import DEMONSTRATION, ScriptedChatModel, ScriptedReply
from service.guards.public import Public
from ui.serving import launch_options
slow = ScriptedReply.of(" ".join(f"word{number}" for number in range(400)))
page = build(ScriptedChatModel(replies=(*DEMONSTRATION[:6], slow), delay=0.1), conversations=sys.argv[2])
page.launch(server_port=int(sys.argv[1]), prevent_thread_lock=True, **launch_options(Public()))
print("ready", flush=True)
page.block_thread()
"""


def started(port: int, url: str) -> subprocess.Popen[str]:
    """The page as a process of its own, with a model that takes forty seconds for an answer."""
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW, str(port), url], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process.stdout:  # it says nothing more
        assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.timeout(300)  # it starts two processes
def test_a_crash_in_the_middle_of_an_answer_keeps_what_was_shown(
    page: Page, page_log: PageLog, url: str
) -> None:
    port = free_port()
    process = started(port, url)
    try:
        page.goto(f"http://127.0.0.1:{port}/")
        expect(page.locator(".cr-list-empty")).to_be_visible()
        send(page, "Talk.")
        kept(page)
        store = ConversationStore.open(url)
        identity = page.url.split("conversation=")[1]
        expect(page.locator(".cr-token").nth(20)).to_be_visible()
        shown = page.locator(".cr-answer").inner_text().split()[:10]  # a draft is at most some seconds old
        page.wait_for_function("document.querySelectorAll('.cr-token').length > 60", timeout=60_000)
    finally:
        process.kill()
        process.wait()
    drafts = [change for change in store.changes("", identity) if change.kind == "draft"]
    assert len(drafts) == 1 and " ".join(shown) in drafts[0].payload["state"]["answer"]["text"]
    store.close()
    address = page.url
    page.goto("about:blank")  # the page would reload itself as soon as its server is back
    process = started(port, url)
    try:
        page.goto(address)
        expect(page.locator(".cr-turn .cr-error")).to_have_text(
            "This answer was not finished. Retry to ask again."
        )
        expect(page.locator(".cr-answer")).to_contain_text(" ".join(shown))
        expect(page.locator(".cr-question")).to_have_text("Talk.")
    finally:
        page.context.close()
        process.kill()
        process.wait()
    page_log.errors.clear()  # the browser notes that the server went away
