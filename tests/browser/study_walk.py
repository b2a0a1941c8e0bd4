"""How a participant goes through the pages of a study in tests: quickly over HTTP, or by hand in the browser."""

import uuid
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.study_pages import Served

ANSWERED: dict[str, Any] = {"likert": 5, "slider": 70, "text": "a text", "number": 3}


def screen_id(page: Page) -> str:
    """The id of the current screen."""
    return page.locator("#screen[data-screen]").get_attribute("data-screen") or ""


def at(page: Page, screen: str) -> None:
    """Wait until this screen is shown."""
    expect(page.locator("#screen")).to_have_attribute("data-screen", screen)


def values_for(screen: dict[str, Any]) -> dict[str, Any]:
    """A value for every field of a screen; attention checks are passed."""
    values: dict[str, Any] = {}
    for field in screen["fields"]:
        kind, options = field["kind"], field["options"]
        if kind == "yes-no":
            values[field["name"]] = True
        elif kind == "choice":
            values[field["name"]] = "blue" if "blue" in options else options[0]
        elif kind == "choices":
            values[field["name"]] = options[:1]
        else:
            values[field["name"]] = ANSWERED[kind]
    return values


def hurry(
    context: BrowserContext, served: Served, to: str, query: dict[str, str] | None = None
) -> dict[str, Any]:
    """Answer everything over HTTP up to a screen (its id or kind), as the person of this browser; gives the reply."""
    reply = context.request.post(f"{served.url}api/enter", data={"query": query or {}}).json()
    while to not in (reply["screen"]["id"], reply["screen"]["kind"]):
        screen = reply["screen"]
        sent = {
            "participant": screen["participant"],
            "screen": screen["id"],
            "submission": str(uuid.uuid4()),
            "values": values_for(screen),
        }
        answered = context.request.post(f"{served.url}api/answer", data=sent)
        assert answered.ok, answered.text()
        reply = answered.json()
    return dict(reply)


def fill(page: Page) -> None:
    """Answer every field of the current form, including those that appear later."""
    done: set[str] = set()
    while open_ := [name for name in names(page) if name not in done]:
        answer_field(page, page.locator(f'.cs-field[data-field="{open_[0]}"]'))
        done.add(open_[0])


def names(page: Page) -> list[str]:
    """The visible fields."""
    return [str(field.get_attribute("data-field")) for field in page.locator(".cs-field:visible").all()]


def answer_field(page: Page, field: Locator) -> None:
    """Answer one field as a person would."""
    if field.get_by_label("blue").count():
        field.get_by_label("blue").check()
    elif field.locator("input[type=radio], input[type=checkbox]").count():
        field.locator("input").first.check()
    elif field.locator("input[type=range]").count():
        field.locator("input[type=range]").focus()
        page.keyboard.press("ArrowRight")  # from the middle, 50
    else:
        field.locator("input, textarea").first.fill("a text")


def go_on(page: Page) -> None:
    """Send the form, and wait for the next screen."""
    before = screen_id(page)
    page.locator(".cs-form .cs-go").click()
    expect(page.locator("#screen")).not_to_have_attribute("data-screen", before)


def walk(page: Page, to: str) -> list[str]:
    """Walk from the current screen to one with this id or kind; returns the screens on the way."""
    met = [screen_id(page)]
    while to not in (screen_id(page), page.locator("#screen").get_attribute("data-kind")):
        step(page)
        met.append(screen_id(page))
    return met


def step(page: Page) -> None:
    """Answer the current screen and go to the next one."""
    if page.locator("#screen").get_attribute("data-kind") == "consent":
        page.get_by_role("button", name="I have read this and want to take part").click()
        expect(page.locator("#screen")).not_to_have_attribute("data-screen", "consent")
    else:
        if screen_id(page).endswith(".chat"):
            talk(page, "Is it Canberra?")
        fill(page)
        go_on(page)


def talk(page: Page, text: str) -> None:
    """Send a message to the live model and wait for the complete answer."""
    before = page.locator(".cs-turn .cs-answer").count()
    page.get_by_label("Your message to the AI").fill(text)
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".cs-turn .cs-answer")).to_have_count(before + 1)
