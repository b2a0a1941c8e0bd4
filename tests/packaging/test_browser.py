"""The page fixture notices what it should."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.repository

CONFTEST = (Path(__file__).parents[1] / "conftest.py").read_text(encoding="utf-8")


def test_a_local_page_opens(page: Page) -> None:
    page.goto("data:text/html,<title>here</title>")
    assert page.title() == "here"


@pytest.mark.slow
def test_errors_and_foreign_requests_fail_a_test(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(
        """
        def test_console(page):
            page.goto("data:text/html,<script>console.error('said')</script>")

        def test_uncaught(page):
            page.goto("data:text/html,<script>throw new Error('thrown')</script>")

        def test_foreign(page, page_log):
            page.goto("data:text/html,<img src='http://192.0.2.1/x.png'>", wait_until="commit")
            page.wait_for_timeout(300)
            page_log.errors.clear()

        def test_meant(page, page_log):
            page.goto("data:text/html,<script>console.error('meant')</script>")
            assert len(page_log.errors) == 1
            page_log.errors.clear()
        """
    )
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=4, errors=3)
    result.stdout.fnmatch_lines(["*said*", "*thrown*", "*192.0.2.1*"])


@pytest.mark.parametrize(
    ("required", "outcome", "says"),
    [
        ("0", "skipped", "THE PAGE WAS NOT TESTED: 1 browser tests skipped*"),
        ("1", "errors", "*CREDENCE_REQUIRE_BROWSER=1*"),
    ],
)
def test_a_missing_browser_is_loud(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, required: str, outcome: str, says: str
) -> None:
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile("def test_page(page): pass")
    monkeypatch.setenv("CREDENCE_REQUIRE_BROWSER", required)
    monkeypatch.setenv("PATH", str(pytester.path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(pytester.path))
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-p", "no:asyncio")
    result.assert_outcomes(**{outcome: 1})
    result.stdout.fnmatch_lines([says])


def test_the_offline_environment_is_set() -> None:
    assert os.environ["GRADIO_ANALYTICS_ENABLED"] == "False"
    assert os.environ["HF_HUB_OFFLINE"] == "1"
