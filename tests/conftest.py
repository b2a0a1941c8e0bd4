"""What every test may use: an offline environment, and a page in a real browser."""

import os

# Read by the libraries when they are imported.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ["LANGSMITH_TRACING"] = "false"
os.environ.setdefault("LLAMA_SERVER", "wheel")  # the same engine on every machine
if "PYTEST_XDIST_WORKER" in os.environ:  # the workers have the processors between them
    os.environ.setdefault("OMP_NUM_THREADS", "1")

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

# The same examples every time, and no time limit on a busy machine.
settings.register_profile("credence", deadline=None, derandomize=True)
settings.load_profile("credence")

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
LOCAL_HOSTS = ("127.0.0.1", "localhost", "[::1]")
BROWSER_FIXTURES = {"browser", "page"}
# Why a test is skipped → what the end of the run says about such tests.
MISSED = {
    "no Chromium was found": "THE PAGE WAS NOT TESTED: {} browser tests skipped, no Chromium found. "
    "Install one (on Debian: apt install chromium) and run again.",
    "no PostgreSQL was found": "POSTGRESQL WAS NOT TESTED: {} tests skipped, no server found. "
    "Install one (on Debian: apt install postgresql) and run again.",
}


@cache
def find_chromium() -> str | None:
    """An installed Chromium or Chrome, or the one Playwright downloaded, or None."""
    for name in CHROMIUM_NAMES:
        if path := shutil.which(name):
            return path
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).is_file() else None


def is_local(url: str) -> bool:
    """Whether a request to this address stays on this machine."""
    parts = urlsplit(url)
    if parts.scheme in ("data", "blob", "about"):
        return True
    return parts.netloc.rpartition("@")[2].removesuffix(f":{parts.port}") in LOCAL_HOSTS


@dataclass
class PageLog:
    """What a page did while a test looked at it; a test clears ``errors`` it meant to cause."""

    errors: list[str] = field(default_factory=list)  # console errors and uncaught exceptions
    requests: list[str] = field(default_factory=list)  # every address asked for, in order

    def console(self, message: ConsoleMessage) -> None:
        """Keep a console message if it is an error."""
        if message.type == "error":
            self.errors.append(f"{message.text} ({message.location.get('url', '')})")


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The path of the browser; tests without one are skipped before they ask."""
    path = find_chromium()
    assert path is not None
    return path


@pytest.fixture(scope="session")
def browser(chromium_path: str) -> Iterator[Browser]:
    """One Chromium for all tests."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path, args=CHROMIUM_ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def page_log() -> PageLog:
    """The errors and requests of ``page``."""
    return PageLog()


@pytest.fixture
def page(browser: Browser, page_log: PageLog) -> Iterator[Page]:
    """A page in a fresh context; an error in it or a request to another machine fails the test."""
    context = browser.new_context()
    context.on("request", lambda request: page_log.requests.append(request.url))
    context.on("console", page_log.console)
    context.on("weberror", lambda error: page_log.errors.append(str(error.error)))
    yield context.new_page()
    context.close()  # again, where pytest_runtest_teardown did it already
    assert page_log.errors == []
    assert [url for url in page_log.requests if not is_local(url)] == []


@pytest.hookimpl(tryfirst=True)  # before -m selects
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark browser tests and put them last; a worker gets the tests of a file together, as they share fixtures.

    Playwright keeps an event loop running in the main thread from its start to its
    stop, and ``asyncio.run`` in any test between the two would raise.
    """
    for item in items:
        if BROWSER_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker("browser")
    items.sort(key=_in_browser)
    if hasattr(config, "workerinput"):
        for item in items:
            group = f"{item.path.relative_to(config.rootpath)}{':browser' * _in_browser(item)}"
            item.add_marker(pytest.mark.xdist_group(group))


def _in_browser(item: pytest.Item) -> bool:
    return item.get_closest_marker("browser") is not None


@pytest.hookimpl(tryfirst=True)  # before the fixtures are made
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a browser test where there is no browser, or fail it if one is required."""
    if not _in_browser(item) or find_chromium() is not None:
        return
    if os.environ.get("CREDENCE_REQUIRE_BROWSER") == "1":
        pytest.fail("no Chromium was found, and CREDENCE_REQUIRE_BROWSER=1", pytrace=False)
    pytest.skip("no Chromium was found")


@pytest.hookimpl(tryfirst=True)  # before any fixture is torn down
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Leave the page before the server behind it stops; a request under way would else count as an error."""
    page = getattr(item, "funcargs", {}).get("page")
    if isinstance(page, Page):
        page.context.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly what was not tested."""
    skipped = [str(report.longrepr) for report in terminalreporter.stats.get("skipped", ())]
    for reason, sentence in MISSED.items():
        if count := sum(reason in why for why in skipped):
            terminalreporter.write_line(sentence.format(count), red=True, bold=True)
