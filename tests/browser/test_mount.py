"""The chat under a path of somebody's app, also behind a proxy that strips a prefix."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
import uvicorn
from fastapi import FastAPI
from gradio_client import Client
from playwright.sync_api import Page, expect
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse

from chains import assess
from chains.engines.scripted import ScriptedChatModel
from plugin import mount
from tests.browser.conftest import finished, send
from tests.ports import free_port

CAPITAL = "What is the capital of Australia?"


@pytest.fixture
def served() -> Iterator[Callable[[Any], str]]:
    """Serve an app with uvicorn; returns its address."""
    running: list[tuple[uvicorn.Server, threading.Thread]] = []

    def serve(app: Any) -> str:
        port = free_port()
        server = uvicorn.Server(
            uvicorn.Config(app, port=port, log_level="warning", timeout_graceful_shutdown=1)
        )
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            thread.join(0.05)
            assert thread.is_alive()
        running.append((server, thread))
        return f"http://127.0.0.1:{port}"

    yield serve
    for server, thread in running:
        server.should_exit = True
        thread.join()


def behind(prefix: str, app: Any, told: bool) -> Any:
    """A proxy in front of the app: requests below the prefix reach it without the prefix.

    ``told``: the server was told the prefix, as by ``uvicorn --root-path``, and puts it back.
    """

    async def proxy(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            path = scope["path"]
            if not path.startswith(f"{prefix}/"):
                status = 200 if path == "/favicon.ico" else 404  # a browser may ask for it
                await PlainTextResponse("not here", status)(scope, receive, send)
                return
            scope = {
                **scope,
                "root_path": prefix if told else "",
                "path": path if told else path.removeprefix(prefix),
            }
        await app(scope, receive, send)

    return proxy


def asks(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator(".cr-empty")).to_be_visible()
    send(page, CAPITAL)
    finished(page)
    expect(page.locator(".cr-side-column .cr-panel")).to_contain_text("82 %")


@pytest.fixture(scope="module", autouse=True)
def warm() -> None:
    """What the first assessment of a process loads is not part of these tests."""
    assess(ScriptedChatModel(), CAPITAL)


def test_the_chat_in_a_fastapi_app_with_its_endpoint(page: Page, served: Callable[[Any], str]) -> None:
    app = FastAPI()

    @app.get("/favicon.ico")
    @app.get("/")
    def theirs() -> dict[str, str]:
        return {"app": "theirs"}

    url = served(mount(app, "/chat", ScriptedChatModel()))
    asks(page, f"{url}/chat")
    assert page.title() == "Credence"
    client = Client(f"{url}/chat", verbose=False)
    record = client.predict(question=CAPITAL, api_name="/assess")
    assert record["schema"] == "credence.assessment/1"
    assert httpx2.get(f"{url}/chat/v1/models").json()["data"][0]["id"] == "scripted"
    page.goto(url)
    expect(page.locator("body")).to_contain_text('{"app":"theirs"}')


@pytest.mark.parametrize("told", [True, False])
def test_the_chat_behind_a_proxy_that_strips_a_prefix(
    page: Page, served: Callable[[Any], str], page_log: Any, told: bool
) -> None:
    app = mount(Starlette(), "/chat/", ScriptedChatModel(), root_path="" if told else "/behind")
    url = served(behind("/behind", app, told))
    asks(page, f"{url}/behind/chat/")
    outside = [address for address in page_log.requests if not address.startswith(f"{url}/behind/chat/")]
    assert [
        address for address in outside if not address.startswith(("data:", "blob:", f"{url}/favicon.ico"))
    ] == []


@pytest.mark.parametrize("path", ["chat", "/", ""])
def test_a_path_that_is_not_below_the_app_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="must begin with a slash and name something"):
        mount(FastAPI(), path, ScriptedChatModel())
