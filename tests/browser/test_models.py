"""The page while its model is loaded, and the menu of models, in a real browser."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Page, expect

from chains.calibration.store import NONE, choose_calibration
from chains.engines.open import open_chat_model
from chains.errors import ModelUnavailable, NotEnoughMemory
from chains.model_files import tiny_gguf
from chains.models.remembered import remembered
from chains.models.slot import ModelSlot
from tests.browser.conftest import finished, send
from tests.chains.models.opener import PATIENCE, Opener
from ui.chat.examples import all_examples

QUESTION = "What is the capital of Australia?"
HOSTILE = "<img src=x onerror=alert(1)>${alert(1)}"


@pytest.fixture
def opener(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opener:
    """Models of any name; nothing is found on this machine but what a test puts there."""
    monkeypatch.setenv("CREDENCE_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr("ui.models.menu.check_spec", lambda spec: None)
    return Opener()


@pytest.fixture
def opened(page: Page, serve: Callable[..., str], opener: Opener) -> Iterator[Callable[..., ModelSlot]]:
    """Open the page around a slot that begins to open ``spec``."""
    slots: list[ModelSlot] = []

    def start(spec: str, width: int = 1280, shared: bool = False, **options: Any) -> ModelSlot:
        slots.append(slot := ModelSlot(opener))
        slot.open(spec)
        page.set_viewport_size({"width": width, "height": 850})
        page.goto(serve(slot, shared=shared, **options))
        expect(page.locator(".cr-empty")).to_be_visible()
        return slot

    yield start
    for gate in opener.gates.values():
        gate.set()
    for slot in slots:
        slot.close()


def choose(page: Page, name: str) -> None:
    """Open the menu and choose the model that is typed."""
    page.locator(".cr-model-open").click()
    expect(page.locator(".cr-model-choice").first).to_be_visible()
    field = page.get_by_label("Any other")
    field.fill(name)
    field.press("Enter")


def test_the_page_opens_while_its_model_is_loaded_and_a_message_waits_for_it(
    page: Page, opened: Callable[..., ModelSlot], opener: Opener
) -> None:
    gate = opener.gate("slow")
    opened("slow")
    line = page.locator(".cr-loading")
    expect(line).to_contain_text("Loading slow.")
    expect(line).to_contain_text("430 of 1,093 MB, 30.0 MB/s, about 22 s left")
    assert page.locator(".cr-example:not(.cr-recording)").all_inner_texts() == [
        example.text for example in all_examples()
    ]
    page.get_by_text("See recorded answers").click()
    expect(page.locator(".cr-recording").first).to_be_visible()
    send(page, QUESTION)
    expect(page.locator(".cr-status")).to_contain_text("Waiting for the model: 430 of 1,093 MB")
    gate.set()
    finished(page)
    expect(page.locator(".cr-answer")).to_contain_text("Canberra")
    expect(line).to_be_hidden()
    expect(page.locator(".cr-model-open")).to_contain_text("slow · script")


def test_recorded_answers_open_without_a_model(
    page: Page, opened: Callable[..., ModelSlot], opener: Opener
) -> None:
    opener.gate("slow")
    opened("slow")
    page.get_by_text("See recorded answers").click()
    page.locator(".cr-recording").first.click()
    expect(page.locator(".cr-turn .cr-token").first).to_be_visible()


def test_waiting_can_be_stopped_and_the_text_comes_back(
    page: Page, opened: Callable[..., ModelSlot], opener: Opener
) -> None:
    opener.gate("slow")
    opened("slow")
    send(page, QUESTION)
    expect(page.locator(".cr-status")).to_contain_text("Waiting for the model")
    page.locator(".cr-composer .stop-button").click()
    expect(page.locator(".cr-turn .cr-error")).to_have_text("Stopped before the first word.")
    expect(page.get_by_placeholder("Ask something …")).to_have_value(QUESTION)


def test_a_model_that_cannot_be_loaded_says_why_and_can_be_tried_again(
    page: Page, opened: Callable[..., ModelSlot], opener: Opener
) -> None:
    opener.failures["broken"] = ModelUnavailable("The package index cannot be reached. Check the network.")
    opened("broken")
    line = page.locator(".cr-loading")
    expect(line).to_contain_text("broken is not loaded: The package index cannot be reached.")
    send(page, QUESTION)
    expect(page.locator(".cr-turn .cr-error")).to_contain_text("The package index cannot be reached.")
    expect(page.get_by_placeholder("Ask something …")).to_have_value(QUESTION)
    line.get_by_role("button", name="Choose another model").click()
    expect(page.get_by_role("dialog", name="Choose a model")).to_be_visible()
    page.keyboard.press("Escape")
    opener.failures.clear()
    line.get_by_role("button", name="Try again").click()
    expect(line).to_be_hidden()
    page.get_by_role("button", name="Ask this again", exact=True).click()
    finished(page)
    expect(page.locator(".cr-answer")).to_contain_text("Canberra")


def test_another_model_is_chosen_in_the_middle_of_a_conversation(
    page: Page, opened: Callable[..., ModelSlot], opener: Opener
) -> None:
    slot = opened("one")
    send(page, QUESTION)
    finished(page)
    expect(page.locator(".cr-by")).to_have_count(0)
    gate = opener.gate("two")
    choose(page, "two")
    expect(page.get_by_role("dialog")).to_be_hidden()
    line = page.locator(".cr-loading")
    expect(line).to_contain_text("Loading two. Until it is ready, one answers.")
    send(page, "And of Italy?")
    finished(page, 2)
    gate.set()
    expect(page.locator(".cr-model-open")).to_contain_text("two · script")
    expect(line).to_be_hidden()
    send(page, "And of France?")
    finished(page, 3)
    assert page.locator(".cr-by").evaluate_all("nodes => nodes.map((node) => node.firstChild.data)") == [
        "one", "one", "two",
    ]  # fmt: skip
    first, last = page.locator(".cr-turn").first, page.locator(".cr-turn").last
    expect(first.locator(".cr-by")).to_contain_text("choose this model again")
    assert not first.locator("[data-act=check]").count() and last.locator("[data-act=check]").count()
    assert not first.locator("[data-act=begin]").count() and last.locator("[data-act=begin]").count()
    first.locator("[data-act=retry]").click()
    finished(page, 1)
    expect(page.locator(".cr-by")).to_have_count(
        0
    )  # the version shown, and what followed it, are of one model
    assert remembered() == "two" and slot.state.spec == "two"
    assert opener.opened[0].closed.wait(PATIENCE)


def test_a_name_that_opens_nothing_is_told_in_the_menu(
    page: Page, opened: Callable[..., ModelSlot], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(spec: str) -> None:
        raise ModelUnavailable(f"{spec!r} is not the name of a model.")

    opened("one")
    monkeypatch.setattr("ui.models.menu.check_spec", refuse)
    choose(page, "nonsense")
    menu = page.get_by_role("dialog", name="Choose a model")
    expect(menu.get_by_role("alert")).to_have_text("'nonsense' is not the name of a model.")
    expect(menu).to_be_visible()
    assert remembered() == ""


def test_the_menu_works_with_the_keyboard_and_gives_the_focus_back(
    page: Page, opened: Callable[..., ModelSlot], opener: Opener, tmp_path: Path
) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "third.gguf").write_bytes(b"GGUF")
    opened("builtin")
    expect(page.locator(".cr-model-open")).to_be_visible()
    page.keyboard.press("Alt+Shift+M")
    choices = page.locator(".cr-model-choice")
    expect(choices).to_have_count(3)
    expect(choices.nth(0)).to_be_focused()  # the model in use
    expect(choices.nth(0)).to_contain_text("in use")
    expect(choices.nth(2)).to_contain_text("Its speed was not measured on this machine yet.")
    page.keyboard.press("ArrowDown")
    expect(choices.nth(1)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.locator(".cr-model-open").focus()
    page.keyboard.press("Enter")
    expect(choices.nth(0)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".cr-model-open")).to_be_focused()
    page.keyboard.press("Enter")
    expect(choices.nth(0)).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    expect(page.locator(".cr-model-open")).to_contain_text("third.gguf · script")


def test_a_model_without_room_can_take_the_place_of_the_old_one(
    page: Page, opened: Callable[..., ModelSlot], opener: Opener
) -> None:
    opened("one")
    opener.failures["big"] = NotEnoughMemory("big needs about 5.0 GB of memory, but only 3.0 GB is free.")
    choose(page, "big")
    line = page.locator(".cr-loading")
    expect(line).to_contain_text("big is not loaded: big needs about 5.0 GB of memory")
    expect(line).to_contain_text("one is still in use.")
    opener.failures.clear()
    line.get_by_role("button", name="Close one and load it").click()
    expect(page.locator(".cr-model-open")).to_contain_text("big · script")


def test_on_a_phone_the_menu_is_a_sheet_inside_the_screen(
    page: Page, opened: Callable[..., ModelSlot]
) -> None:
    opened("one", width=390)
    page.locator(".cr-model-open").click()
    expect(page.locator(".cr-model-choice").first).to_be_visible()
    box = page.get_by_role("dialog").bounding_box()
    assert box is not None and box["x"] == 0 and box["width"] == 390
    assert box["y"] + box["height"] == pytest.approx(850, abs=1)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_hostile_name_arrives_as_text(page: Page, opened: Callable[..., ModelSlot]) -> None:
    opened(HOSTILE)
    expect(page.locator(".cr-model-open")).to_contain_text(HOSTILE)
    assert page.locator("img[src=x]").count() == 0


def test_a_shared_page_shows_the_name_only_and_refuses_a_choice(
    page: Page, opened: Callable[..., ModelSlot]
) -> None:
    slot = opened("one", shared=True)
    expect(page.locator(".cr-model-name")).to_contain_text("one · script")
    expect(page.locator(".cr-model-open")).to_be_hidden()
    page.keyboard.press("Alt+Shift+M")
    expect(page.get_by_role("dialog")).to_have_count(0)
    for kind in ("choose", "alone", "cancel", "list"):
        value = sent(page.url, {"kind": kind, "spec": "two", "version": 1})
        assert value is None, kind
    assert slot.settled(PATIENCE).spec == "one" and remembered() == ""


def test_the_same_event_chooses_on_a_page_of_ones_own(page: Page, opened: Callable[..., ModelSlot]) -> None:
    slot = opened("one")
    assert sent(page.url, {"kind": "choose", "spec": "two", "version": 1}) is not None
    assert slot.settled(PATIENCE).spec == "two"


def sent(url: str, data: dict[str, Any]) -> Any:
    """Send the menu's event as a program would, without the page; its new value, or None if it stays as it is."""
    config = httpx2.get(f"{url}config", timeout=30).json()
    menu = next(one for one in config["components"] if "cr-loading" in str(one["props"].get("html_template")))
    event = next(one for one in config["dependencies"] if [menu["id"], "models"] in one["targets"])
    body = {
        "data": [None], "fn_index": event["id"], "event_data": data,
        "session_hash": "program", "trigger_id": menu["id"],
    }  # fmt: skip
    reply = httpx2.post(f"{url}gradio_api/run/predict", json=body, timeout=30)
    assert reply.status_code == 200, reply.text
    value = reply.json()["data"][event["outputs"].index(menu["id"])]
    return None if "__type__" in json.dumps(value) and "value" not in value else value


def test_a_file_in_a_folder_answers_after_the_smallest_model(
    page: Page, serve: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "other.gguf").symlink_to(tiny_gguf())
    monkeypatch.setenv("CREDENCE_MODELS", str(tmp_path / "models"))
    slot = ModelSlot(open_chat_model)
    slot.open("tiny")
    try:
        page.goto(serve(slot))
        choice = page.locator(".cr-model-choice", has_text="other")
        page.locator(".cr-model-open").click()
        expect(choice).to_contain_text("98 MB, in ")
        expect(choice).to_contain_text("Calibrated on")  # it is the same file
        page.keyboard.press("Escape")
        choose_calibration(NONE)  # which would need the embedding model
        send(page, QUESTION)
        finished(page)
        page.locator(".cr-model-open").click()
        choice.click()
        expect(page.locator(".cr-model-open")).to_contain_text("other · llama.cpp")
        send(page, "And of Italy?")
        finished(page, 2)
        assert page.locator(".cr-by").all_inner_texts() == ["SmolLM2-135M-Instruct", "other"]
    finally:
        slot.close()
