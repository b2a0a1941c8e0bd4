"""The main daily things with the model that people get: code, stopping, going on, versions, branches, and what stays."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from chains.engines.llama.chat_model import ChatLlama
from chains.engines.open import open_chat_model
from tests.browser.conftest import finished, send

pytestmark = pytest.mark.slow  # 1.1 GB to fetch once, and two minutes to answer
CODE = "Write a Python function that returns the square of a number."


@pytest.fixture(scope="module")
def builtin() -> Iterator[ChatLlama]:
    model = open_chat_model("builtin")
    assert isinstance(model, ChatLlama)
    yield model
    model.close()


@pytest.fixture
def daily(page: Page, serve: Callable[..., str], url: str, builtin: ChatLlama) -> Page:
    """The page with the model, and conversations that stay."""
    if builtin.metadata and "credence_note" in builtin.metadata:
        pytest.skip("this machine has too little memory for the larger model")
    page.set_default_timeout(90_000)
    page.goto(serve(builtin, conversations=url))
    return page


def test_code_is_drawn_copied_and_kept_with_its_tokens(daily: Page, tmp_path: Path) -> None:
    daily.context.grant_permissions(["clipboard-read", "clipboard-write"])
    send(daily, CODE)
    finished(daily)
    block = daily.locator(".cr-answer pre").first
    expect(block).to_contain_text("def ")
    before = daily.locator(".cr-answer").inner_html()
    expect(block.locator(".cr-token").nth(3)).to_be_attached()
    daily.get_by_role("button", name="Copy this code").first.click()
    copied = daily.evaluate("navigator.clipboard.readText()")
    assert "def " in copied and "```" not in copied
    compile(copied, "copied", "exec")
    expect(daily.locator(".cr-badge")).to_contain_text("uncalibrated")  # no calibration covers code
    daily.reload()
    finished(daily)
    assert daily.locator(".cr-answer").inner_html() == before
    with daily.expect_download() as download:
        daily.get_by_role("button", name="Export conversation").click()
    file = tmp_path / "export.json"
    download.value.save_as(file)
    assert json.loads(file.read_text(encoding="utf-8"))["turns"][0]["question"] == CODE


def test_stopped_continued_edited_and_asked_again(daily: Page) -> None:
    send(daily, "Tell a long story about a lighthouse keeper and the sea.")
    expect(daily.locator(".cr-answer .cr-token").nth(8)).to_be_visible()
    daily.get_by_role("button", name="Stop").click()
    finished(daily)
    stopped = daily.locator(".cr-answer").inner_text()
    daily.get_by_role("button", name="Continue").click()
    expect(daily.locator(".cr-answer .cr-token").nth(30)).to_be_visible()
    daily.get_by_role("button", name="Stop").click()
    finished(daily)
    assert daily.locator(".cr-answer").inner_text().startswith(stopped.rstrip())
    daily.get_by_role("button", name="Edit this question").click()
    daily.locator(".cr-edit textarea").fill("What is the capital of Canada?")
    daily.locator(".cr-edit textarea").press("Enter")
    expect(daily.locator(".cr-branches")).to_contain_text("Version 2 of 2")
    finished(daily)
    expect(daily.locator(".cr-answer")).to_contain_text("Ottawa")
    daily.get_by_role("button", name="Ask this again", exact=True).click()
    daily.locator(".cr-plan").get_by_label("Temperature").fill("0.7")
    daily.keyboard.press("Enter")
    expect(daily.locator(".cr-branches")).to_contain_text("Version 3 of 3")
    finished(daily)
    daily.get_by_role("button", name="Previous version").click()
    expect(daily.locator(".cr-branches")).to_contain_text("Version 2 of 3")
    daily.get_by_role("button", name="Previous version").click()
    expect(daily.locator(".cr-question")).to_contain_text("lighthouse")


def test_another_token_branches_and_a_follow_up_knows_what_was_said(daily: Page) -> None:
    send(daily, "What is the capital of Canada?")
    finished(daily)
    daily.locator(".cr-answer .cr-token", has_text=re.compile("Ott")).first.click()
    daily.locator(".cr-popup button").nth(1).click()
    expect(daily.locator(".cr-branches")).to_contain_text("Version 2 of 2")
    finished(daily)
    expect(daily.locator(".cr-badge")).to_contain_text("uncalibrated")  # a person chose a word of it
    daily.get_by_role("button", name="Previous version").click()
    expect(daily.locator(".cr-answer")).to_contain_text("Ottawa")
    send(daily, "In which province does it lie?")
    finished(daily, 2)
    expect(daily.locator(".cr-answer").last).to_contain_text("Ontario")
    daily.get_by_role("button", name="New conversation").click()
    expect(daily.locator(".cr-empty")).to_be_visible()
    daily.locator(".cr-list-title").first.click()
    finished(daily, 2)


def test_the_questions_that_the_panel_leaves_out_can_be_asked(daily: Page) -> None:
    send(daily, "Which of these is a mammal?\nA. shark\nB. dolphin\nC. tuna")
    finished(daily)
    figure = daily.locator(".cr-number").inner_text()
    daily.locator("[data-key=all] > summary").click()
    daily.locator("[data-key=asked] > summary").click()
    asked = daily.locator("[data-key=asked] .cr-count")
    expect(asked).to_have_text("2")  # what its calibration chose
    daily.get_by_role("button", name="Ask the other 3 usual questions").click()
    expect(asked).to_have_text("5")
    finished(daily)
    expect(daily.locator(".cr-ask-rest")).to_have_count(0)
    assert daily.locator(".cr-number").inner_text() == figure  # they have no say in it
    daily.reload()
    finished(daily)
    expect(asked).to_have_text("5")
    expect(daily.locator(".cr-ask-rest")).to_have_count(0)
