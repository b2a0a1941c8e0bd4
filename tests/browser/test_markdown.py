"""The Markdown of an answer in a real browser: its elements, its tokens in them, and what stays while it is written."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from langchain_core.outputs import ChatGenerationChunk
from playwright.sync_api import Locator, Page, expect
from pydantic import PrivateAttr

from chains.engines.scripted import DEMONSTRATION, ScriptedChatModel, ScriptedReply
from estimators.types import Token
from tests.browser.conftest import finished, send
from tests.ui.markdown.texts import ANSWER, split

TEXT = "node => [...node.querySelectorAll('.cr-token')].map((span) => span.textContent).join('')"
INDICES = "node => [...node.querySelectorAll('.cr-token')].map((span) => span.credence.index)"


def reply(text: str, doubtful: str = "") -> ScriptedReply:
    """A reply in small tokens; ``doubtful`` has an alternative that is more probable."""
    tokens = [
        Token(token, -1.2, ((" other", -0.5), (token, -1.2)))
        if token == doubtful
        else Token(token, -0.05, ((token, -0.05),))
        for token in split(text)
    ]
    return ScriptedReply(tuple(tokens))


def says(text: str, doubtful: str = "") -> ScriptedChatModel:
    return ScriptedChatModel(replies=(*DEMONSTRATION[:6], reply(text, doubtful)))


def ask(page: Page) -> Locator:
    """Ask, wait for the end, and return the answer."""
    send(page, "How?")
    finished(page)
    return page.locator(".cr-answer")


def test_an_everyday_answer_is_drawn_with_all_its_tokens(chat: Callable[..., Page]) -> None:
    page = chat(says(ANSWER))
    answer = ask(page)
    assert sorted(set(answer.evaluate(INDICES))) == list(range(len(split(ANSWER))))
    expect(answer.locator("h3")).to_have_text("Solving a quadratic equation", use_inner_text=True)
    expect(answer.locator("ol > li")).to_have_count(3)
    expect(answer.locator("th")).to_have_text(["Case", "Discriminant", "Roots"], use_inner_text=True)
    assert answer.locator("td").nth(2).evaluate("node => getComputedStyle(node).textAlign") == "right"
    expect(answer.locator("strong").first).to_have_text("two solutions", use_inner_text=True)
    expect(answer.locator("math mfrac")).to_have_count(1)
    expect(answer.locator("blockquote")).to_contain_text("al-Khwarizmi")
    expect(answer.locator("img")).to_have_count(0)
    link = answer.get_by_role("link", name="the article")
    assert link.get_attribute("href") == "https://en.wikipedia.org/wiki/Quadratic_formula"
    assert (link.get_attribute("rel"), link.get_attribute("target")) == (
        "noopener noreferrer nofollow",
        "_blank",
    )
    expect(answer.locator(".cr-host").first).to_have_text(" (en.wikipedia.org)")


def test_code_is_copied_by_keyboard_and_scrolls_on_a_phone(chat: Callable[..., Page]) -> None:
    long = "value = " + " + ".join(f"number_{place}" for place in range(30))
    page = chat(
        says(f"So:\n\n```python\n{long}\nx = 1\n```\n\n| a | b |\n|---|---|\n| {'word ' * 60} | c |\n"),
        width=390,
    )
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    answer = ask(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    code = answer.locator(".cr-code-text")
    assert code.evaluate("node => node.scrollWidth > node.clientWidth")
    expect(answer.locator(".cr-code-n").last).to_have_text("1")
    button = answer.get_by_role("button", name="Copy this code")
    button.focus()
    page.keyboard.press("Enter")
    expect(answer.locator(".cr-code button")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == f"{long}\nx = 1"
    expect(button).to_have_text("Copy")


@pytest.mark.parametrize(
    ("text", "inside"),
    [("It is **very likely** so.", "strong"), ("```py\nvery likely = 1\n```", "pre code"),
     ("[very likely](https://example.org)", "a")],
)  # fmt: skip
def test_a_token_inside_an_element_has_its_alternatives(
    chat: Callable[..., Page], text: str, inside: str
) -> None:
    page = chat(says(text, " likel"))
    answer, popup = ask(page), page.locator(".cr-popup")
    token = answer.locator(f"{inside} .cr-token.cr-doubtful")
    assert token.evaluate("node => node.style.getPropertyValue('--s')") == "0.400"
    token.hover()
    expect(popup.locator("li").first).to_contain_text("other")
    page.mouse.move(2, 2)
    token.focus()
    page.keyboard.press("Enter")
    expect(popup.get_by_role("button")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".cr-branches")).to_contain_text("Version 2 of 2")


def test_the_arrow_keys_visit_every_token_once(chat: Callable[..., Page]) -> None:
    text = "It *is* **so**, `x`:\n\n- a\n- $b$"
    page = chat(says(text))
    answer = ask(page)
    answer.locator(".cr-token").first.focus()
    visited = []
    for _ in split(text):
        visited.append(page.evaluate("document.activeElement.credence.index"))
        page.keyboard.press("ArrowRight")
    assert visited == list(range(len(split(text))))
    expect(page.locator(".cr-popup b").first).to_have_text("95 %")


def test_the_source_is_shown_on_request_and_after_a_reload(chat: Callable[..., Page]) -> None:
    text = "# A\n\nIt is **so**.\n"
    page = chat(says(text))
    answer = ask(page)
    expect(answer.locator("strong")).to_have_count(1)
    switch = page.get_by_role("button", name="source")
    switch.click()
    expect(answer.locator("strong")).to_have_count(0)
    assert answer.evaluate(TEXT) == text
    page.reload()
    expect(switch).to_have_attribute("aria-pressed", "true")
    answer = ask(page)
    assert answer.evaluate(TEXT) == text
    switch.click()
    expect(answer.locator("strong")).to_have_text("so")


def test_phrases_are_tinted_across_elements(chat: Callable[..., Page]) -> None:
    page = chat(says("It is **very** likely. And `x` is $x^2$."))
    answer = ask(page)
    page.get_by_role("radio", name="phrases").click()
    expect(answer.locator("strong .cr-phrase")).to_have_text("very")
    expect(answer.locator("sup")).to_have_count(2)
    expect(answer.locator("sup").first).to_have_text("P(True) 94 %")


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>window.hacked=1</script> <img src=x onerror=window.hacked=1> **b**",
        "[a](javascript:window.hacked=1) ![b](data:image/svg+xml,<svg/onload=window.hacked=1>) ![c](http://evil.example/c.png)",
        "$\\href{javascript:window.hacked=1}{\\text{<img src=x onerror=window.hacked=1>}}$",
        "```html\n<script>window.hacked=1</script>\n```\n\n" + "> " * 500 + "deep",
    ],
)
def test_hostile_markdown_neither_runs_nor_loads(
    chat: Callable[..., Page], page_log: Any, hostile: str
) -> None:
    page = chat(says(hostile))
    before = len(page_log.requests)
    answer = ask(page)
    for link in answer.locator("a").all():
        assert (link.get_attribute("href") or "").startswith("http://evil.example")
    expect(answer.locator("script, img, svg, iframe, [href^=javascript], [onerror], [onload]")).to_have_count(
        0
    )
    assert page.evaluate("window.hacked === undefined")
    assert not any(
        "evil.example" in request or request.endswith("/x") for request in page_log.requests[before:]
    )


class PausedModel(ScriptedChatModel):
    """Waits before some tokens of the answer until it is released."""

    pauses: tuple[int, ...] = ()
    _gates: dict[int, threading.Event] = PrivateAttr(default_factory=dict)

    def release(self, token: int) -> None:
        self._gates.setdefault(token, threading.Event()).set()

    def _stream(self, *args: Any, **options: Any) -> Iterator[ChatGenerationChunk]:
        for count, chunk in enumerate(super()._stream(*args, **options)):
            if len(self.received) == 1 and count in self.pauses:
                self._gates.setdefault(count, threading.Event()).wait(60)
            yield chunk


def test_finished_blocks_keep_their_nodes_while_the_answer_grows(chat: Callable[..., Page]) -> None:
    text = "# Title\n\nIt is **so**.\n\n```py\nx = 1\n```\n\nAnd **more of it** to come."
    tokens = split(text)
    pauses = (tokens.index("1") + 1, len(tokens) - 4, len(tokens) - 1)
    model = PausedModel(replies=(*DEMONSTRATION[:6], reply(text)), pauses=pauses)
    page = chat(model)
    send(page, "How?")
    answer = page.locator(".cr-answer")
    expect(answer.locator("pre")).to_have_text("x = 1")
    page.evaluate("kept = [...document.querySelectorAll('.cr-answer > *, .cr-answer pre .cr-token')]")
    page.evaluate("getSelection().selectAllChildren(document.querySelector('.cr-answer strong'))")
    model.release(pauses[0])
    expect(answer.locator("strong").last).to_contain_text(
        "more"
    )  # closed although the model has not closed it
    assert page.evaluate("kept.every((node) => node.isConnected)")
    assert page.evaluate("getSelection().toString()") == "so"
    model.release(pauses[1])
    model.release(pauses[2])
    finished(page)
    assert sorted(set(answer.evaluate(INDICES))) == list(range(len(tokens)))
