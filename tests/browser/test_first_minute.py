"""What a newcomer finds in an empty chat: examples, and recorded answers that need no model."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from chains.engines.scripted import ScriptedChatModel
from tests.browser.conftest import finished, send
from ui.chat.examples import all_examples
from ui.recorded.recordings import recorded, recordings


def test_an_example_goes_into_the_box(chat: Callable[..., Page]) -> None:
    model = ScriptedChatModel()
    page = chat(model)
    texts = [example.text for example in all_examples()]
    buttons = page.locator(".cr-example:not(.cr-recording)")
    assert buttons.all_inner_texts() == texts
    buttons.nth(1).click()
    expect(page.get_by_placeholder("Ask something …")).to_have_value(texts[1])


def test_recorded_answers_open_without_asking_the_model(chat: Callable[..., Page]) -> None:
    model = ScriptedChatModel()
    page = chat(model)
    page.get_by_text("See recorded answers").click()
    buttons = page.locator(".cr-recording")
    expect(buttons).to_have_count(len(recordings()))
    chosen = next(
        one for one in recordings() if any(entry.turn.samples for entry in recorded(one.name) if entry.turn)
    )
    before = len(model.received)
    buttons.filter(has_text=chosen.title).click()
    turns = page.locator(".cr-turn")
    expect(turns).to_have_count(len(recorded(chosen.name)))
    expect(turns.first.locator(".cr-note").first).to_contain_text(
        f"Recorded with {chosen.model} on {chosen.date}"
    )
    expect(turns.first.locator(".cr-token").first).to_be_visible()
    expect(page.locator(".cr-fold > summary", has_text="Samples").first).to_be_attached()
    expect(page.get_by_text("Was this right?")).to_have_count(0)
    assert len(model.received) == before
    send(page, "And what else?")
    finished(page, turns=len(recorded(chosen.name)) + 1)
    expect(turns.last.locator(".cr-note")).to_have_count(0)


def test_recorded_answers_on_a_phone_stay_inside_the_screen(chat: Callable[..., Page]) -> None:
    page = chat(ScriptedChatModel(), width=390, height=844)
    page.get_by_text("See recorded answers").click()
    expect(page.locator(".cr-recording").last).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_link_brings_a_question_along_once(page: Page, serve: Callable[..., str], url: str) -> None:
    address = serve(ScriptedChatModel(), conversations=url)
    page.goto(f"{address}?q=Which%20one%20flies%3F%0AA.%20dog%0AB.%20bee")
    box = page.get_by_placeholder("Ask something …")
    expect(box).to_have_value("Which one flies?\nA. dog\nB. bee")
    assert "q=" not in page.url
    box.fill("Something else")
    page.reload()
    expect(box).to_have_value("Something else")


def test_a_link_opens_a_recorded_conversation(page: Page, serve: Callable[..., str]) -> None:
    first = recordings()[0]
    page.goto(f"{serve(ScriptedChatModel())}?recorded={first.name}")
    expect(page.locator(".cr-turn")).to_have_count(len(recorded(first.name)))
    assert "recorded=" not in page.url
    page.goto(f"{serve(ScriptedChatModel())}?recorded=unknown")
    expect(page.locator(".cr-empty")).to_be_visible()


def test_the_page_can_be_installed(page: Page, serve: Callable[..., str]) -> None:
    address = serve(ScriptedChatModel())
    page.goto(address)
    manifest = page.request.get(f"{address}manifest.json").json()
    (icon,) = manifest["icons"]
    assert manifest["name"] == "Credence" and manifest["display"] == "standalone"
    drawn = page.request.get(f"{address.rstrip('/')}{icon['src']}")
    assert drawn.ok and drawn.headers["content-type"] == "image/svg+xml"
