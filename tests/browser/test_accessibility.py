"""axe-core finds nothing serious on any screen, in light and in dark; an answer is heard as a text, once."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from chains.engines.scripted import DEMONSTRATION, ScriptedChatModel, ScriptedReply
from tests.browser.conftest import finished, send
from tests.browser.study_pages import Served, design, served, write_study
from tests.browser.study_walk import screen_id, step
from tests.browser.test_calibration_page import open_screen
from tests.conftest import PageLog

TEXT = (
    "# Means\n\nThe **mean** is a *sum*, see [here](https://example.org).\n\n"
    "```python\nx = 1\n```\n\n| n |\n|--|\n| 1 |\n\n\\[ x = 1 \\]\n"
)


def faults(page: Page) -> list[str]:
    """What axe-core calls serious or critical."""
    violations = Axe().run(page).response["violations"]
    return [
        f"{found['id']}: {node['target']} {node['failureSummary']}"
        for found in violations
        if found["impact"] in ("serious", "critical")
        for node in found["nodes"]
    ]


def both_themes(page: Page) -> list[str]:
    """The faults of the chat's page in light and, after that, in dark."""
    light = faults(page)
    page.locator(".cr-header").get_by_role("button", name="dark").click()
    page.wait_for_function("() => document.getAnimations().every(({ playState }) => playState !== 'running')")
    dark = faults(page)
    page.locator(".cr-header").get_by_role("button", name="dark").click()
    return light + dark


def test_the_chat(page: Page, serve: Callable[..., str], url: str) -> None:
    doubtful = ScriptedReply.of("It is Sydney.", 0.3, "which city")
    rich = ScriptedReply.of(TEXT, 0.8, "markdown")
    page.set_viewport_size({"width": 1280, "height": 3600})  # axe-core skips what is scrolled out of sight
    page.goto(serve(ScriptedChatModel(replies=(doubtful, rich, *DEMONSTRATION)), conversations=url))
    expect(page.locator(".cr-empty")).to_be_visible()
    assert both_themes(page) == []
    for turn, question in enumerate(("Markdown, please", "Which city?", "And the capital?"), 1):
        send(page, question)
        finished(page, turn)
    page.get_by_role("button", name="Ask this again").last.click()
    page.get_by_role("button", name="Edit this question").first.click()
    page.get_by_role("button", name="More about").first.click()
    page.get_by_role("button", name="Settings").click()
    for fold in page.locator(".cr-fold > summary").all():  # an outer fold comes before those in it
        if fold.is_visible():
            fold.click()
    assert both_themes(page) == []
    page.get_by_role("button", name="Keys").click()
    assert both_faults_of_dialog(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="Compare").click()
    page.get_by_label("Your question to all of them").fill("And the capital?")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator(".cr-compared .cr-badge")).to_have_count(2)
    expect(page.get_by_role("button", name="Go on with this answer")).to_have_count(2)
    assert both_themes(page) == []
    open_screen(page, "Calibrate")
    expect(page.get_by_role("heading", name="Nothing measured yet")).to_be_visible()
    assert both_themes(page) == []


def both_faults_of_dialog(page: Page) -> list[str]:
    """The faults of the open dialog; what is behind it cannot be reached."""
    light = faults(page)
    page.evaluate("document.body.classList.toggle('dark')")
    dark = faults(page)
    page.evaluate("document.body.classList.toggle('dark')")
    return light + dark


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Served]:
    with served(write_study(tmp_path, design(participants=4)), password="open, please") as running:
        yield running


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_researcher_page(page: Page, study: Served, page_log: PageLog, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(f"{study.url}researcher")
    page.get_by_label("Password").wait_for()
    assert faults(page) == []
    page.get_by_label("Password").fill("open, please")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Status", exact=True)).to_be_visible()
    assert faults(page) == []


@pytest.mark.parametrize("flow", ["own-answer-first", "accept-reject", "annotation", "free-chat"])
def test_every_screen_of_a_participant(page: Page, tmp_path: Path, flow: str) -> None:
    changes: dict[str, Any] = {"annotation": {"overlap": 1, "items_each": 2}} if flow == "annotation" else {}
    items = design()["items"][:2]
    model = ScriptedChatModel() if flow == "free-chat" else None
    with served(
        write_study(tmp_path, design(flow, items=items, attention_checks=[], **changes)), model=model
    ) as study:
        page.goto(study.url)
        found, kinds = [], set[str]()
        expect(page.locator("#screen[data-screen]")).to_be_visible()
        while screen_id(page) != "end":
            if (kind := page.locator("#screen").get_attribute("data-kind") or "") not in kinds:
                kinds.add(kind)
                found += in_both_schemes(page)
            step(page)
        found += in_both_schemes(page)
    assert found == [] and "consent" in kinds and len(kinds) >= 4


def in_both_schemes(page: Page) -> list[str]:
    """The faults of a study's page, named by screen, in light and in dark."""
    found = []
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        found += [f"{screen_id(page)}, {scheme}: {fault}" for fault in faults(page)]
    return found


def test_an_answer_is_heard_as_a_text_and_once(chat: Callable[..., Page]) -> None:
    page = chat(ScriptedChatModel())
    page.evaluate(
        """() => {
          window.heard = [];
          const live = "[role=log], [role=alert], [role=status], [aria-live]";
          new MutationObserver((changes) => changes.forEach(({ target }) => {
            const node = (target.nodeType === 1 ? target : target.parentElement)?.closest(live);
            if (node?.closest(".cr-chat-column") && node.textContent.trim()) window.heard.push(node.textContent);
          })).observe(document.body, { subtree: true, childList: true, characterData: true });
        }"""
    )
    send(page, "What is the capital of Australia?")
    finished(page)
    spoken = page.locator(".cr-spoken")
    expect(spoken).to_have_text("Answer: The capital of Australia is probably Canberra.")
    assert page.evaluate("[...new Set(window.heard)]") == [
        "Answer: The capital of Australia is probably Canberra."
    ]
    page.reload()
    expect(page.locator(".cr-empty")).to_be_visible()
    expect(spoken).to_have_text("")
