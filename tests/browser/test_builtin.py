"""The first minute with the model that people get: its four examples do what the empty chat says of them."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from chains.engines.llama.chat_model import ChatLlama
from chains.engines.open import open_chat_model
from tests.browser.conftest import finished, send
from ui.chat.examples import examples_for

pytestmark = pytest.mark.slow  # 1.1 GB to fetch once, and a minute to answer


@pytest.fixture(scope="module")
def builtin() -> Iterator[ChatLlama]:
    model = open_chat_model("builtin")
    assert isinstance(model, ChatLlama)
    yield model
    model.close()


def shown_percent(page: Page) -> int:
    """The figure that leads the panel."""
    return int("".join(filter(str.isdigit, page.locator(".cr-number").first.inner_text())))


def test_the_four_examples_behave_as_the_page_says(chat: Callable[..., Page], builtin: ChatLlama) -> None:
    if builtin.metadata and "credence_note" in builtin.metadata:
        pytest.skip("this machine has too little memory for the larger model")
    examples = examples_for(builtin)
    assert len(examples) == 4 and all(example.look for example in examples)
    page = chat(builtin)
    figures, texts, withheld = [], [], []
    for turn, example in enumerate(examples, 1):
        if turn == 1:
            page.locator(".cr-example", has_text=example.text).first.click()
            expect(page.get_by_placeholder("Ask something …")).to_have_value(example.text)
        send(page, example.text)
        finished(page, turns=turn)
        last = page.locator(".cr-turn").last
        figures.append(shown_percent(page))
        withheld.append(last.locator(".cr-banner").count() == 1)
        texts.append(last.locator(".cr-answer").text_content() or "")
    sure, unsure, kept_back, parting = range(4)
    assert "Ottawa" in texts[sure] and not withheld[sure]
    assert "Spyri" not in texts[unsure] and figures[unsure] < figures[sure] - 20
    assert withheld[kept_back]
    assert "Aldrin" not in texts[parting]
