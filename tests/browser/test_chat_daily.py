"""What people do every day: settings and presets, versions, files, keys, copying, touch."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload, Locator, Page, expect

from chains.engines.scripted import DEMONSTRATION, ScriptedChatModel, ScriptedReply
from tests.browser.conftest import finished, send
from tests.browser.test_chat_page import ANSWER, PROBES

QUESTION = "What is the capital of Australia?"


def preset(page: Page) -> Locator:
    return page.get_by_label("Preset", exact=True)


def text_file(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": "text/plain", "buffer": content}


@pytest.mark.parametrize("shared", [False, True])
def test_settings_stay_with_their_conversation_and_presets_for_all(
    page: Page, serve: Callable[..., str], tmp_path: Path, url: str, shared: bool
) -> None:
    model = ScriptedChatModel()
    page.goto(serve(model, labels=None if shared else tmp_path, shared=shared, conversations=url))
    send(page, QUESTION)
    finished(page)
    preset(page).select_option("Words of doubt")
    page.get_by_role("button", name="Settings").click()
    expect(page.locator(".cr-side-column").get_by_label("System message")).to_have_value(
        re.compile("not sure")
    )
    page.get_by_label("number input for Temperature").fill("0.5")
    page.keyboard.press("Tab")
    expect(preset(page).locator("option:checked")).to_have_text("Changed, not saved")
    page.get_by_role("button", name="Save as …").click()
    page.get_by_label("Name of the preset").fill("Mine")
    page.keyboard.press("Enter")
    expect(preset(page)).to_have_value("Mine")
    page.get_by_label("Use it for new conversations").check()
    send(page, "And once more?")
    finished(page, 2)
    assert any(messages[0].type == "system" for messages in model.received)
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".cr-empty")).to_be_visible()
    expect(preset(page)).to_have_value("Mine")
    preset(page).select_option("Standard")
    expect(page.locator(".cr-side-column").get_by_label("System message")).to_have_value("")
    page.locator(".cr-list-title").click()
    finished(page, 2)
    expect(page.locator(".cr-side-column").get_by_label("System message")).to_have_value(
        re.compile("not sure")
    )
    page.reload()
    finished(page, 2)
    expect(preset(page)).to_have_value("Mine")
    page.get_by_role("button", name="Settings").click()
    expect(page.get_by_label("number input for Temperature")).to_have_value("0.5")
    assert (tmp_path / "presets.json").is_file() != shared
    page.locator(".cr-preset-delete").click()
    expect(preset(page).locator("option")).to_have_text(["Changed, not saved", "Standard", "Words of doubt"])


def test_the_model_goes_on_from_a_beginning_that_a_person_writes(chat: Callable[..., Page]) -> None:
    page = chat(ScriptedChatModel())
    send(page, QUESTION)
    finished(page)
    page.get_by_role("button", name="Edit the beginning").click()
    field = page.get_by_label("Beginning of the answer")
    expect(field).to_have_value(ANSWER)
    expect(field).to_be_focused()
    field.fill("The capital of Australia")
    page.get_by_role("button", name="Go on from here").click()
    expect(page.locator(".cr-branches")).to_contain_text("Version 2 of 2")
    expect(page.locator(".cr-branches")).to_contain_text("you wrote its beginning")
    finished(page)
    expect(page.locator(".cr-answer")).to_contain_text(ANSWER)


def test_text_files_go_with_the_message(chat: Callable[..., Page]) -> None:
    model = ScriptedChatModel()
    page = chat(model)
    files = page.locator(".cr-file-input")
    files.set_input_files(
        [text_file("notes.txt", "one\r\ntwo ü".encode()), text_file("wide.txt", "drei".encode("utf-16"))]
    )
    expect(page.locator(".cr-file summary")).to_have_text([re.compile("notes.txt"), re.compile("wide.txt")])
    fault = page.locator(".cr-file-fault")
    for name, content, sentence in (
        ("a.pdf", b"%PDF-1.7 \xff", "“a.pdf” is a PDF, not a text file. Copy the text out of it and paste it here."),
        ("a.bin", b"a\x00b", "“a.bin” is not a text file. Only text files can be attached."),
        ("old.txt", "über".encode("latin-1"), re.compile("^“old.txt” cannot be read: it is not in UTF-8. Save it as UTF-8")),
        ("none.txt", b" \n", "“none.txt” is empty."),
        ("big.txt", b"x" * 1_700_000, "“big.txt” is too large: 1.7 MB. Attach the part that matters."),
        ("long.txt", b"x" * 400_001, re.compile("^“long.txt” is too long: 400k characters, and at most")),
    ):  # fmt: skip
        files.set_input_files(text_file(name, content))
        expect(fault).to_have_text(sentence)
    expect(page.locator(".cr-file")).to_have_count(2)
    page.get_by_role("button", name="Remove wide.txt").click()
    drop = """node => {
      const transfer = new DataTransfer();
      transfer.items.add(new File(["dropped"], "dropped.md"));
      node.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: transfer }));
    }"""
    page.locator(".cr-turns").first.evaluate(drop)
    expect(page.locator(".cr-file summary")).to_have_text([re.compile("notes.txt"), re.compile("dropped.md")])
    send(page, "Sum up.")
    finished(page)
    expect(page.locator(".cr-file")).to_have_count(0)
    expect(page.locator(".cr-sent-file summary")).to_have_text(["notes.txt", "dropped.md"])
    expect(page.locator(".cr-sent-file pre").first).to_be_hidden()
    asked = "Sum up.\n\nFile “notes.txt”:\n```\none\ntwo ü\n```\n\nFile “dropped.md”:\n```\ndropped\n```"
    assert model.received[0][-1].content == asked


def test_a_long_paste_becomes_a_folded_file_and_can_be_text_again(chat: Callable[..., Page]) -> None:
    page = chat(ScriptedChatModel())
    paste = """(node, text) => {
      const transfer = new DataTransfer();
      transfer.setData("text/plain", text);
      return node.dispatchEvent(new ClipboardEvent("paste", { bubbles: true, cancelable: true, clipboardData: transfer }));
    }"""
    box = page.get_by_placeholder("Ask something …")
    assert box.evaluate(paste, "short")  # left to the browser
    expect(page.locator(".cr-file")).to_have_count(0)
    assert not box.evaluate(paste, "long text " * 500)
    expect(page.locator(".cr-file summary")).to_have_text("Pasted text5k characters")
    page.get_by_role("button", name="Put the pasted text into the box").click()
    expect(page.locator(".cr-file")).to_have_count(0)
    expect(box).to_have_value("long text " * 500)


def test_everything_has_a_key_and_the_keys_a_list(page: Page, serve: Callable[..., str], url: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    slow = ScriptedReply.of("word " * 300, match="talk")
    model = ScriptedChatModel(replies=(*PROBES, slow, *DEMONSTRATION), delay=0.02)
    page.goto(serve(model, conversations=url))
    expect(page.locator(".cr-empty")).to_be_visible()
    box = page.get_by_placeholder("Ask something …")
    box.press("?")
    expect(box).to_have_value("?")  # a question mark in a text is one
    box.fill("")
    send(page, "Talk.")
    expect(page.locator(".cr-token").nth(3)).to_be_visible()
    page.keyboard.press("Escape")
    finished(page)
    expect(page.locator(".cr-note")).to_have_text("You stopped this answer.")
    page.keyboard.press("Alt+Shift+KeyC")
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").startswith("word word")
    box.focus()
    page.keyboard.press("ArrowUp")
    question = page.locator(".cr-edit textarea")
    expect(question).to_be_focused()
    question.fill(QUESTION)
    page.keyboard.press("Enter")
    expect(page.locator(".cr-branches")).to_contain_text("Version 2 of 2")
    finished(page)
    page.keyboard.press("Alt+Shift+ArrowLeft")
    expect(page.locator(".cr-branches")).to_contain_text("Version 1 of 2")
    page.keyboard.press("Alt+Shift+ArrowRight")
    expect(page.locator(".cr-branches")).to_contain_text("Version 2 of 2")
    page.keyboard.press("Alt+Shift+KeyB")
    expect(page.get_by_label("Beginning of the answer")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".cr-edit")).to_have_count(0)
    page.keyboard.press("Alt+Shift+KeyT")
    expect(page.get_by_label("Temperature", exact=True).first).to_be_focused()
    page.keyboard.press("Escape")
    page.locator(".cr-answer .cr-token").first.focus()
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys).to_contain_text("Edit the last question")
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    page.keyboard.press("Shift+Escape")
    expect(box).to_be_focused()
    page.keyboard.press("Alt+Shift+KeyF")
    expect(page.get_by_label("Search conversations")).to_be_focused()
    page.keyboard.press("Alt+Shift+KeyN")
    expect(page.locator(".cr-empty")).to_be_visible()


def test_a_token_in_a_link_opens_its_alternatives_when_it_is_held(
    browser: Browser, serve: Callable[..., str]
) -> None:
    link = ScriptedReply.of("See [the article](https://example.org/x) now.", 0.8)
    context = browser.new_context(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(serve(ScriptedChatModel(replies=(*PROBES, link))))
    expect(page.locator(".cr-empty")).to_be_visible()
    send(page, "Where?")
    finished(page)
    token = page.locator(".cr-answer a .cr-token", has_text="article")
    token.scroll_into_view_if_needed()
    spot = token.bounding_box()
    assert spot is not None
    touch = context.new_cdp_session(page)
    at = {"x": spot["x"] + spot["width"] / 2, "y": spot["y"] + spot["height"] / 2}
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [at]})
    popup = page.locator(".cr-popup")
    expect(popup).to_be_visible()
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(popup).to_be_visible()
    assert len(context.pages) == 1  # the link was not followed
    context.close()
