"""Calibrated confidence in the chat, and the Calibrate screen, in a real browser."""

import json
import math
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.outputs import ChatGenerationChunk
from playwright.sync_api import Page, expect
from pydantic import PrivateAttr

from chains.calibration import store as calibration_files
from chains.calibration.store import list_calibrations, save
from chains.engines.scripted import DEMONSTRATION, ScriptedChatModel, ScriptedReply
from tests.browser.conftest import finished, send
from tests.ui.measured import measured

CAPITAL = "What is the capital of Australia?"
NUMBERS = range(10, 50)  # of the questions of the quiz


@pytest.fixture(autouse=True)
def nothing_shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """No shipped calibrations: only those that a test saves."""
    monkeypatch.setattr(calibration_files, "_shipped", lambda: iter(()))


def right(number: int) -> bool:
    """More certain answers are right more often: two thirds of the more certain half, one third of the other."""
    return number % 3 != 0 if number >= 30 else number % 3 == 0


class Quiz(ScriptedChatModel):
    """Answers forty numbered questions, some correctly; waits at number 22 until it is released."""

    _on: threading.Event = PrivateAttr(default_factory=threading.Event)

    def _stream(self, messages: Any, *args: Any, **options: Any) -> Iterator[ChatGenerationChunk]:
        if "number 22" in str(messages[-1].text):
            self._on.wait(60)
        yield from super()._stream(messages, *args, **options)


def quiz() -> Quiz:
    answers = tuple(
        ScriptedReply.of(f"word{number if right(number) else 0}", number / 51, match=f"number {number}")
        for number in NUMBERS
    )
    return Quiz(replies=(*DEMONSTRATION[:6], *answers, *DEMONSTRATION[6:]))


def quiz_file(folder: Path) -> Path:
    path = folder / "my quiz.jsonl"
    rows = (
        {"id": f"q{number}", "question": f"What is number {number}?", "answers": [f"word{number}"]}
        for number in NUMBERS
    )
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def open_screen(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name).click()
    expect(page.get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")


def choose_file(page: Page, path: Path) -> None:
    page.get_by_label("A file of labelled questions").set_input_files(path)


# ---- in the chat -----------------------------------------------------------------


def test_a_calibrated_confidence_leads_and_the_raw_signals_follow(chat: Callable[..., Page]) -> None:
    save(measured())
    page = chat(ScriptedChatModel())
    expect(page.locator(".cr-model")).to_have_text(
        "scripted · script · calibrated on 120 questions without options"
    )
    expect(page.get_by_label("Accepted risk", exact=True).last).to_have_value(
        "5"
    )  # 30 %: the smallest with a guarantee
    expect(page.locator(".cr-risk-marks .cr-kept")).to_have_count(3)
    send(page, CAPITAL)
    finished(page)
    expect(page.locator(".cr-number")).to_have_text("74 %")  # by hand in tests/ui/test_risk.py
    expect(page.locator(".cr-figure .cr-tag")).to_have_text("calibrated")
    expect(page.locator(".cr-lead").first).to_contain_text("Calibrated")
    expect(page.locator(".cr-threshold").first).to_have_text(
        "Dashed line: warning if the top number is below 60\xa0%"
    )
    expect(page.locator("[data-key=lane-sequence_probability]")).to_contain_text("82 %")
    expect(page.locator(".cr-risk-text")).to_have_text(
        re.compile(
            "On questions like the 120 used for calibration, it is 90 % certain that at most 30 % of those"
        )
    )
    expect(page.locator(".cr-guarantee")).to_be_hidden()  # shown once, next to the slider


def test_the_slider_redecides_all_shown_answers_without_asking_the_model(
    chat: Callable[..., Page],
) -> None:
    save(measured())
    model = ScriptedChatModel()
    page = chat(model)
    send(page, CAPITAL)
    finished(page)
    send(page, "And once more: what is the capital of Australia?")
    finished(page, 2)
    asked = len(model.received)
    expect(page.locator(".cr-banner")).to_have_count(0)
    slider = page.locator(".cr-risk-slider")
    slider.focus()
    page.keyboard.press("ArrowLeft")  # 25 %: without a guarantee 1 − 0.25 is asked for
    expect(page.locator(".cr-risk-value")).to_have_text("25 %")
    expect(page.locator(".cr-risk-text")).to_contain_text("No guarantee here:")
    expect(page.locator(".cr-banner")).to_have_count(2)
    expect(page.locator(".cr-banner").first).to_contain_text("74 %")
    expect(slider).to_be_focused()
    page.keyboard.press("End")
    expect(page.locator(".cr-risk-text")).to_contain_text(
        "it is 90 % certain that at most 50 % of those are wrong"
    )
    expect(page.locator(".cr-banner")).to_have_count(0)
    expect(page.locator(".cr-answer").first).to_be_visible()
    assert len(model.received) == asked


def test_without_any_guarantee_the_page_says_so_once(chat: Callable[..., Page]) -> None:
    save(measured(guaranteed=False))
    page = chat(ScriptedChatModel())
    notice = page.locator(".cr-risk-notice")
    expect(notice).to_have_text(re.compile("^No guarantee for open questions. Why?"))
    reason = notice.locator("p")
    expect(reason).to_be_hidden()  # one line until the reason is asked for
    notice.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(reason).to_be_visible()
    expect(notice).to_contain_text("could be guaranteed")
    expect(notice).to_contain_text("at most 62 % are wrong")
    for turn in (1, 2):
        send(page, f"{turn}: {CAPITAL}")
        finished(page, turn)
    expect(page.locator(".cr-banner")).to_have_count(2)  # 74 % lies below 1 − 0.2
    assert page.locator("text=could be guaranteed").count() == 1
    assert not any("guarantee" in text for text in page.locator(".cr-banner").all_inner_texts())


def test_an_out_of_distribution_question_is_marked_next_to_the_confidence(chat: Callable[..., Page]) -> None:
    save(measured())
    page = chat(ScriptedChatModel())
    send(page, CAPITAL)
    finished(page)
    expect(page.locator(".cr-outside")).to_have_count(0)
    send(page, "Are you sure?")  # a follow-up: only first questions were measured
    finished(page, 2)
    expect(page.locator(".cr-outside")).to_have_text("out of distribution")
    page.locator(".cr-figure summary").click()
    expect(page.locator(".cr-figure p")).to_contain_text("follow-up")


def test_an_unmeasured_kind_is_uncalibrated_and_says_why(chat: Callable[..., Page]) -> None:
    save(measured())
    page = chat(ScriptedChatModel())
    send(page, "Which?\nA. x\nB. y")
    finished(page)
    expect(page.locator(".cr-figure .cr-tag")).to_have_text("uncalibrated")
    expect(page.locator(".cr-risk-text")).to_have_text(
        "Uncalibrated for questions with options: none were asked."
    )
    expect(page.locator(".cr-risk-slider")).to_be_hidden()


def test_the_cost_rule_replaces_the_risk(chat: Callable[..., Page]) -> None:
    save(measured())
    page = chat(ScriptedChatModel())
    send(page, CAPITAL)
    finished(page)
    page.get_by_role("button", name="Settings").click()
    page.get_by_label("by cost").check()
    expect(page.locator(".cr-risk-text")).to_contain_text("Answers below 50 % count as doubtful")
    expect(page.locator(".cr-risk-slider")).to_be_hidden()
    page.get_by_label("number input for A wrong answer costs").fill("4")  # 4 / 5
    page.keyboard.press("Tab")
    expect(page.locator(".cr-banner")).to_contain_text("80 %")


# ---- the screen ------------------------------------------------------------------


def test_an_uncalibrated_model_has_a_button_that_opens_the_screen(chat: Callable[..., Page]) -> None:
    page = chat(ScriptedChatModel())
    expect(page.locator(".cr-model")).to_have_text("scripted · script · uncalibrated")
    expect(page.locator(".cr-risk-text")).to_contain_text(
        "Uncalibrated: this model has not been calibrated yet"
    )
    page.locator(".cr-risk").get_by_role("button", name="Calibrate").click()
    expect(page.get_by_role("heading", name="Nothing measured yet")).to_be_visible()
    expect(page.get_by_text("No calibrations yet.")).to_be_visible()
    expect(page.get_by_placeholder("Ask something …")).to_be_hidden()
    page.keyboard.press("ArrowLeft")  # arrow keys switch between the screens
    expect(page.get_by_role("tab", name="Compare")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_placeholder("Ask something …")).to_be_visible()


def test_calibrating_from_a_file_stopped_reloaded_continued_and_used(
    chat: Callable[..., Page], tmp_path: Path
) -> None:
    model = quiz()
    page = chat(model)
    open_screen(page, "Calibrate")
    choose_file(page, quiz_file(tmp_path))
    expect(page.locator(".cr-source", has_text="my_quiz.jsonl")).to_contain_text("40 questions")
    expect(page.get_by_label("How many")).to_have_value("40")
    page.get_by_role("button", name="Start").click()
    progress = page.locator(".cr-progress")
    expect(progress).to_contain_text(re.compile(r"[1-9]\d* of 40 asked"))
    page.get_by_role("button", name="Stop", exact=True).last.click()
    expect(progress).to_contain_text("Stopping after the current question")
    model._on.set()
    expect(page.locator(".cr-unfinished")).to_contain_text(re.compile(r"my_quiz.jsonl: stopped at \d+ of 40"))
    page.reload()
    expect(page.locator(".cr-unfinished")).to_be_visible()  # the URL keeps the screen
    page.get_by_role("button", name="Continue").click()
    name = page.get_by_role("textbox", name="Name", exact=True)
    expect(name).to_have_value("my_quiz", timeout=60_000)
    expect(page.locator(".cr-results h2")).to_contain_text("not saved yet")
    assert len(model.received) == 40 * 5  # one answer and four probes each: nothing was asked twice
    name.fill("Physics (40)")
    page.get_by_role("button", name="Save and use").click()
    row = page.locator(".cr-saved li")
    expect(row).to_contain_text("Physics (40)")
    expect(row).to_contain_text("in use")
    expect(page.locator(".cr-drawings svg")).to_have_count(3)
    expect(page.get_by_role("table")).to_have_count(3)
    assert [calibration.name for calibration in list_calibrations()] == ["Physics (40)"]
    open_screen(page, "Chat")
    expect(page.locator(".cr-model")).to_contain_text("calibrated on 40 questions")
    send(page, "What is number 45?")
    finished(page)
    expect(page.locator(".cr-figure .cr-tag")).to_have_text("calibrated")


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("mine.jsonl", '{"id": "a", "question": "Who?", "answers": ["x"]}\n{broken\n', "mine.jsonl, line 2: not JSON"),
        ("mine.csv", "id,text\n1,Who?\n", "mine.csv, line 1: no column named question"),
        ("empty.jsonl", "", "empty.jsonl is empty"),
    ],
)  # fmt: skip
def test_a_bad_file_is_rejected_with_its_line_and_nothing_is_lost(
    chat: Callable[..., Page], tmp_path: Path, name: str, text: str, sentence: str
) -> None:
    page = chat(quiz())
    open_screen(page, "Calibrate")
    choose_file(page, quiz_file(tmp_path))
    expect(page.locator(".cr-source", has_text="my_quiz.jsonl")).to_contain_text("40 questions")
    (tmp_path / name).write_text(text)
    choose_file(page, tmp_path / name)
    alert = page.locator(".cr-form .cr-error")
    expect(alert).to_contain_text(sentence)
    assert str(tmp_path) not in alert.inner_text() and "uploads" not in alert.inner_text()
    expect(page.locator(".cr-source", has_text="my_quiz.jsonl")).to_contain_text("40 questions")
    expect(page.get_by_role("button", name="Start")).to_be_enabled()


def test_calibrations_are_shown_compared_used_and_deleted_after_confirmation(
    chat: Callable[..., Page],
) -> None:
    save(measured("First", created="2026-11-24T10:00:00+00:00"))
    save(measured("Second", guaranteed=False))
    save(measured("Foreign", model="org/other"))
    page = chat(ScriptedChatModel())
    send(page, CAPITAL)
    finished(page)
    expect(page.locator(".cr-risk-notice")).to_be_visible()  # Second is the latest
    open_screen(page, "Calibrate")
    heading = page.locator(".cr-results h2")
    expect(heading).to_contain_text("Second")
    expect(page.locator(".cr-saved li", has_text="Foreign")).to_contain_text(
        "Does not fit: it was measured with org/other"
    )
    expect(page.get_by_role("button", name="Use Foreign")).to_have_count(0)
    page.get_by_role("button", name="Compare First").click()
    expect(heading).to_have_text("Second and First")
    expect(page.locator(".cr-drawings svg")).to_have_count(2)
    page.get_by_role("button", name="Use First").click()
    expect(page.locator(".cr-saved li", has_text="First")).to_contain_text("in use")
    open_screen(page, "Chat")  # earlier answers are redecided with the other calibration
    expect(page.locator(".cr-risk-notice")).to_be_hidden()
    expect(page.locator(".cr-banner")).to_have_count(0)
    open_screen(page, "Calibrate")
    page.get_by_role("button", name="Delete First").click()
    expect(page.get_by_role("button", name="Keep")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Delete First")).to_be_visible()
    page.get_by_role("button", name="Delete First").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    expect(page.locator(".cr-saved li")).to_have_count(2)
    assert sorted(calibration.name for calibration in list_calibrations()) == ["Foreign", "Second"]
    page.get_by_role("button", name="Stop using Second").click()
    expect(page.locator(".cr-model")).to_contain_text("uncalibrated")
    open_screen(page, "Chat")
    expect(page.locator(".cr-figure .cr-tag")).to_have_text("uncalibrated")


def test_visitors_of_a_shared_page_can_only_look(chat: Callable[..., Page]) -> None:
    save(measured("First"))
    page = chat(ScriptedChatModel(), shared=True)
    open_screen(page, "Calibrate")
    expect(page.get_by_role("note").filter(has_text="This page is shared")).to_be_visible()
    expect(page.locator(".cr-results h2")).to_contain_text("First")
    expect(page.locator(".cr-form")).to_have_count(0)
    for name in ("Use", "Delete", "Start", "Stop using"):
        expect(page.get_by_role("button", name=re.compile(f"^{name}"))).to_have_count(0)


@pytest.mark.parametrize("width", [390, 1280])
def test_the_screen_is_no_wider_than_the_window(chat: Callable[..., Page], width: int) -> None:
    save(measured("A name that is rather long for a calibration", kinds=("free", "choice")))
    page = chat(ScriptedChatModel(), width=width)
    expect(page.locator(".cr-risk-slider")).to_be_visible()
    open_screen(page, "Calibrate")
    expect(page.locator(".cr-drawings svg").first).to_be_visible()
    wide = page.evaluate(
        "[...document.querySelectorAll('.cr-calibrate-screen *')].filter((node) => "
        "!node.closest('.cr-table, svg, .cr-pick') && node.getBoundingClientRect().right > innerWidth + 1).length"
    )
    assert wide == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert math.isclose(page.evaluate("window.scrollX"), 0)
