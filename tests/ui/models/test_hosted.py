"""Models that visitors of a Space ask with their own account: whose token is sent, and that it is kept nowhere."""

import hashlib
import json
import pickle
import time
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import httpx2
import itsdangerous
import pytest
from starlette.middleware import Middleware

from app import build
from service.guards.public import Public
from tests.chains.script import scripted
from tests.ports import free_port
from tests.service.running import running
from ui.models.hosted import PLACE, hosted_models
from ui.serving import launch_options

pytestmark = pytest.mark.filterwarnings("ignore:Gradio does not support OAuth")

BIG = "org/big"
SECRET = hashlib.sha256(b"-v4").hexdigest()  # Gradio's, where a Space has set none


class Noted:
    """Notes who asks the provider what."""

    def __init__(self, app: Any, seen: list[tuple[str, str]]) -> None:
        self._app, self._seen = app, seen

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = dict(scope.get("headers", ()))

        async def noted() -> Any:
            message = await receive()
            if message["type"] == "http.request" and scope["path"].endswith("/chat/completions"):
                self._seen.append((headers[b"authorization"].decode(), message["body"].decode()))
            return message

        await self._app(scope, noted, send)


def cookie(name: str) -> dict[str, str]:
    """The session of somebody who has signed in, as Gradio signs it."""
    user = {"name": name, "preferred_username": name, "profile": "p", "picture": "q"}
    info = {
        "access_token": f"token-of-{name}",
        "scope": "inference-api",
        "userinfo": user,
        "expires_at": time.time() + 60,
    }
    data = b64encode(json.dumps({"oauth_info": info}).encode())
    return {"Cookie": "session=" + itsdangerous.TimestampSigner(SECRET).sign(data).decode()}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[list[tuple[str, str]]]:
    """What a fake of the provider is asked, with the key."""
    monkeypatch.setenv("CREDENCE_DATA", str(tmp_path))
    seen: list[tuple[str, str]] = []
    with running(scripted(), guards=[Middleware(Noted, seen=seen)]) as provider:
        monkeypatch.setenv(PLACE, f"{provider.url}/v1")
        yield seen


@pytest.fixture
def space(asked: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[gr.Blocks, httpx2.Client]]:
    """A shared page with Gradio's stand-in for a sign-in."""
    monkeypatch.setattr("gradio.oauth.get_token", lambda: "x")
    monkeypatch.setattr(
        "gradio.oauth.whoami", lambda: {"type": "user", "fullname": "A", "name": "a", "avatarUrl": "u"}
    )
    page = build(scripted(), shared=True, hosted=(BIG,))
    _, url, _ = page.launch(
        server_port=free_port(), prevent_thread_lock=True, **launch_options(Public(shared=True))
    )
    with httpx2.Client(base_url=url, timeout=60) as client:
        yield page, client
    page.close(verbose=False)


def fire(page: gr.Blocks, client: httpx2.Client, who: str, event: str, first: Any, **cookies: str) -> str:
    """The choice of a model, or a message, of a visitor."""
    number, function = next(
        (number, function) for number, function in page.fns.items()
        if getattr(function.fn, "__name__", "") == event
    )  # fmt: skip
    rest = [
        None if isinstance(part, gr.State) else getattr(part, "value", None) for part in function.inputs[1:]
    ]
    body = {"data": [first, *rest], "fn_index": number, "session_hash": who}
    if not function.queue:
        return client.post("/gradio_api/run/predict", json=body, headers=cookies).raise_for_status().text
    client.post("/gradio_api/queue/join", json=body, headers=cookies).raise_for_status()
    return client.get("/gradio_api/queue/data", params={"session_hash": who}, headers=cookies).text


def test_each_visitor_asks_with_the_own_token(
    space: tuple[gr.Blocks, httpx2.Client], asked: list[tuple[str, str]], tmp_path: Path
) -> None:
    page, client = space
    for name in ("ann", "bob"):
        assert BIG in fire(page, client, name, "choose", BIG, **cookie(name))
        said = fire(page, client, name, "sent", f"What does {name} ask?", **cookie(name))
        assert "Canberra" in said and "token-of" not in said
    assert {key for key, _ in asked} == {"Bearer token-of-ann", "Bearer token-of-bob"}
    assert all(f"What does {key.removeprefix('Bearer token-of-')} ask?" in body for key, body in asked)
    states = page.app.state_holder.session_data.values()
    kept = [value for state in states for value in state.state_data.values()]
    assert kept and b"token-of" not in pickle.dumps([repr(value) for value in kept])
    assert not [file for file in tmp_path.rglob("*") if file.is_file() and b"token-of" in file.read_bytes()]


def test_whoever_is_not_signed_in_asks_the_model_of_the_page(
    space: tuple[gr.Blocks, httpx2.Client], asked: list[tuple[str, str]]
) -> None:
    page, client = space
    assert BIG not in fire(page, client, "eve", "choose", BIG)
    assert "Canberra" in fire(page, client, "eve", "sent", "Why?")
    assert asked == []


def test_a_model_that_is_not_offered_is_not_asked(
    space: tuple[gr.Blocks, httpx2.Client], asked: list[tuple[str, str]]
) -> None:
    page, client = space
    reply = client.post  # the list itself refuses it
    number = next(n for n, function in page.fns.items() if getattr(function.fn, "__name__", "") == "choose")
    body = {"data": ["org/other", None], "fn_index": number, "session_hash": "ann"}
    assert (
        "not in the list of choices"
        in reply("/gradio_api/run/predict", json=body, headers=cookie("ann")).text
    )
    assert "Canberra" in fire(page, client, "ann", "sent", "Why?", **cookie("ann"))
    assert asked == []


def test_a_sign_in_that_has_ended_is_said(
    space: tuple[gr.Blocks, httpx2.Client], asked: list[tuple[str, str]]
) -> None:
    page, client = space
    fire(page, client, "ann", "choose", BIG, **cookie("ann"))
    assert "You are not signed in any more." in fire(page, client, "ann", "sent", "Why?")
    assert asked == []


def test_without_a_sign_in_nothing_is_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    assert hosted_models({}) == hosted_models({"SPACE_ID": "a/b"}) == ()
    space = dict.fromkeys(
        ("SPACE_ID", "OAUTH_CLIENT_ID", "OAUTH_CLIENT_SECRET", "OAUTH_SCOPES", "OPENID_PROVIDER_URL"), "x"
    )
    assert hosted_models(space)
    monkeypatch.setattr("ui.models.hosted.find_spec", lambda name: None)  # the extra is not installed
    assert hosted_models(space) == ()
    page = build(scripted(), shared=True, hosted=hosted_models({}))
    assert not page.expects_oauth
