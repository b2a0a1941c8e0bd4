"""The page around any chat model, served for a real browser."""

from collections.abc import Callable, Iterator
from pathlib import Path

import gradio as gr
import pytest
from langchain_core.language_models import BaseChatModel
from playwright.sync_api import Page, expect

from app import build
from chains.models.slot import ModelSlot
from service.guards.public import Public
from tests.databases import postgres, pytest_runtest_setup
from tests.ports import free_port
from ui.serving import launch_options, prepare

__all__ = ["postgres", "pytest_runtest_setup"]

expect.set_options(timeout=40_000)


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for the person's calibrations and labels."""
    monkeypatch.setenv("CREDENCE_DATA", str(tmp_path))
    return tmp_path


@pytest.fixture
def url(tmp_path: Path) -> str:
    """The address of an empty database of conversations."""
    return f"sqlite:///{tmp_path / 'conversations.sqlite'}"


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """Serve the page around a model; returns its URL."""
    pages: list[gr.Blocks] = []

    def start(
        model: BaseChatModel | ModelSlot,
        labels: Path | None = None,
        shared: bool = False,
        before: BaseChatModel | None = None,
        conversations: str | None = None,
    ) -> str:
        blocks = build(model, labels, shared, before, conversations)
        pages.append(blocks)
        prepare(blocks)
        how = Public(shared=shared)
        _, url, _ = blocks.launch(server_port=free_port(), prevent_thread_lock=True, **launch_options(how))
        return str(url)

    yield start
    for blocks in pages:
        blocks.close(verbose=False)


@pytest.fixture
def chat(page: Page, serve: Callable[..., str]) -> Callable[..., Page]:
    """Open the chat around a model and wait until it is ready."""

    def opened(
        model: BaseChatModel,
        labels: Path | None = None,
        width: int = 1280,
        height: int = 850,
        shared: bool = False,
    ) -> Page:
        page.set_viewport_size({"width": width, "height": height})
        page.goto(serve(model, labels, shared))
        expect(page.locator(".cr-empty")).to_be_visible()
        return page

    return opened


def send(page: Page, text: str) -> None:
    """Type a message and send it."""
    box = page.get_by_placeholder("Ask something …")
    box.fill(text)
    expect(box).to_have_value(text)
    box.press("Enter")


def everything(page: Page) -> None:
    """Open the last depth of the panel, unless it is open."""
    depth = page.locator(".cr-side-column [data-key=all]")
    if not depth.evaluate("node => node.open"):
        depth.locator("> summary").click()


def finished(page: Page, turns: int = 1) -> None:
    """Wait until this many turns are complete, and the page takes the next question."""
    expect(page.locator(".cr-turn .cr-tools")).to_have_count(turns)
    expect(page.locator(".cr-composer .submit-button")).to_be_visible()
