"""The snippets of docs/plugin.md run, in their order."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
import uvicorn
from langchain_core.messages import AIMessage
from playwright.sync_api import Page, expect

from chains.with_confidence import assessment_of
from tests.plugin.pages import serving

pytestmark = pytest.mark.repository

PAGE = (Path(__file__).parents[2] / "docs" / "plugin.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))


def snippets(section: str, language: str = "python") -> list[str]:
    """The code of a section, with a script in the place of a model."""
    found = re.findall(rf"^```{language}\n(.*?)^```", SECTIONS[section], re.MULTILINE | re.DOTALL)
    return [code.replace('"tiny"', '"scripted"') for code in found]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """Runs all snippets of a section; what they serve is kept under ``served`` and not served."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CREDENCE_DATA", str(tmp_path / "data"))
    served: list[Any] = []
    monkeypatch.setattr(gr.Blocks, "launch", lambda self, *args, **named: served.append(self))
    monkeypatch.setattr(uvicorn, "run", lambda app: served.append(app))

    def all_of(section: str) -> dict[str, Any]:
        names: dict[str, Any] = {"served": served}
        for code in snippets(section):
            exec(compile(code, "docs/plugin.md", "exec"), names)
        return names

    yield all_of
    for app in served:
        if isinstance(app, gr.Blocks):
            app.close(verbose=False)


def test_every_section_with_code_is_tested() -> None:
    with_code = [title for title, text in SECTIONS.items() if "```python" in text]
    assert with_code == [
        "Under a Gradio chat",
        "In a FastAPI or Starlette app",
        "On any web page",
        "In LangChain",
    ]


def test_the_gradio_chats(run: Any) -> None:
    names = run("Under a Gradio chat")
    interface, blocks = names["served"]
    assert isinstance(interface, gr.ChatInterface)
    for app in (interface, blocks):
        (panel,) = [
            block for block in app.blocks.values() if "Ask a question" in str(getattr(block, "value", ""))
        ]
        assert isinstance(panel, gr.HTML)


def test_the_fastapi_app(run: Any) -> None:
    (app,) = run("In a FastAPI or Starlette app")["served"]
    assert "/chat" in [route.path for route in app.routes]


def test_the_web_page(run: Any, page: Page, tmp_path: Path) -> None:
    run("On any web page")
    (html,) = snippets("On any web page", "html")
    files = {file.name: file.read_text(encoding="utf-8") for file in tmp_path.iterdir() if file.is_file()}
    assert set(files) == {"assessment.json", "credence-answer.js"}
    with serving({"index.html": html, **files}) as url:
        page.goto(url)
        expect(page.locator("credence-answer .figure b")).to_have_text("71 %")


def test_the_agents(run: Any, capsys: pytest.CaptureFixture[str]) -> None:
    names = run("In LangChain")
    confidence, text = capsys.readouterr().out.splitlines()
    assert (round(float(confidence), 2), text) == (0.71, "The capital of Australia is probably Canberra.")
    message = names["result"]["messages"][-1]
    assert isinstance(message, AIMessage) and assessment_of(message)
