"""The researcher page in a real browser: signing in, watching, pausing, downloading."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.study_pages import Served, design, served, write_study
from tests.conftest import PageLog
from tests.study.studies import walk

PASSWORD = "open, please"


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Served]:
    with served(write_study(tmp_path, design(participants=30)), password=PASSWORD) as running:
        yield running


def test_a_researcher_signs_in_watches_pauses_and_downloads(
    page: Page, study: Served, tmp_path: Path, page_log: PageLog
) -> None:
    walk(study.study)
    page.goto(f"{study.url}researcher")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("Wrong password")
    page_log.errors.clear()  # the browser notes the 401
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    status = page.get_by_label("Status", exact=True)
    expect(status).to_contain_text("1 of 30")
    expect(page.locator(".recent tbody tr")).to_have_count(
        16
    )  # all rows of one session: 14 answers, begin and end

    walk(study.study, until="trial-02")  # while the page is open
    expect(status).to_contain_text("1in progress", timeout=15_000)
    expect(page.locator(".recent tbody tr")).to_have_count(20)

    page.get_by_role("button", name="Pause recruiting").click()
    expect(status).to_contain_text("Recruiting is paused")
    assert study.study.enter({}).screen.outcome == "paused"
    page.get_by_role("button", name="Resume recruiting").click()
    expect(status).to_contain_text("Recruiting is open")

    with page.expect_download() as download:
        page.locator("tr", has_text="trials").get_by_role("link", name="CSV").first.click()
    download.value.save_as(tmp_path / "trials.csv")
    with (tmp_path / "trials.csv").open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == 4 + 3  # the one who is inside: practice, a trial, one begun

    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Password")).to_be_visible()


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_the_screen(page: Page, study: Served, width: int) -> None:
    for _ in range(2):
        walk(study.study)
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{study.url}researcher/")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Status", exact=True)).to_be_visible()
    page.wait_for_load_state()  # the style sheet may come after the text
    assert page.evaluate("document.documentElement.scrollWidth") == width
