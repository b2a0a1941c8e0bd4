"""Make the screenshots of the documentation from the running page: ``python -m docs.make_screenshots [MODEL.gguf]``.

MODEL is used for the consistency check, where a larger model gives better answers; the other screenshots show the
embedded model.

Needs the embedded model and Chromium (set CHROMIUM for a path other than /usr/bin/chromium).
"""

import os
import signal
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from app import build
from chains.engines.llama.chat_model import ChatLlama
from chains.engines.open import open_chat_model
from service.guards.public import Public
from ui.serving import launch_options

HERE = Path(__file__).parent
DESKTOP, PHONE = {"width": 1280, "height": 860}, {"width": 390, "height": 844}
RIVER = "Which river is the longest?\nA. Amazon\nB. Nile\nC. Yangtze\nD. Mississippi"
CAPITAL = "What is the capital of Australia?"


def opened(browser: Browser, url: str, size: dict[str, int], dark: bool = False) -> Page:
    """A fresh page of the app."""
    context = browser.new_context(
        viewport=size, color_scheme="dark" if dark else "light", device_scale_factor=1.5
    )  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(url)
    expect(page.locator(".cr-empty")).to_be_visible()
    return page


def ask(page: Page, text: str, turns: int = 1) -> None:
    """Send a message and wait until the turn is complete."""
    box = page.get_by_placeholder("Ask something …")
    box.fill(text)
    box.press("Enter")
    expect(page.locator(".cr-tools")).to_have_count(turns, timeout=90_000)
    page.wait_for_timeout(400)


def reveal(page: Page) -> None:
    """Show an answer that the page withholds."""
    button = page.get_by_role("button", name="Show the answer anyway")
    if button.count():
        button.click()
        expect(button).to_have_count(0)


def depth(page: Page, key: str) -> None:
    """Open a depth of the panel, unless it is open: "why" is what the confidence rests on, "all" everything measured."""
    part = page.locator(f".cr-side-column [data-key={key}]")
    if not part.evaluate("node => node.open"):
        part.locator("> summary").click()


def fold(page: Page, title: str) -> None:
    """Open a fold of what was measured, at the top of the view."""
    depth(page, "all")
    summary = page.locator(".cr-side-column .cr-fold > summary", has_text=title)
    summary.click()
    summary.evaluate("node => node.scrollIntoView()")


def shoot(page: Page, name: str, whole: bool = False) -> None:
    """Save a screenshot and close the page."""
    page.wait_for_timeout(400)
    page.screenshot(path=HERE / f"{name}.png", full_page=whole)
    page.context.close()


def consistency_pictures(browser: Browser, url: str) -> None:
    """A consistency check, a long answer by sentence, a branch."""
    for name, size, dark in (("closer", DESKTOP, False), ("closer-phone", PHONE, True)):
        page = opened(browser, url, size, dark)
        ask(page, RIVER)
        reveal(page)
        page.get_by_role("button", name="Check consistency").click()
        page.get_by_role("button", name="Start").click()
        expect(page.locator(".cr-composer .stop-button")).to_be_visible()
        expect(page.locator(".cr-composer .submit-button")).to_be_visible(timeout=240_000)
        fold(page, "Samples")
        shoot(page, name)

    page = opened(browser, url, DESKTOP)
    ask(page, "Who was Ada Lovelace? Answer in three sentences.")
    reveal(page)
    page.get_by_role("radio", name="phrases").click()
    fold(page, "Sentence by sentence")
    shoot(page, "phrases")

    page = opened(browser, url, DESKTOP)
    ask(page, CAPITAL)
    page.locator(".cr-answer .cr-token", has_text="Canberra").click()
    page.locator(".cr-popup button").first.click()
    expect(page.locator(".cr-branches")).to_contain_text("Version 2 of 2")
    expect(page.locator(".cr-tools")).to_have_count(1, timeout=90_000)
    reveal(page)
    shoot(page, "branch")


def calibration_pictures(browser: Browser, url: str) -> None:
    """The Calibrate screen with the calibration in use, on a desktop and on a phone."""
    for name, size, dark in (("calibrate", DESKTOP, False), ("calibrate-phone", PHONE, True)):
        page = opened(browser, url, size, dark)
        page.get_by_role("tab", name="Calibrate").click()
        expect(page.locator(".cr-drawings svg").first).to_be_attached(timeout=60_000)
        shoot(page, name)


def main(closer: str = "builtin") -> None:
    """All screenshots; ``closer`` is the model for the consistency check."""
    model = open_chat_model("builtin")
    assert isinstance(model, ChatLlama)
    _, url, _ = build(model).launch(prevent_thread_lock=True, **launch_options(Public()))
    with sync_playwright() as playwright:
        path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])

        page = opened(browser, url, DESKTOP)
        ask(page, CAPITAL)
        depth(page, "why")
        page.locator(".cr-answer .cr-token", has_text="Canberra").hover()
        shoot(page, "light")

        page = opened(browser, url, DESKTOP, dark=True)
        ask(page, CAPITAL)
        fold(page, "Asked again")
        shoot(page, "dark")

        page = opened(browser, url, PHONE)
        ask(page, CAPITAL)
        shoot(page, "phone", whole=True)

        page = opened(browser, url, DESKTOP)
        ask(page, "Who wrote the opera “Fidelio”?")
        depth(page, "why")
        shoot(page, "abstention")

        page = opened(browser, url, DESKTOP)
        box = page.get_by_placeholder("Ask something …")
        box.fill("Write a very long story about a lighthouse keeper and the sea.")
        box.press("Enter")
        expect(page.locator(".cr-turn").locator(".cr-token").nth(8)).to_be_visible(timeout=30_000)
        os.kill(model.engine.pid, signal.SIGKILL)
        expect(page.locator(".cr-turn").get_by_role("alert")).to_be_visible()
        page.wait_for_timeout(600)
        shoot(page, "error")

        calibration_pictures(browser, url)
        other = open_chat_model(closer)
        assert isinstance(other, ChatLlama)
        _, url, _ = build(other).launch(prevent_thread_lock=True, **launch_options(Public()))
        consistency_pictures(browser, url)
        other.close()
        browser.close()
    model.close()


if __name__ == "__main__":
    main(*sys.argv[1:2])
