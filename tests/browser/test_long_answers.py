"""Long answers: reasoning, sentences judged one by one, doubtful places, and going on from a cut answer."""

import threading
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import pytest
from playwright.sync_api import Page, expect
from pydantic import PrivateAttr

from chains.engines.scripted import ScriptedChatModel
from estimators.markers.matcher import find_markers
from tests.browser.conftest import finished, send
from tests.browser.long_script import ANSWER, DOUBTED, REPLIES, THOUGHT

LENGTH = "Longest answer (tokens)"


@pytest.fixture(scope="module", autouse=True)
def markers_read() -> None:
    """The pattern of all markers, which takes seconds to make, so that no test waits for it."""
    find_markers("")


def scripted() -> ScriptedChatModel:
    return ScriptedChatModel(replies=REPLIES)


class Waits(ScriptedChatModel):
    """Its first reply waits before a token until it is let go on."""

    at: int
    _let: threading.Event = PrivateAttr(default_factory=threading.Event)

    def go_on(self) -> None:
        self._let.set()

    def _stream(self, *args: Any, **options: Any) -> Iterator[Any]:
        for count, chunk in enumerate(super()._stream(*args, **options)):
            if count == self.at:
                self._let.wait(60)
            yield chunk


class BreaksOff(ScriptedChatModel):
    """Its first reply breaks off after ten tokens."""

    _broken: bool = PrivateAttr(default=False)

    def _stream(self, *args: Any, **options: Any) -> Iterator[Any]:
        for count, chunk in enumerate(super()._stream(*args, **options)):
            if count == 10 and not self._broken:
                self._broken = True
                raise ConnectionError("the server died")
            yield chunk


class CannotContinue(Waits):
    continues_begun: ClassVar[bool] = False


def test_reasoning_is_folded_apart_and_its_tokens_can_be_looked_at(chat: Callable[..., Page]) -> None:
    model = Waits(replies=REPLIES, at=12)
    page = chat(model)
    send(page, "What is the capital?")
    reasoning = page.locator(".cr-reasoning")
    expect(reasoning.locator("summary")).to_have_text("Reasoning …")
    expect(page.locator(".cr-answer").first).to_be_hidden()
    reasoning.locator("summary").click()
    expect(reasoning).to_contain_text("Is it Sydney")
    model.go_on()
    finished(page)
    expect(page.locator(".cr-turns[role=region] .cr-reasoning summary")).to_have_text("Reasoning, 15 tokens")
    expect(page.locator(".cr-answer").last).to_have_text(ANSWER, use_inner_text=True)
    for messages in model.received[1:]:  # what is asked about the answer never quotes its reasoning
        assert not any("Surely" in str(message.content) for message in messages)
    past = page.locator(".cr-turns[role=region] .cr-reasoning")  # it stays open when the turn ends
    expect(past.locator(".cr-reasoning-text")).to_have_text(THOUGHT)
    past.locator(".cr-token", has_text="Sydney").hover()
    expect(page.locator("#cr-popup")).to_contain_text("90 %")
    assert page.locator(".cr-answer .cr-key").all_inner_texts() == [" Canberra"]


def test_sentences_are_judged_within_a_budget_and_the_rest_when_asked(chat: Callable[..., Page]) -> None:
    model = scripted()
    page = chat(model)
    send(page, "Tell me about the tower")
    finished(page)
    said = page.locator(".cr-judgements p")
    expect(said).to_contain_text("The model was asked whether 8 of its 11 sentences are true")
    expect(said).to_contain_text("its least sure reply was 20 % yes")
    asked = [str(messages[-1].content) for messages in model.received]
    assert not any(
        "height <= 0" in text.rpartition("One sentence of")[2] for text in asked if "One sentence of" in text
    )
    before = len(asked)
    page.get_by_role("button", name="Judge the other 3").click()
    expect(said).to_contain_text("The model was asked whether its 11 sentences are true")
    assert len(model.received) == before + 3
    expect(page.get_by_role("button", name="Judge the other")).to_have_count(0)


def test_code_alone_is_not_judged_by_sentence(chat: Callable[..., Page]) -> None:
    page = chat(scripted())
    send(page, "Write code")
    finished(page)
    expect(page.locator(".cr-judgements")).to_have_count(0)
    expect(page.locator(".cr-weak")).to_have_count(0)


@pytest.mark.parametrize("width", [1280, 390])
def test_doubtful_places_are_marked_and_reached_by_keyboard(chat: Callable[..., Page], width: int) -> None:
    page = chat(scripted(), width=width)
    send(page, "Tell me about the tower")
    finished(page)
    expect(page.locator(".cr-weak-first")).to_have_count(2)
    mark = "node => getComputedStyle(node, '::before').content"
    assert "?" in page.locator(".cr-weak-first").first.evaluate(mark)
    page.get_by_role("button", name="Next doubtful place").click()
    told, focused = page.locator("body > .cr-off-screen[role=status]"), page.locator(".cr-token:focus")
    expect(told).to_have_text(
        "Doubtful place 1 of 2. Asked whether this sentence is true, the model leaned only 20 % to yes."
    )
    expect(focused).to_be_in_viewport()
    assert sentence_at(page) == DOUBTED[0]
    expect(page.locator("#cr-popup")).to_contain_text("the model leaned only 20 % to yes")
    page.keyboard.press("n")
    expect(told).to_contain_text("Doubtful place 2 of 2.")
    assert sentence_at(page) == DOUBTED[1]
    page.keyboard.press("Shift+N")
    expect(told).to_contain_text("Doubtful place 1 of 2.")
    page.get_by_role("button", name="Next doubtful place").click()
    expect(told).to_contain_text("Doubtful place 2 of 2.")
    box = page.get_by_placeholder("Ask something …")
    box.fill("")
    box.press_sequentially("no")  # in a text the key is a letter
    expect(box).to_have_value("no")
    expect(told).to_contain_text("Doubtful place 2 of 2.")


def sentence_at(page: Page) -> str:
    """The marked words from the focus on."""
    script = """() => {
      const words = [];
      const all = [...document.querySelectorAll(".cr-token")];
      for (const span of all.slice(all.indexOf(document.activeElement))) {
        if (!span.classList.contains("cr-weak") || (words.length && span.classList.contains("cr-weak-first"))) break;
        words.push(span.textContent);
      }
      return words.join("").trim();
    }"""
    return str(page.evaluate(script))


def whole(page: Page) -> None:
    """The complete answer is there, and judged."""
    expect(page.locator(".cr-judgements p")).to_contain_text(
        "The model was asked whether 8 of its 11 sentences are true"
    )
    text = page.locator(".cr-answer").last.inner_text()
    assert "Many people visit it every year." in text and text.count("The Eiffel Tower stands in Paris.") == 1
    assert text.count("It is 312 metres high.") == 1
    expect(page.get_by_role("button", name="Continue")).to_have_count(0)


def test_an_answer_cut_at_the_limit_goes_on_in_the_same_turn(chat: Callable[..., Page]) -> None:
    model = scripted()
    page = chat(model)
    page.get_by_role("button", name="Settings").click()
    page.get_by_label(f"number input for {LENGTH}").fill("64")
    page.get_by_label(f"number input for {LENGTH}").blur()
    send(page, "Tell me about the tower")
    finished(page)
    expect(page.locator(".cr-note")).to_contain_text(
        "cut off at the maximum length from the settings (64 tokens)"
    )
    page.get_by_role("button", name="Continue").click()
    expect(page.locator(".cr-judgements p")).to_contain_text("8 of its 11")
    finished(page)
    whole(page)
    expect(page.locator(".cr-note")).to_have_count(0)
    assert sum(messages[-1].type == "ai" for messages in model.received) == 1


def test_without_a_limit_the_answer_is_whole(chat: Callable[..., Page]) -> None:
    page = chat(scripted())
    send(page, "Tell me about the tower")
    finished(page)
    whole(page)


def test_a_stopped_answer_goes_on(chat: Callable[..., Page]) -> None:
    model = Waits(replies=REPLIES, at=20)
    page = chat(model)
    send(page, "Tell me about the tower")
    expect(page.locator(".cr-answer").last).to_contain_text("stands in Paris")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".cr-note")).to_contain_text("You stopped this answer.")
    model.go_on()
    page.get_by_role("button", name="Continue").click()
    expect(page.locator(".cr-judgements p")).to_contain_text("8 of its 11")
    whole(page)


def test_an_answer_that_broke_off_keeps_what_came_and_goes_on(chat: Callable[..., Page]) -> None:
    page = chat(BreaksOff(replies=REPLIES))
    send(page, "Tell me about the tower")
    expect(page.locator(".cr-turn .cr-error")).to_contain_text("The connection broke off.")
    expect(page.locator(".cr-answer").last).to_contain_text("The Eiffel Tower")
    page.get_by_role("button", name="Continue").click()
    expect(page.locator(".cr-turn .cr-error")).to_have_count(0)
    expect(page.locator(".cr-judgements p")).to_contain_text("8 of its 11")
    whole(page)


def test_a_stopped_reasoning_goes_on_to_the_answer(chat: Callable[..., Page]) -> None:
    model = Waits(replies=REPLIES, at=12)
    page = chat(model)
    send(page, "What is the capital?")
    expect(page.locator(".cr-reasoning summary")).to_have_text("Reasoning …")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".cr-note").last).to_have_text(
        "The model was still reasoning, so there is no answer yet."
    )
    model.go_on()
    page.get_by_role("button", name="Continue").click()
    expect(page.locator(".cr-turns[role=region] .cr-answer")).to_have_text(ANSWER, use_inner_text=True)
    expect(page.locator(".cr-turns[role=region] .cr-reasoning summary")).to_have_text("Reasoning, 15 tokens")


def test_a_model_that_cannot_go_on_says_so(chat: Callable[..., Page]) -> None:
    model = CannotContinue(replies=REPLIES, at=20)
    page = chat(model)
    send(page, "Tell me about the tower")
    expect(page.locator(".cr-answer").last).to_contain_text("stands in Paris")
    page.get_by_role("button", name="Stop").click()
    model.go_on()
    past = page.locator(".cr-turns[role=region]")
    expect(past).to_contain_text("cannot go on from a partial answer. Retry asks for a new one.")
    expect(page.get_by_role("button", name="Continue")).to_have_count(0)
    expect(page.get_by_role("button", name="Ask this again", exact=True)).to_be_visible()
