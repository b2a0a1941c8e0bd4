"""From the badge below an answer to all that was measured, and what else the answer could have said."""

from collections.abc import Callable

from langchain_core.messages import BaseMessage
from playwright.sync_api import Page, expect

from chains.engines.scripted import DEMONSTRATION, ScriptedChatModel, ScriptedReply
from estimators.types import Token
from tests.browser.conftest import finished, send

QUESTION = "What is the capital of Australia?"


def test_the_badge_says_how_sure_and_opens_what_it_rests_on(chat: Callable[..., Page]) -> None:
    page = chat(ScriptedChatModel())
    send(page, QUESTION)
    finished(page)
    badge = page.locator(".cr-badge")
    expect(badge.locator(".cr-badge-open")).to_have_text("likely· 71 %uncalibrated")
    expect(badge.locator(".cr-badge-why")).to_have_text("It could also have said “Sydney …” (22 %).")
    expect(page.locator("[data-key=few-p_true_third]")).to_be_hidden()  # calm until somebody asks
    badge.locator(".cr-badge-open").press("Enter")
    expect(page.locator("[data-key=few-p_true_third]")).to_be_visible()
    expect(page.locator("[data-key=lane-p_true_third]")).to_be_hidden()
    expect(page.locator("[data-key=why] > summary")).to_be_focused()
    expect(page.locator(".cr-plain-gap")).to_contain_text(
        "its reply comes to 62 %, but while writing it was 82 % sure"
    )
    expect(page.locator("[data-key=why]")).to_contain_text("The 71 % is that of “The words that answer”.")
    expect(page.locator("[data-key=why] .cr-lines").first).to_contain_text("65–80 %")
    page.locator("[data-key=few-p_true_third] > summary").press("Enter")
    expect(page.locator("[data-key=few-p_true_third] p")).to_contain_text(
        "100 % is a clear yes, 0 % a clear no."
    )
    page.locator("[data-key=all] > summary").press("Enter")
    expect(page.locator("[data-key=lane-p_true_third]")).to_be_visible()


def test_each_number_says_what_it_means_by_keyboard_and_touch(chat: Callable[..., Page]) -> None:
    page = chat(ScriptedChatModel(), width=390)
    send(page, QUESTION)
    finished(page)
    info = page.get_by_role("button", name="What does this number mean?")
    expect(page.locator(".cr-badge-meaning")).to_be_hidden()
    info.press("Enter")
    expect(info).to_have_attribute("aria-expanded", "true")
    expect(page.locator(".cr-badge-meaning")).to_contain_text(
        "was 71 % sure of the words that answer the question"
    )
    info.click()
    expect(page.locator(".cr-badge-meaning")).to_be_hidden()


def test_on_a_phone_the_badge_leads_to_the_panel_and_back(chat: Callable[..., Page]) -> None:
    page = chat(ScriptedChatModel(), width=390, height=700)
    send(page, QUESTION)
    finished(page)
    page.locator(".cr-badge-open").click()
    expect(page.locator("[data-key=few-p_true_third]")).to_be_in_viewport()
    page.get_by_role("button", name="Back to the answer").click()
    expect(page.locator(".cr-badge-open")).to_be_in_viewport()
    expect(page.locator(".cr-badge-open")).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_another_answer_continues_from_its_token_with_one_click(chat: Callable[..., Page]) -> None:
    page = chat(ScriptedChatModel())
    send(page, QUESTION)
    finished(page)
    page.locator(".cr-other", has_text="Sydney").click()
    expect(page.locator(".cr-branches")).to_contain_text("“Sydney” in place of “Canberra”")
    finished(page)
    expect(page.locator(".cr-answer")).to_contain_text("Sydney")


class Wavering(ScriptedChatModel):
    """Says Canberra greedily and Sydney when it is sampled."""

    def _choose(self, messages: list[BaseMessage]) -> ScriptedReply:
        reply = super()._choose(messages)
        if reply is self.replies[-1] and sum(call[-1].text == QUESTION for call in self.received) > 1:
            return ScriptedReply((Token("It is", -0.1), Token(" Sydney", -0.9), Token(".", -0.1)))
        return reply


def test_a_sample_is_shown_whole_and_becomes_a_version(chat: Callable[..., Page]) -> None:
    page = chat(Wavering(replies=DEMONSTRATION))
    send(page, QUESTION)
    finished(page)
    page.get_by_role("button", name="Check consistency").click()
    page.get_by_role("button", name="Start").click()
    expect(page.locator(".cr-badge-why")).to_have_text(
        "Asked 4 more times, it never said the same; 4 times it said “It is Sydney.”"
    )
    other = page.locator(".cr-other", has_text="4 of 4 samples")
    other.click()
    expect(page.locator(".cr-sample p")).to_have_text("It is Sydney.")
    other.click()
    expect(page.locator(".cr-sample")).to_have_count(0)
    other.click()
    page.get_by_role("button", name="Use this answer").click()
    expect(page.locator(".cr-branches")).to_contain_text("sample 1 of 4")
    finished(page)
    expect(page.locator(".cr-answer")).to_contain_text("It is Sydney.")
    page.get_by_role("button", name="Previous version").click()
    expect(page.locator(".cr-answer")).to_contain_text("Canberra")
