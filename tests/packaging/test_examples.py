"""The programs in examples/ run against the built wheel."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Page, expect

from tests.conftest import PageLog
from tests.plugin.pages import serving
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
CAPITAL = "What is the capital of Australia?"
MOST_LINES = 19
SLOW = 200_000  # milliseconds: a fresh process loads much before its first assessment

pytestmark = [pytest.mark.repository, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the installed wheel and nothing else."""
    built, folder = tmp_path_factory.mktemp("dist"), tmp_path_factory.mktemp("installed")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(built), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (file,) = built.glob("*.whl")
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--target",
        str(folder),
    ]
    subprocess.run([*pip, str(file)], check=True)
    return folder


def environment(wheel: Path, **more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(wheel), "MODEL": "scripted", **more}


def run(wheel: Path, example: str, *arguments: str, folder: Path, **variables: str) -> str:
    """What a program prints; it runs far from the repository."""
    command = [sys.executable, str(EXAMPLES / example), *arguments]
    data = environment(wheel, CREDENCE_DATA=str(folder / "data"), **variables)
    result = subprocess.run(command, cwd=folder, env=data, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout


@contextmanager
def started(command: list[str], wheel: Path, folder: Path, port: int, path: str) -> Iterator[str]:
    """A program that serves; yields its address once it answers."""
    data = environment(
        wheel, PORT=str(port), GRADIO_SERVER_PORT=str(port), CREDENCE_DATA=str(folder / "data")
    )
    process = subprocess.Popen(
        command, cwd=folder, env=data, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    url = f"http://127.0.0.1:{port}{path}"
    try:
        while True:
            assert process.poll() is None, process.stdout.read() if process.stdout else ""
            try:
                if httpx2.get(url, follow_redirects=True).status_code == 200:
                    break
            except httpx2.TransportError:
                continue
        yield url
    finally:
        process.kill()  # uvicorn would wait for the page, which keeps a connection open
        process.communicate()


def left(page: Page, page_log: PageLog) -> None:
    """Close the page before its server ends; the only error so far may be that the app has no icon."""
    assert [error for error in page_log.errors if "favicon.ico" not in error] == []
    page.close()
    page_log.errors.clear()


def test_every_example_is_short_and_is_tested() -> None:
    lengths = {
        file.name: len(file.read_text(encoding="utf-8").splitlines()) for file in EXAMPLES.glob("*.py")
    }
    assert {name: length for name, length in lengths.items() if length > MOST_LINES} == {}
    own = Path(__file__).read_text(encoding="utf-8")
    assert [name for name in lengths if f'"{name}"' not in own] == []


@pytest.mark.slow
def test_the_agent_abstains(wheel: Path, tmp_path: Path) -> None:
    text, confidence = run(wheel, "langchain_agent.py", folder=tmp_path).splitlines()
    assert text == "I would rather not answer this: my confidence in it is 71 %, below the threshold of 90 %."
    assert round(float(confidence), 2) == 0.71


@pytest.mark.slow
def test_the_static_page(wheel: Path, tmp_path: Path, page: Page) -> None:
    folder = tmp_path / "page"
    run(wheel, "static_page.py", str(folder), folder=tmp_path)
    files = {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir()}
    with serving(files) as url:
        page.goto(url)
        expect(page.locator("credence-answer .figure b")).to_have_text("71 %")


@pytest.mark.slow
def test_the_gradio_chat(wheel: Path, tmp_path: Path, page: Page, page_log: PageLog) -> None:
    command = [sys.executable, str(EXAMPLES / "gradio_chat.py")]
    with started(command, wheel, tmp_path, free_port(), "/") as url:
        page.goto(url)
        box = page.get_by_role("textbox").first
        box.fill(CAPITAL)
        box.press("Enter")
        expect(page.locator("credence-answer .text")).to_have_text(
            "The capital of Australia is probably Canberra.", timeout=SLOW
        )
        left(page, page_log)


@pytest.mark.slow
def test_the_fastapi_app(wheel: Path, tmp_path: Path, page: Page, page_log: PageLog) -> None:
    command = [sys.executable, str(EXAMPLES / "fastapi_app.py")]
    with started(command, wheel, tmp_path, free_port(), "/chat") as url:
        page.goto(url)
        page.get_by_placeholder("Ask something …").fill(CAPITAL)
        page.keyboard.press("Enter")
        expect(page.locator(".cr-side-column .cr-panel")).to_contain_text("71 %", timeout=SLOW)
        left(page, page_log)


@pytest.mark.slow
def test_clients_of_the_service(wheel: Path, tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "credence_chat.cli", "serve", "--model", "scripted", "--port", str(port)]
    with started(command, wheel, tmp_path, port, "/v1/models") as url:
        base = url.removesuffix("/v1/models")
        reply = run(wheel, "openai_client.py", folder=tmp_path, CREDENCE_URL=base)
        summary = run(wheel, "mcp_client.py", folder=tmp_path, CREDENCE_URL=base)
    text, confidence = reply.splitlines()
    assert (text, round(float(confidence), 2)) == ("The capital of Australia is probably Canberra.", 0.71)
    assert "71 %" in summary
