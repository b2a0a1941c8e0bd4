"""The confidence panel under other people's Gradio chats."""

import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import gradio as gr
import pytest
from playwright.sync_api import Locator, Page, expect

from chains import assess
from chains.engines.scripted import ScriptedChatModel, ScriptedReply
from plugin import with_panel
from tests.ports import free_port

CAPITAL = "What is the capital of Australia?"
TEXT = "The capital of Australia is probably Canberra."
MISSING = "no model is named to score its text"


class Counting(ScriptedChatModel):
    """A scorer that counts the texts."""

    texts: list[str] = []  # noqa: RUF012 - pydantic copies it

    def score(self, messages: Any, text: str, top_logprobs: int) -> Any:
        self.texts.append(text)
        return super().score(messages, text, top_logprobs)


@pytest.fixture(scope="module", autouse=True)
def warm() -> None:
    """What the first assessment of a process loads is not part of these tests."""
    assess(ScriptedChatModel(), CAPITAL, answer=TEXT)


@pytest.fixture
def open_app(page: Page) -> Iterator[Callable[[gr.Blocks], Page]]:
    """Serve somebody's app and open it."""
    apps: list[gr.Blocks] = []

    def opened(app: gr.Blocks) -> Page:
        apps.append(app)
        _, url, _ = app.launch(server_port=free_port(), quiet=True, prevent_thread_lock=True)
        page.goto(url)
        return page

    yield opened
    for app in apps:
        app.close(verbose=False)


def send(chat: Page | Locator, text: str, number: int = 0) -> None:
    box = chat.get_by_role("textbox").nth(number)
    box.fill(text)
    box.press("Enter")


def stream(message: str, history: Any) -> Iterator[str]:
    words = TEXT.split()
    for number in range(1, len(words) + 1):
        if number == 4:
            time.sleep(1.2)  # a pause in the middle is not the end
        yield " ".join(words[:number])


def test_a_streaming_function_in_one_line(open_app: Callable[[gr.Blocks], Page]) -> None:
    scorer = Counting()
    page = open_app(with_panel(gr.ChatInterface(stream), score_with=scorer))
    expect(page.locator(".cr-panel")).to_contain_text("Ask a question")
    send(page, CAPITAL)
    expect(page.locator("credence-answer .text")).to_have_text(TEXT)
    expect(page.locator(".credence-status")).to_have_text(
        "Scored by scripted, which did not write this answer."
    )
    expect(page.locator(".cr-panel")).to_contain_text("82 %")
    assert scorer.texts == [TEXT]
    page.locator("credence-answer .token", has_text="Canberra").hover()
    expect(page.locator("credence-answer .popup")).to_contain_text("Sydney22 %")
    page.get_by_label("Clear").click()
    expect(page.locator(".cr-panel")).to_contain_text("Ask a question")
    expect(page.locator("credence-answer")).to_be_hidden()
    send(page, CAPITAL)
    expect(page.locator(".cr-panel")).to_contain_text("82 %")
    assert scorer.texts == [TEXT]  # the same exchange is not scored again


def test_two_chats_and_a_bare_chatbot_on_one_page_do_not_disturb_each_other(
    open_app: Callable[[gr.Blocks], Page],
) -> None:
    model = ScriptedChatModel()

    def as_message(message: str, history: Any) -> dict[str, Any]:
        return {"role": "assistant", "content": "Paris."}

    async def with_langchain(message: str, history: Any) -> AsyncIterator[str]:
        text = ""
        async for chunk in model.bind(logprobs=True, top_logprobs=5).astream(message):
            text += str(chunk.text)
            yield text

    def answered(message: str, history: list[Any]) -> tuple[str, list[Any]]:
        said = [{"role": "user", "content": message}, {"role": "assistant", "content": "Berlin."}]
        return "", [*history, *said]

    with gr.Blocks() as app:
        with gr.Tab("One"):
            with_panel(gr.ChatInterface(as_message))
        with gr.Tab("Two", elem_id="two"):
            with_panel(gr.ChatInterface(with_langchain), signals=("numeric",))
        with gr.Tab("Three"):
            chatbot, box = gr.Chatbot(), gr.Textbox(label="Yours")
            box.submit(answered, [box, chatbot], [box, chatbot])
            with_panel(
                chatbot, score_with=ScriptedChatModel(replies=(ScriptedReply.of("85"),)), signals=("numeric",)
            )
    page = open_app(app)
    first = page.locator("[role=tabpanel]:visible")
    send(first, CAPITAL)
    expect(first.locator(".cr-panel")).to_contain_text(MISSING)
    expect(first.locator("credence-answer")).to_contain_text("Paris.")
    page.get_by_role("tab", name="Two").click()
    second = page.locator("[role=tabpanel]:visible")
    send(second, CAPITAL)
    expect(second.locator("credence-answer .text")).to_have_text(TEXT)
    expect(second.locator("credence-answer .token")).to_have_count(8)
    page.get_by_role("tab", name="Three").click()
    third = page.locator("[role=tabpanel]:visible")
    send(third, "Germany?")
    expect(third.locator("credence-answer .text")).to_have_text("Berlin.")
    expect(third.locator(".cr-panel")).to_contain_text("90 %")
    page.get_by_role("tab", name="One").click()
    expect(page.locator("[role=tabpanel]:visible credence-answer")).to_contain_text("Paris.")


def test_their_error_stays_theirs_and_a_scorer_that_fails_says_so(
    open_app: Callable[[gr.Blocks], Page],
) -> None:
    class Broken(ScriptedChatModel):
        def score(self, messages: Any, text: str, top_logprobs: int) -> Any:
            raise RuntimeError("ours")

    def moody(message: str, history: Any) -> str:
        if message == "fail":
            raise gr.Error("their own words", print_exception=False)
        return f"<b>x</b> ${{document.title=2}} {message}"

    page = open_app(with_panel(gr.ChatInterface(moody), score_with=Broken()))
    send(page, "fail")
    expect(page.get_by_text("their own words")).to_be_visible()
    expect(page.locator(".cr-panel")).to_contain_text("Ask a question")
    page.reload()  # Gradio leaves the box disabled after an error
    expect(page.locator(".cr-panel")).to_contain_text("Ask a question")
    send(page, "go")
    expect(page.locator(".credence-status")).to_have_text(
        "This answer could not be scored. The log says why."
    )
    expect(page.get_by_text("${document.title=2} go").first).to_be_visible()
    assert page.title() == "Gradio"


def test_what_is_no_chat_or_comes_too_late_is_refused() -> None:
    with gr.Blocks():
        inside = gr.Chatbot()
        with pytest.raises(TypeError, match=r"takes a gr.ChatInterface or a gr.Chatbot, not a Textbox"):
            with_panel(gr.Textbox())  # type: ignore[type-var]
    with pytest.raises(ValueError, match=r"while the gr.Blocks around the chat is being built"):
        with_panel(inside)
    alone = gr.ChatInterface(lambda message, history: "x")
    with gr.Blocks(), pytest.raises(ValueError, match=r"was built outside gr.Blocks"):
        with_panel(alone)
