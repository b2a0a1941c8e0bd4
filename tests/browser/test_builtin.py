"""The first minute with the model that people get: its four examples do what the empty chat says of them."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from chains.engines.llama.chat_model import ChatLlama
from chains.engines.open import open_chat_model
from tests.browser.conftest import finished
from ui.chat.examples import all_examples

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


def stated_percent(page: Page) -> int:
    """How probable the model finds “True” when it is asked whether its answer is true."""
    lane = page.locator(".cr-lane[data-key$=-p_true_own] > summary > b").first
    return int("".join(filter(str.isdigit, lane.text_content() or "")))


def test_the_four_examples_behave_as_the_page_says(chat: Callable[..., Page], builtin: ChatLlama) -> None:
    if builtin.metadata and "credence_note" in builtin.metadata:
        pytest.skip("this machine has too little memory for the larger model")
    examples = all_examples()
    assert len(examples) == 4 and all(example.look for example in examples)
    figures, texts, stated = [], [], []
    page = chat(builtin)
    for place, example in enumerate(examples):
        if place:
            page.reload()  # each is asked first, as it was measured: an empty chat offers them, a later turn does not
        page.locator(".cr-example", has_text=example.text).first.click()
        expect(page.get_by_placeholder("Ask something …")).to_have_value(example.text)
        page.get_by_placeholder("Ask something …").press("Enter")
        finished(page)
        expect(page.locator(".cr-turn .cr-banner")).to_have_count(1 if place else 0)
        figures.append(shown_percent(page))
        stated.append(stated_percent(page))
        texts.append(page.locator(".cr-turn .cr-answer").text_content() or "")
    sure, unsure, doubted, parting = range(4)
    assert "Ottawa" in texts[sure] and figures[sure] >= 90
    assert "Beethoven" not in texts[unsure] and figures[unsure] <= 30
    assert "capybara" in texts[doubted]
    assert "Kawabata" not in texts[parting] and figures[parting] <= 30 and stated[parting] >= 90
