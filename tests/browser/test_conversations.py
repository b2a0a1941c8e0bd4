"""Conversations stay: reload, second tab, restart; the list; a shared page; unsent text."""

import json
import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import FilePayload, Page, expect

from chains.engines.scripted import ScriptedChatModel
from tests.browser.conftest import finished, send
from tests.browser.test_chat_page import ANSWER

QUESTION = "What is the capital of Australia?"
HOSTILE = '<img src=x onerror="document.title=1"> ${1+1} {{7*7}} "quoted"'


def kept(page: Page) -> None:
    """Wait until the conversation has an address."""
    expect(page).to_have_url(re.compile("conversation=[0-9a-f]{32}"))


def kept_in_browser(page: Page) -> None:
    """Wait until the complete answer is in the browser's own database."""
    kept(page)
    page.wait_for_function(
        """async () => {
          const id = new URLSearchParams(location.search).get("conversation");
          const found = await window.credenceStore.open(id);
          return found.changes.some((row) => row.kind === "turn" && JSON.stringify(row.payload).includes("Canberra"));
        }"""
    )


def titles(page: Page) -> list[str]:
    return page.locator(".cr-list-title").all_text_contents()


def menu(page: Page, title: str, item: str) -> None:
    page.locator(".cr-list-line", has_text=title).get_by_role("button", name="More about").click()
    page.locator(".cr-list-menu").get_by_role("button", name=item).click()


def test_reload_second_tab_and_restart_show_everything(
    page: Page, serve: Callable[..., str], url: str
) -> None:
    page.goto(serve(ScriptedChatModel(), conversations=url))
    send(page, QUESTION)
    finished(page)
    page.locator(".cr-choice", has_text="Yes").click()
    expect(page.locator(".cr-choice", has_text="Yes")).to_have_attribute("aria-pressed", "true")
    kept(page)
    first = page.locator(".cr-answer").inner_html()
    panel = page.locator(".cr-number").inner_text()
    restarted = serve(ScriptedChatModel(), conversations=url)
    query = page.url.split("?")[1]
    page.reload()
    second = page.context.new_page()
    second.goto(f"{restarted}?{query}")
    for tab in (page, second):
        finished(tab)
        assert tab.locator(".cr-answer").inner_html() == first
        expect(tab.locator(".cr-number")).to_have_text(panel)
        expect(tab.locator(".cr-choice", has_text="Yes")).to_have_attribute("aria-pressed", "true")
    send(second, "And of France?")  # continued in another tab, and taken over by the first one when it sends
    finished(second, 2)
    send(page, "And of Spain?")
    finished(page, 3)
    expect(page.locator(".cr-question")).to_have_text([QUESTION, "And of France?", "And of Spain?"])


def test_a_branch_is_shown_again_with_its_siblings(page: Page, serve: Callable[..., str], url: str) -> None:
    page.goto(serve(ScriptedChatModel(), conversations=url))
    send(page, QUESTION)
    finished(page)
    page.locator(".cr-token", has_text="probably").click()
    page.locator("#cr-popup .cr-choose").first.click()
    expect(page.locator(".cr-branches")).to_contain_text("Version 2 of 2")
    finished(page)
    branch = page.locator(".cr-answer").inner_text()
    page.reload()
    finished(page)
    assert page.locator(".cr-answer").inner_text() == branch
    page.get_by_role("button", name="Previous version").click()
    expect(page.locator(".cr-branches")).to_contain_text("Version 1 of 2")
    expect(page.locator(".cr-answer")).to_contain_text(ANSWER)


def test_the_list(page: Page, serve: Callable[..., str], url: str) -> None:
    page.goto(serve(ScriptedChatModel(), conversations=url))
    expect(page.locator(".cr-list-empty")).to_have_text("No conversations yet. They stay on this computer.")
    for place, question in enumerate((QUESTION, HOSTILE)):
        if place:
            page.get_by_role("button", name="New conversation").click()
            expect(page.locator(".cr-empty")).to_be_visible()
        send(page, question)
        finished(page)
    expect(page.locator(".cr-list-title")).to_have_text([HOSTILE, QUESTION])
    expect(page.locator(".cr-list-title[aria-current]")).to_have_text(HOSTILE)
    assert page.locator(".cr-list img").count() == 0 and page.title() == "Credence"
    menu(page, QUESTION, "Pin")
    expect(page.locator(".cr-list-title")).to_have_text([QUESTION, HOSTILE])
    menu(page, QUESTION, "Rename")
    page.get_by_role("textbox", name="Title").fill("Capitals")
    page.keyboard.press("Enter")
    expect(page.locator(".cr-list-title")).to_have_text(["Capitals", HOSTILE])
    page.get_by_label("Search conversations").fill("Canberra")
    expect(page.locator(".cr-list-title").first).to_be_visible()
    page.get_by_label("Search conversations").fill("capitals")
    expect(page.locator(".cr-list-title")).to_have_text(["Capitals"])
    page.locator(".cr-list-title").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".cr-question")).to_have_text([QUESTION])
    menu(page, "Capitals", "Delete")
    page.locator(".cr-list-ask").get_by_role("button", name="Delete").click()
    expect(page.locator(".cr-empty")).to_be_visible()
    page.get_by_label("Search conversations").fill("")
    expect(page.locator(".cr-list-title")).to_have_text([HOSTILE])


def test_unsent_text_survives_a_reload(page: Page, serve: Callable[..., str], url: str) -> None:
    page.goto(serve(ScriptedChatModel(), conversations=url))
    expect(page.locator(".cr-empty")).to_be_visible()
    box = page.get_by_placeholder("Ask something …")
    box.fill("half a thought")
    page.reload()
    expect(box).to_have_value("half a thought")
    box.press("Enter")
    finished(page)
    kept(page)
    page.reload()
    finished(page)
    expect(box).to_have_value("")


def test_a_shared_page_keeps_the_conversation_in_the_browser(
    page: Page, serve: Callable[..., str], tmp_path: Path, url: str
) -> None:
    page.goto(serve(ScriptedChatModel(), shared=True, conversations=url))
    send(page, QUESTION)
    finished(page)
    kept_in_browser(page)
    expect(page.locator(".cr-list-title")).to_have_text([QUESTION])
    page.reload()
    finished(page)
    expect(page.locator(".cr-answer")).to_contain_text(ANSWER)
    menu(page, QUESTION, "Rename")
    page.get_by_role("textbox", name="Title").fill("Mine")
    page.keyboard.press("Enter")
    expect(page.locator(".cr-list-title")).to_have_text(["Mine"])
    menu(page, "Mine", "Delete")
    page.locator(".cr-list-ask").get_by_role("button", name="Delete").click()
    expect(page.locator(".cr-empty")).to_be_visible()
    expect(page.locator(".cr-list-title")).to_have_count(0)
    assert not list(tmp_path.rglob("*.sqlite"))


def test_a_failing_database_does_not_break_the_chat(
    page: Page, serve: Callable[..., str], tmp_path: Path
) -> None:
    (tmp_path / "broken.sqlite").write_text("this is not a database " * 100)
    page.goto(serve(ScriptedChatModel(), conversations=f"sqlite:///{tmp_path / 'broken.sqlite'}"))
    send(page, QUESTION)
    finished(page)
    expect(page.locator(".cr-answer")).to_contain_text(ANSWER)
    expect(page.locator(".cr-list-notice")).to_contain_text("Not stored: ")


def test_a_drawer_on_a_phone(page: Page, serve: Callable[..., str], url: str) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(serve(ScriptedChatModel(), conversations=url))
    expect(page.locator(".cr-list-body")).to_be_hidden()
    page.get_by_role("button", name="Conversations", exact=False).first.click()
    expect(page.locator(".cr-list-body")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".cr-list-body")).to_be_hidden()


def json_file(content: bytes) -> FilePayload:
    """A file with this content, as a person chooses it."""
    return {"name": "a.json", "mimeType": "application/json", "buffer": content}


def test_an_export_is_imported_again(page: Page, serve: Callable[..., str], tmp_path: Path, url: str) -> None:
    page.goto(serve(ScriptedChatModel(), conversations=url))
    send(page, QUESTION)
    finished(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Export conversation").click()
    file = tmp_path / "export.json"
    download.value.save_as(file)
    old = json.loads(file.read_text(encoding="utf-8"))
    for turn in old["turns"]:
        del turn["kept"], turn["place"]  # as earlier versions wrote it
    for content, count in ((file.read_text(encoding="utf-8"), 2), (json.dumps(old), 3)):
        page.locator(".cr-list-file").set_input_files(json_file(content.encode()))
        expect(page.locator(".cr-list-title")).to_have_count(count)
        expect(page.locator(".cr-answer")).to_contain_text(ANSWER)
    page.locator(".cr-list-file").set_input_files(json_file(b"{"))
    expect(page.locator(".cr-list-notice")).to_have_text("This file cannot be imported: it is not JSON.")
    expect(page.locator(".cr-answer")).to_contain_text(ANSWER)
