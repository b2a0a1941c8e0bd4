"""A participant's way through a study, in a real browser, in each trial flow."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from chains.engines.scripted import ScriptedChatModel
from tests.browser.study_pages import Served, design, served, write_study
from tests.browser.study_walk import at, fill, go_on, hurry, names, screen_id, walk

# flow → the screens, and the one at which the page is reloaded
WHOLE = [
    "consent",
    "instructions-1",
    *("practice-1.own", "practice-1.final", "practice-1.feedback"),
    *("trial-01.own", "trial-01.final", "trial-02.own", "trial-02.final", "check-blue"),
    *("trial-03.own", "trial-03.final", "questionnaire-about-you", "debriefing", "end"),
]
SHORT = [
    "consent",
    "instructions-1",
    "trial-01.{}",
    "trial-02.{}",
    "questionnaire-about-you",
    "debriefing",
    "end",
]
FLOWS = {
    "own-answer-first": (WHOLE, "trial-02.final"),
    "accept-reject": ([screen.format("decide") for screen in SHORT], "trial-02.decide"),
    "free-chat": ([screen.format("chat") for screen in SHORT], "trial-02.chat"),
    "annotation": ([screen.format("label") for screen in SHORT], "trial-02.label"),
}


class Running:
    """Starts studies for one test."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder, self._stack = folder, stack

    def __call__(self, flow: str = "own-answer-first", **changes: Any) -> Served:
        path = write_study(self._folder, design(flow, **changes))
        model = ScriptedChatModel() if flow == "free-chat" else None
        return self._stack.enter_context(served(path, model=model))


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    """Serve a small study, as `tests.browser.study_pages.design` makes it."""
    with ExitStack() as stack:
        yield Running(tmp_path, stack)


@pytest.mark.parametrize("flow", FLOWS)
def test_from_consent_to_the_completion_code_with_a_reload_in_the_middle(
    flow: str, page: Page, running: Running
) -> None:
    screens, middle = FLOWS[flow]
    changes: dict[str, Any] = {}
    if screens is not WHOLE:
        changes = {"items": design()["items"][:2], "practice": [], "attention_checks": []}
        changes |= {"annotation": {"overlap": 1, "items_each": 2}} if flow == "annotation" else {}
    study = running(flow, **changes)
    page.goto(f"{study.url}?PROLIFIC_PID=p1&STUDY_ID=s1&SESSION_ID=x1")
    met = walk(page, middle)
    fill(page)  # not sent yet
    filled = page.locator(".cs-field:visible input:checked").count()
    page.reload()
    at(page, middle)  # the very screen, and what had been filled in
    assert page.locator(".cs-field:visible input:checked").count() == filled > 0
    met += walk(page, "end")[1:]
    assert met == screens
    expect(page.locator(".cs-code")).to_have_text("C1A2B3")
    answers = study.rows("answer")
    assert [row["screen"] for row in answers] == screens[:-1]
    assert study.rows("completed") and not study.rows("answer-again")
    person = study.store.participants("capitals")[0]
    assert (person.external_id, person.status) == ("p1", "completed")
    page.reload()  # who comes back sees the code again, and nothing is asked twice
    expect(page.locator(".cs-code")).to_have_text("C1A2B3")


def test_people_answer_before_they_see_the_ai_and_their_answer_stays_in_view(
    page: Page, running: Running
) -> None:
    study = running()
    hurry(page.context, study, "trial-01.own")
    page.goto(study.url)
    at(page, "trial-01.own")
    expect(page.locator(".cs-answer")).to_have_count(0)
    page.locator('[data-field="answer"] input').nth(1).check()
    page.locator("input[type=range]").fill("83")
    chosen = page.locator('[data-field="answer"] label').nth(1).inner_text()
    go_on(page)
    expect(page.locator(".cs-own")).to_have_text(f"Your first answer: {chosen} (confidence: 83)")
    expect(page.locator(".cs-answer")).to_be_visible()
    row = study.rows("answer")[-1]
    assert row["values"] == {"answer": chosen, "confidence": 83}


def test_in_accept_or_reject_people_who_reject_give_their_own_answer(page: Page, running: Running) -> None:
    study = running("accept-reject")
    hurry(page.context, study, "trial-01.decide")
    page.goto(study.url)
    at(page, "trial-01.decide")
    assert page.locator(".cs-options li").count() == 3
    assert names(page) == ["accept", "confidence"]
    page.get_by_label("I do not rely on it").check()
    assert names(page) == ["accept", "answer", "confidence"]
    page.locator('[data-field="answer"] input').first.check()
    page.get_by_label("I rely on this answer").check()
    page.locator("input[type=range]").fill("20")
    go_on(page)
    assert study.rows("answer")[-1]["values"] == {"accept": True, "confidence": 20}


def test_a_rater_sees_the_answer_alone_and_nothing_of_the_models_confidence(
    page: Page, running: Running
) -> None:
    study = running("annotation")
    reply = hurry(page.context, study, "trial-01.label")
    assert "%" not in reply["html"]["answer"] and "data-element" not in reply["html"]["answer"]
    assert "assessment" not in str(reply) and "gold" not in str(reply)
    page.goto(study.url)
    at(page, "trial-01.label")
    page.get_by_label("wrong").check()
    page.locator("input[type=range]").fill("35")
    go_on(page)
    row = study.rows("answer")[-1]
    assert row["values"] == {"correct": "wrong", "strength": 35}


def test_practice_tells_what_was_right_and_the_debriefing_what_was_wrong(
    page: Page, running: Running
) -> None:
    study = running()
    hurry(page.context, study, "practice-1.feedback")
    page.goto(study.url)
    expect(page.locator("#screen")).to_contain_text("The AI was right.")
    expect(page.locator("#screen")).to_contain_text("In the study itself you are told only at the end.")
    hurry(page.context, study, "debriefing")
    page.reload()
    expect(page.locator("h3")).to_have_text("1 of the 3 AI answers you saw was wrong.")
    wrong = page.locator(".cs-seen li", has_text="Brazil")
    expect(wrong).to_contain_text("It is probably Rio de Janeiro, I think.")
    expect(wrong).to_contain_text("This was wrong. The right answer is Brasília.")
    assert page.locator(".cs-seen .cs-wrong").count() == 1


def test_people_who_decline_or_are_screened_out_are_asked_nothing_more(page: Page, running: Running) -> None:
    screening = {
        "questions": [
            {"name": "age", "kind": "choice", "label": "Your age?", "options": ["under 18", "18 or older"]}
        ],
        "keep": {"age": ["18 or older"]},
        "message": "Only adults can take part.",
    }
    study = running(screening=screening)
    page.goto(study.url)
    page.get_by_role("button", name="I do not want to take part").click()
    at(page, "end")
    expect(page.locator("#screen")).to_contain_text("You chose not to take part.")
    expect(page.locator(".cs-form")).to_have_count(0)
    page.context.clear_cookies()
    page.reload()
    walk(page, "screening")
    page.get_by_label("under 18").check()
    go_on(page)
    expect(page.locator("#screen")).to_contain_text("Only adults can take part.")
    assert [row.status for row in study.store.participants("capitals")] == ["declined", "screened-out"]


def test_leaving_keeps_the_answers_and_withdrawing_deletes_them(page: Page, running: Running) -> None:
    study = running()
    hurry(page.context, study, "trial-01.own")
    page.goto(study.url)
    at(page, "trial-01.own")
    page.locator('[data-field="answer"] input').first.check()
    page.get_by_role("button", name="Leave").click()
    page.get_by_role("button", name="Continue the study").click()
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.get_by_role("button", name="Leave").click()
    page.get_by_role("button", name="Leave and delete my answers").click()
    page.get_by_role("button", name="Yes, delete them").click()
    at(page, "end")
    expect(page.locator("#screen")).to_contain_text("Everything stored from your session has been deleted.")
    assert study.rows("answer", "click", "change", "opened", "shown") == []
    assert page.evaluate("Object.keys(localStorage)") == []
    page.locator("#screen h2").click()  # is not recorded any more
    page.reload()
    at(page, "end")
    assert study.rows("click") == []


def test_a_study_can_be_done_with_the_keyboard_alone(page: Page, running: Running) -> None:
    study = running("accept-reject", practice=[], attention_checks=[], questionnaires=[])
    page.goto(study.url)
    at(page, "consent")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # agree
    at(page, "instructions-1")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    for trial in (1, 2, 3):
        at(page, f"trial-0{trial}.decide")
        page.keyboard.press("Tab")
        page.keyboard.press("Space")  # the first radio button
        page.keyboard.press("Tab")
        for _ in range(trial):
            page.keyboard.press("ArrowRight")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
    at(page, "debriefing")
    said = [row["values"] for row in study.rows("answer") if row["screen"].startswith("trial")]
    assert said == [{"accept": True, "confidence": 50 + trial} for trial in (1, 2, 3)]


def test_no_page_is_wider_than_a_phone(page: Page, running: Running) -> None:
    study = running()
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(study.url)
    met = [screen_id(page)]
    while met[-1] != "end":
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, met[-1]
        if met[-1] == "consent":
            page.locator(".cs-go").first.click()
            at(page, "instructions-1")
        else:
            hurry(page.context, study, WHOLE[len(met)])
            page.reload()
            at(page, WHOLE[len(met)])
        met.append(screen_id(page))
    assert met == WHOLE
