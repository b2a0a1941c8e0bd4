"""What a participant does is kept until the server has it: lost connections, reloads, restarts, second tabs, time limits."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from langchain_core.outputs import ChatGenerationChunk
from playwright.sync_api import APIResponse, Page, Route, expect
from pydantic import PrivateAttr

from chains.engines.scripted import ScriptedChatModel
from study.errors import StoreUnavailable
from tests.browser.study_pages import Served, design, served, write_study
from tests.browser.study_walk import at, fill, go_on, hurry
from tests.browser.test_study_flows import Running
from tests.conftest import PageLog
from tests.ports import free_port


@pytest.fixture
def running(tmp_path: Path, page: Page) -> Iterator[Running]:
    """Serve a small study until its pages are closed, because they send final events."""
    with ExitStack() as stack:
        yield Running(tmp_path, stack)
        for tab in page.context.pages:
            tab.goto("about:blank")


def test_a_radio_question_stores_the_last_choice_only(page: Page, running: Running) -> None:
    study = running()
    hurry(page.context, study, "questionnaire-about-you")
    page.goto(study.url)
    at(page, "questionnaire-about-you")
    fill(page)
    for words in ("never", "every day", "now and then"):
        page.get_by_label(words).check()
    for point in ("2", "7", "4"):
        page.locator('[data-field="trust"] label', has_text=point).click()
    page.get_by_label("school").check()
    go_on(page)
    values = study.rows("answer")[-1]["values"]
    assert (values["often"], values["trust"], values["uses"]) == ("now and then", 4, ["work", "school"])
    changes = [row["value"] for row in study.rows("change") if row["field"] == "often"]
    assert changes == ["never", "every day", "now and then"]  # fill had chosen the first already


def test_a_slider_has_no_value_until_it_is_touched_and_an_open_field_is_named(
    page: Page, running: Running
) -> None:
    study = running()
    hurry(page.context, study, "trial-01.own")
    page.goto(study.url)
    at(page, "trial-01.own")
    slider = page.locator("input[type=range]")
    assert slider.get_attribute("aria-valuetext") == "not set"
    page.locator('[data-field="answer"] input').first.check()
    page.locator(".cs-go").click()
    expect(page.locator('[data-field="confidence"] .cs-fault')).to_have_text("Please answer this question.")
    expect(slider).to_be_focused()
    assert [row["screen"] for row in study.rows("answer")][-1] != "trial-01.own"
    slider.click()  # in the very middle, where a hidden handle would be already
    expect(page.locator(".cs-value")).to_have_text("50")
    go_on(page)
    assert study.rows("answer")[-1]["values"]["confidence"] == 50


def test_saved_is_said_only_after_the_server_said_committed(page: Page, running: Running) -> None:
    study = running()
    hurry(page.context, study, "instructions-1")
    held: list[Route] = []
    page.route("**/api/answer", lambda route: held.append(route))
    page.goto(study.url)
    at(page, "instructions-1")
    page.locator(".cs-go").click()
    expect(page.locator("#saved")).to_have_text("Saving …")
    expect(page.locator(".cs-go")).to_have_text("Saving …")
    assert not study.rows("answer")[1:]
    while not held:
        page.wait_for_timeout(10)
    held[0].continue_()
    at(page, "practice-1.own")
    expect(page.locator("#saved")).to_have_text("Saved ✓")


def test_without_a_connection_the_answer_is_kept_and_sent_again_once(
    page: Page, running: Running, page_log: PageLog
) -> None:
    study = running()
    hurry(page.context, study, "trial-01.own")
    page.goto(study.url)
    at(page, "trial-01.own")
    fill(page)
    page.context.set_offline(True)
    page.locator(".cs-go").click()
    expect(page.locator("#trouble")).to_contain_text("You are offline.")
    expect(page.locator("#saved")).to_have_text("Not saved yet")
    assert study.rows("answer")[-1]["screen"] == "practice-1.feedback"
    page.context.set_offline(False)
    at(page, "trial-01.final")
    expect(page.locator("#trouble")).to_be_hidden()
    assert [row["screen"] for row in study.rows("answer")].count("trial-01.own") == 1
    assert {"offline", "online", "resent"} <= {
        row["event"] for row in study.rows() if row["screen"] == "trial-01.own"
    }
    assert page_log.errors and all("ERR_INTERNET_DISCONNECTED" in error for error in page_log.errors)
    page_log.errors.clear()


def test_an_answer_whose_acknowledgement_was_lost_is_stored_once(
    page: Page, running: Running, page_log: PageLog
) -> None:
    study = running()
    hurry(page.context, study, "trial-01.own")
    lost: list[APIResponse] = []

    def lose(route: Route) -> None:
        if lost:
            route.continue_()
        else:
            lost.append(route.fetch())  # the server has it; the page never learns
            route.abort()

    page.route("**/api/answer", lose)
    page.goto(study.url)
    at(page, "trial-01.own")
    fill(page)
    page.locator(".cs-go").click()
    at(page, "trial-01.final")
    assert lost and [row["screen"] for row in study.rows("answer")].count("trial-01.own") == 1
    assert not study.rows("answer-again")
    page_log.errors.clear()


def test_an_answer_that_never_left_is_sent_at_the_next_visit(
    page: Page, running: Running, page_log: PageLog
) -> None:
    study = running()
    hurry(page.context, study, "trial-01.own")
    page.route("**/api/answer", lambda route: route.abort())
    page.goto(study.url)
    at(page, "trial-01.own")
    page.locator('[data-field="answer"] input').nth(2).check()
    page.locator("input[type=range]").fill("12")
    chosen = page.locator('[data-field="answer"] label').nth(2).inner_text()
    page.locator(".cs-go").click()
    expect(page.locator("#trouble")).to_be_visible()
    page.unroute("**/api/answer")
    page.reload()
    at(page, "trial-01.final")
    assert study.rows("answer")[-1]["values"] == {"answer": chosen, "confidence": 12}
    page_log.errors.clear()


def test_while_the_database_is_away_the_answer_waits(
    page: Page, running: Running, page_log: PageLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = running()
    hurry(page.context, study, "instructions-1")
    page.goto(study.url)
    at(page, "instructions-1")
    real, away = study.study.answer, [True]

    def answer(*arguments: Any) -> Any:
        if away:
            raise StoreUnavailable("The database is away.")
        return real(*arguments)

    monkeypatch.setattr(study.study, "answer", answer)
    page.locator(".cs-go").click()
    expect(page.locator("#trouble")).to_contain_text("The study cannot save right now.")
    expect(page.locator("#saved")).to_have_text("Not saved yet")
    away.clear()
    at(page, "practice-1.own")
    expect(page.locator("#trouble")).to_be_hidden()
    page_log.errors.clear()


def test_the_page_continues_after_a_restart_of_the_server(
    page: Page, tmp_path: Path, page_log: PageLog
) -> None:
    path, port = write_study(tmp_path, design()), free_port()
    with served(path, port) as study:
        hurry(page.context, study, "trial-01.own")
        page.goto(study.url)
        at(page, "trial-01.own")
        fill(page)
    page.locator(".cs-go").click()  # nobody is there
    expect(page.locator("#trouble")).to_be_visible()
    with served(path, port) as study:
        at(page, "trial-01.final")
        assert study.rows("answer")[-1]["screen"] == "trial-01.own"
    page_log.errors.clear()


def test_a_second_tab_shows_the_same_screen_and_the_first_answer_counts(page: Page, running: Running) -> None:
    study = running()
    hurry(page.context, study, "trial-01.own")
    page.goto(study.url)
    second = page.context.new_page()
    second.goto(study.url)
    for tab in (page, second):
        at(tab, "trial-01.own")
        fill(tab)
    second.locator('[data-field="answer"] input').nth(1).check()
    go_on(page)
    second.locator(".cs-form .cs-go").click()
    at(second, "trial-01.final")
    expect(second.locator(".cs-notice")).to_contain_text("Your first answer counts.")
    first = page.locator(".cs-own b").inner_text()
    assert second.locator(".cs-own b").inner_text() == first
    assert len(study.rows("answer-again")) == 1


def test_a_double_press_is_one_answer(page: Page, running: Running) -> None:
    study = running()
    hurry(page.context, study, "instructions-1")
    page.goto(study.url)
    at(page, "instructions-1")
    page.locator(".cs-go").dblclick()
    at(page, "practice-1.own")
    assert [row["screen"] for row in study.rows("answer")] == ["consent", "instructions-1"]
    assert not study.rows("answer-again")


def test_when_the_time_is_up_the_current_values_are_sent(page: Page, running: Running) -> None:
    study = running(time_limits={"own": 600})
    hurry(page.context, study, "trial-01.own")
    page.clock.install()
    page.goto(study.url)
    at(page, "trial-01.own")
    expect(page.locator(".cs-clock")).to_contain_text("Time left: ")
    page.locator('[data-field="answer"] input').first.check()
    page.clock.fast_forward(601_000)
    at(page, "trial-01.final")
    row = study.rows("answer")[-1]
    assert row["timed_out"] and "confidence" not in row["values"] and row["values"]["answer"]
    assert "timeout" in {row["event"] for row in study.rows() if row["screen"] == "trial-01.own"}


@pytest.fixture
def elsewhere() -> Iterator[tuple[str, list[str]]]:
    """A redirect target; yields its address and the requested paths."""
    asked: list[str] = []

    class Platform(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<title>back</title>")

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Platform)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


def test_the_code_and_the_way_back_wait_until_every_event_is_acknowledged(
    page: Page, running: Running, elsewhere: tuple[str, list[str]]
) -> None:
    back, asked = elsewhere
    study = running(completion={"code": "C9", "redirect": f"{back}/done?cc=C9"})
    hurry(page.context, study, "debriefing")
    held: list[Route] = []
    let_go: list[bool] = []
    page.route("**/api/events", lambda route: route.continue_() if let_go else held.append(route))
    page.goto(study.url)
    at(page, "debriefing")
    page.locator(".cs-go").click()
    at(page, "end")
    expect(page.locator(".cs-ending")).to_have_text("Saving your data …")
    expect(page.locator(".cs-code, .cs-ending button")).to_have_count(0)
    while not held:
        page.wait_for_timeout(10)
    let_go.append(True)
    for route in held:
        route.continue_()
    expect(page.locator(".cs-code")).to_have_text("C9")
    page.get_by_role("button", name="Copy").click()
    page.get_by_role("button", name="Go back to").click()
    page.wait_for_url(f"{back}/**")
    assert "/done?cc=C9" in asked
    clicks = [row.get("words", "") for row in study.rows("click")]
    assert any(words.startswith("Go back to") for words in clicks)  # the last click of all is there too
    marks = [row.submission for row in study.store.events("capitals", kinds=("click", "change", "opened"))]
    assert all(marks) and len(marks) == len(set(marks))


def test_losing_focus_and_pasting_are_recorded_and_events_reach_the_server_when_the_page_is_closed(
    page: Page, running: Running
) -> None:
    study = running()
    hurry(page.context, study, "questionnaire-about-you")
    page.goto(study.url)
    at(page, "questionnaire-about-you")
    page.evaluate("dispatchEvent(new Event('blur')), dispatchEvent(new Event('focus'))")
    page.locator("textarea").evaluate(
        """node => { const data = new DataTransfer(); data.setData("text", "twelve chars");
        node.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true})); }"""
    )
    page.goto("about:blank")  # a beacon carries what was not sent yet
    end = time.monotonic() + 10
    while not study.rows("paste") and time.monotonic() < end:
        time.sleep(0.02)
    assert [row["characters"] for row in study.rows("paste")] == [12]
    assert study.rows("focus-lost") and study.rows("focus-gained")
    page.goto(study.url)  # what the beacon brought is in the browser's memory still: sent again, stored once
    at(page, "questionnaire-about-you")
    fill(page)
    go_on(page)
    assert len(study.rows("paste")) == 1
    assert page.evaluate("Object.keys(localStorage).filter(key => key.includes(':answer:')).length") == 0


class GatedModel(ScriptedChatModel):
    """Pauses after the third token of its first answer until released."""

    _gate: threading.Event = PrivateAttr(default_factory=threading.Event)

    def _stream(self, *arguments: Any, **options: Any) -> Iterator[ChatGenerationChunk]:
        first = not self.received
        for count, chunk in enumerate(super()._stream(*arguments, **options)):
            if first and count == 3:
                self._gate.wait(60)
            yield chunk


@pytest.fixture
def gated() -> Iterator[GatedModel]:
    """The model, released at the end in any case."""
    model = GatedModel()
    yield model
    model._gate.set()


def test_a_live_answer_continues_while_the_page_is_reloaded(
    page: Page, tmp_path: Path, gated: GatedModel
) -> None:
    with served(write_study(tmp_path, design("free-chat")), model=gated) as study:
        ask_live(page, study)
        page.reload()
        at(page, "trial-01.chat")
        expect(page.locator(".cs-turn .cr-question")).to_have_text("What is the capital of Australia?")
        assert not study.rows("chat")
        gated._gate.set()
        expect(page.locator(".cs-turn .cs-answer .cs-text")).to_contain_text("Canberra.")
        (row,) = study.rows("chat")
        assert row["answer"] == "The capital of Australia is probably Canberra."
        assert row["assessment"]["schema"] == "credence.assessment/1"
        assert not row["stopped"] and not row["error"]


def test_a_live_answer_can_be_stopped_and_what_was_said_is_kept(
    page: Page, tmp_path: Path, gated: GatedModel
) -> None:
    with served(write_study(tmp_path, design("free-chat")), model=gated) as study:
        ask_live(page, study)
        page.get_by_role("button", name="Stop").click()
        expect(page.get_by_role("button", name="Send")).to_be_enabled()
        (row,) = study.rows("chat")
        assert row["stopped"] and row["answer"] == "The capital of"


def ask_live(page: Page, study: Served) -> None:
    """Send a message to the live model and wait for its first words."""
    hurry(page.context, study, "trial-01.chat")
    page.goto(study.url)
    at(page, "trial-01.chat")
    page.get_by_label("Your message to the AI").fill("What is the capital of Australia?")
    page.keyboard.press("Enter")
    expect(page.locator(".cs-turn .cr-answer")).to_have_text("The capital of")
