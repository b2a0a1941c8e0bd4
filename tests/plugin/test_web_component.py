"""The web component in pages that are not ours."""

import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from chains import assess
from chains.engines.scripted import ScriptedChatModel
from estimators import ESTIMATORS
from estimators.types import Assessment
from plugin import answer_element, answer_script
from tests.chains.script import replies
from tests.plugin.pages import serving
from tests.ports import free_port
from tests.ui.hostile import HOSTILE

COMPONENT = Path(answer_script.__code__.co_filename).parent / "web_component"
STRICT = "default-src 'none'; script-src 'self'; connect-src {}; require-trusted-types-for 'script'"
HEAD = '<!doctype html><meta name="viewport" content="width=device-width">'
NO_ICON = '<link rel="icon" href="data:,">'  # else the browser asks for one when the server may have gone
PAGE = f'{HEAD}<script type="module" src="credence-answer.js"></script>'


@pytest.fixture(scope="module")
def assessment() -> Assessment:
    return assess(
        ScriptedChatModel(),
        "What is the capital of Australia?",
        signals=("numeric", "p_true_third", "linguistic"),
    )


def files(body: str, **more: str) -> dict[str, str]:
    return {"index.html": PAGE + body, "credence-answer.js": answer_script(), **more}


def show(page: Page, record: Any, attributes: str = "") -> None:
    """Open a page with one element and give it a record."""
    element = f"<credence-answer {attributes}></credence-answer>"
    with serving(files(NO_ICON + element)) as url:
        page.goto(url)
        page.evaluate("record => { document.querySelector('credence-answer').assessment = record }", record)


def test_an_assessment_of_another_origin_is_shown_under_a_strict_policy(
    page: Page, assessment: Assessment
) -> None:
    record = json.dumps(assessment.to_dict())
    with serving({"a.json": record}, Access_Control_Allow_Origin="*") as data:
        element = f'<credence-answer src="{data}/a.json"></credence-answer>'
        with serving(files(element), Content_Security_Policy=STRICT.format(data)) as url:
            page.goto(url)
            expect(page.locator("credence-answer .figure b")).to_have_text("71 %")
    expect(page.locator(".text")).to_have_text("The capital of Australia is probably Canberra.")
    expect(page.locator(".tag")).to_have_text("uncalibrated")
    assert page.locator(".token").count() == 8
    doubtful = page.locator(".token.doubtful")
    expect(doubtful).to_have_text(" probably")
    tint = doubtful.evaluate("span => getComputedStyle(span).backgroundColor")
    assert tint not in (
        "rgba(0, 0, 0, 0)",
        page.locator(".token").first.evaluate("s => getComputedStyle(s).backgroundColor"),
    )


def test_the_alternatives_of_a_token_by_mouse_and_keyboard(page: Page, assessment: Assessment) -> None:
    show(page, assessment.to_dict())
    popup = page.locator(".popup")
    page.get_by_text("Canberra", exact=False).last.hover()
    expect(popup).to_be_visible()
    expect(popup.locator("li").nth(1)).to_have_text(" Sydney22 %")
    page.mouse.move(0, 0)
    expect(popup).to_be_hidden()
    page.keyboard.press("Tab")
    expect(popup.locator(".head")).to_have_text("The93 %")
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    expect(popup.locator(".head")).to_have_text(" probably34 %")
    focused = page.locator(".token:focus")
    expect(focused).to_have_attribute("aria-describedby", "popup")
    page.keyboard.press("End")
    expect(popup.locator(".head")).to_have_text(".96 %")
    page.keyboard.press("Escape")
    expect(popup).to_be_hidden()


def test_on_a_phone_a_tap_opens_the_alternatives_and_nothing_sticks_out(
    page: Page, assessment: Assessment
) -> None:
    browser = page.context.browser
    assert browser is not None
    context = browser.new_context(viewport={"width": 390, "height": 700}, has_touch=True, is_mobile=True)
    phone = context.new_page()
    show(phone, assessment.to_dict())
    phone.get_by_text("Canberra").last.tap()
    popup = phone.locator(".popup")
    expect(popup).to_be_visible()
    box = popup.bounding_box()
    assert box and box["x"] >= 0 and box["x"] + box["width"] <= 390
    phone.locator("summary").tap()
    expect(phone.locator(".signals li").first).to_be_visible()
    expect(popup).to_be_hidden()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()


def test_signals_have_their_titles_and_a_missing_one_its_reason(page: Page, assessment: Assessment) -> None:
    show(page, assessment.to_dict())
    page.locator("summary").click()
    rows = page.locator(".signals li")
    texts = [re.sub(r"\s+", " ", text) for text in rows.all_inner_texts()]
    assert any("P(True), third person" in text and text.endswith("56 %") for text in texts)
    known = {signal.name: signal.missing for signal in assessment.signals if signal.missing}
    assert all(any(reason.rstrip(".")[1:] in text for text in texts) for reason in known.values())


def test_an_answer_to_distrust_says_so_first_and_the_panel_can_be_left_out(
    page: Page, assessment: Assessment
) -> None:
    unsure = replace(
        assessment, decision=replace(assessment.decision, abstain=True, confidence=0.31, reason="it guesses")
    )
    show(page, unsure.to_dict(), 'panel="off"')
    expect(page.locator(".banner")).to_have_text("I would not rely on this: it guesses.")
    expect(page.locator(".panel")).to_have_count(0)


def test_without_token_probabilities_the_reason_is_shown(page: Page) -> None:
    plain = assess(
        ScriptedChatModel(replies=replies(logprobs=False)), "What is the capital of Australia?", signals=()
    )
    show(page, plain.to_dict())
    expect(page.locator(".text")).to_have_text("It is probably Canberra.")
    expect(page.locator(".note").first).to_have_text(
        "No token probabilities: the server sends no log-probabilities."
    )
    expect(page.locator(".figure b")).to_have_text("No confidence")


@pytest.mark.parametrize(
    ("record", "says"),
    [
        (
            {"schema": "credence.assessment/9"},
            "its schema is credence.assessment/9, not credence.assessment/1",
        ),
        ({"schema": "credence.assessment/1"}, "has no answer or no decision"),
        ([], "its schema is undefined"),
    ],
)
def test_a_wrong_record_is_named(page: Page, record: Any, says: str) -> None:
    show(page, record)
    expect(page.locator("credence-answer .error")).to_contain_text(says)


def test_addresses_that_fail_say_why_and_a_new_one_is_loaded(
    page: Page, assessment: Assessment, page_log: Any
) -> None:
    record = json.dumps(assessment.to_dict())
    with serving(files("<credence-answer></credence-answer>", **{"a.json": record, "b.json": "{"})) as url:
        page.goto(url)
        load = "address => document.querySelector('credence-answer').setAttribute('src', address)"
        for address, says in (
            ("none.json", "The server answered with 404."),
            ("b.json", "It is not JSON."),
            (f"http://127.0.0.1:{free_port()}/", "The server cannot be reached from this page."),
        ):
            page.evaluate(load, address)
            expect(page.locator("credence-answer .error")).to_have_text(
                f"The assessment could not be loaded. {says}"
            )
        page.evaluate(load, "a.json")
        expect(page.locator(".figure b")).to_have_text("71 %")
    assert len(page_log.errors) == 2  # the browser's own words about the first and the third
    page_log.errors.clear()


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_runs_nothing_and_makes_no_markup(page: Page, assessment: Assessment, text: str) -> None:
    record: Any = json.loads(json.dumps(assessment.to_dict()))
    record["evidence"]["answer"].update(
        text=text, tokens=[{"text": text, "logprob": -0.9, "top": [[text, -0.9]]}]
    )
    record["decision"].update(abstain=True, reason=text, promise=text, no_promise=text, outside=text)
    record["signals"] = [
        {"name": text, "confidence": None, "missing": text},
        {"name": "constructor", "confidence": 2},
    ]
    page.add_init_script("window.alert = () => { document.title = 'harmed' }")
    element = str(answer_element(assessment)).replace("assessment=", "data-kept=")
    with serving(files(element)) as url:
        page.goto(url)
        page.evaluate(
            "record => document.querySelector('credence-answer').setAttribute('assessment', JSON.stringify(record))",
            record,
        )
        page.locator(".token").hover()
        page.locator("summary").click()
        expect(page.locator(".text")).to_have_text(text.strip(), use_inner_text=False)
    assert page.title() != "harmed"
    tags = page.locator("credence-answer").evaluate(
        "host => [...new Set([...host.shadowRoot.querySelectorAll('*')].map(node => node.localName))].sort()"
    )
    assert set(tags) <= {
        "b",
        "code",
        "details",
        "div",
        "h4",
        "i",
        "li",
        "p",
        "section",
        "span",
        "summary",
        "ul",
    }


def test_an_element_from_python_is_escaped(page: Page, assessment: Assessment) -> None:
    answer = replace(
        assessment.evidence.answer, text='"><script>alert(1)</script>', tokens=(), span=None, missing="none"
    )
    hostile = replace(assessment, evidence=replace(assessment.evidence, answer=answer))
    with serving(files(str(answer_element(hostile)))) as url:
        page.goto(url)
        expect(page.locator(".text")).to_have_text('"><script>alert(1)</script>')


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_theme_of_the_system_and_of_the_attribute(page: Page, assessment: Assessment, theme: Any) -> None:
    inks = {"light": "rgb(28, 36, 48)", "dark": "rgb(230, 235, 240)"}
    other = "dark" if theme == "light" else "light"
    page.emulate_media(color_scheme=theme)
    show(page, assessment.to_dict())
    expect(page.locator("credence-answer")).to_have_css("color", inks[theme])
    page.locator("credence-answer").evaluate("(host, theme) => host.setAttribute('theme', theme)", other)
    expect(page.locator("credence-answer")).to_have_css("color", inks[other])


def test_the_titles_are_those_of_the_estimators(page: Page) -> None:
    exposed = (
        answer_script().replace("const SIGNALS", "const SIGNALS = globalThis.SIGNALS", 1).replace("= =", "=")
    )
    exposed = answer_script().replace("const SIGNALS = {", "const SIGNALS = globalThis.titles = {", 1)
    with serving({"index.html": PAGE, "credence-answer.js": exposed}) as url:
        page.goto(url)
        page.wait_for_function(
            "window.titles !== undefined && customElements.get('credence-answer') !== undefined"
        )
        titles = page.evaluate("window.titles")
    assert titles == {estimator.name: [estimator.title, estimator.side] for estimator in ESTIMATORS}


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
def test_npm_packs_the_file_its_types_and_its_description(tmp_path: Path) -> None:
    command = ["npm", "pack", "--json", "--offline", "--pack-destination", str(tmp_path)]
    packed = subprocess.run(command, cwd=COMPONENT, capture_output=True, text=True, check=True)
    (package,) = json.loads(packed.stdout)
    assert (package["name"], (tmp_path / package["filename"]).is_file()) == ("credence-answer", True)
    assert {entry["path"] for entry in package["files"]} == {
        "README.md",
        "credence-answer.d.ts",
        "credence-answer.js",
        "package.json",
    }
