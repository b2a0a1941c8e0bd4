"""Broken requests of many kinds to every route of the page, the API and a study: no reply shows a traceback or a path."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import gradio as gr
import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from service.guards.replies import SafeReplies, headers_of, page_policy
from study.design.reader import read_design
from study.design.stimuli import read_stimuli
from study.session.service import Study
from study.store.database import open_store
from tests.browser.study_pages import design, write_study
from tests.ui.serving.conftest import Served
from ui.study import researcher_access
from ui.study.serving import study_app

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PARTS = {"Content-Type": "multipart/form-data; boundary=b"}
BROKEN: list[tuple[dict[str, str], bytes]] = [
    ({}, b""),
    (JSON, b""),
    (JSON, b"{"),
    (JSON, b"null"),
    (JSON, b'{"data": 5, "fn_index": "x", "session_hash": [], "question": {}, "messages": 3}'),
    (JSON, b'{"data": [], "fn_index": 99999, "session_hash": "s", "event_id": null, "trigger_id": -1}'),
    (JSON, b'{"data": [null], "fn_index": 3, "session_hash": "s", "event_data": [1, 2]}'),
    (JSON, b"[" * 20_000),
    (JSON, b'{"question": "\\ud800", "text": "\\ud800", "n": 1e400}'),
    (JSON, b"\xff\xfe\x00"),
    (FORM, b"username=%ff&password=%00&a[]=1"),
    (PARTS, b"--b\r\nContent-Disposition: form-data"),
    (PARTS, b'--b\r\nContent-Disposition: form-data; name="files"; filename="../../x"\r\n\r\nx\r\n--b--\r\n'),
    ({"Content-Type": "x/y; charset=nonsense"}, b"\xff"),
]
TRACE = re.compile(r"Traceback \(most|site-packages|File \\?\"[^\n]*, line \d")
ENDLESS = (
    "heartbeat",
    "queue/data",
    "upload_progress",
    "dev/reload",
    "call/",
    "stream/",
)  # they wait for events


def filled(path: str) -> str:
    """A path with something in place of its parameters."""
    return re.sub(r"\{[^}]*\}", "%22x%22..%2f", path)


def page_routes(served: Served) -> Iterator[tuple[str, str]]:
    """Every method and path of the page with its API, and some that do not exist."""
    app: Any = served.page.app
    v1 = next(route.app for route in app.routes if getattr(route, "path", "") == "/v1")
    paths = [
        *app.openapi()["paths"].items(),
        *((f"/v1{path}", what) for path, what in v1.openapi()["paths"].items()),
    ]
    for path, methods in paths:
        yield from ((method.upper(), path) for method in methods)
    for path in (
        "/mcp",
        "/v1/docs",
        "/v1/openapi.json",
        "/nothing",
        "/gradio_api/file=/etc/passwd",
        "/?deep_link=%ff",
    ):
        yield from (("GET", path), ("POST", path), ("PUT", path))


def check(reply: Any, text: str, what: str) -> list[str]:
    """What is wrong with a reply."""
    faults = [] if not TRACE.search(text) else [f"{what}: {text[:300]}"]
    if reply.status_code == 500 and not re.search(r"internal error|cannot read", text):
        faults.append(f"{what}: 500 without a sentence: {text[:200]}")
    if "content-security-policy" not in reply.headers:
        faults.append(f"{what}: no headers")
    return faults


def test_no_broken_request_to_the_page_or_the_api_shows_a_traceback(serve: Callable[..., Served]) -> None:
    served = serve()
    routes = sorted(set(page_routes(served)))
    assert len(routes) > 60
    faults: list[str] = []
    for method, path in routes:
        for headers, body in BROKEN if method in ("POST", "PUT") else BROKEN[:1]:
            what = f"{method} {path} {body[:60]!r}"
            request = served.client.build_request(method, filled(path), content=body, headers=headers)
            request.extensions["timeout"] = dict.fromkeys(("connect", "read", "write", "pool"), 20.0)
            if any(name in path for name in ENDLESS):
                request.extensions["timeout"]["read"] = 0.3
            try:
                reply = served.client.send(request, stream=True)
                with closing(reply):
                    faults += check(reply, "".join(reply.iter_text()), what)
            except httpx2.ReadTimeout:
                if not any(name in path for name in ENDLESS):
                    faults.append(f"{what}: no reply")
    assert not faults, "\n".join(faults)


NONSENSE: list[Any] = [
    None,
    [],
    [1, 2],
    "x",
    5,
    {},
    {"kind": [], "act": {}, "turn": 5, "changes": [1], "columns": 3},
]


def test_no_nonsense_sent_to_an_event_shows_or_logs_a_traceback(
    serve: Callable[..., Served], capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    served, taken = serve(), 0
    kinds = {
        (getattr(function.fn, "__qualname__", ""), len(function.inputs)): number
        for number, function in served.page.fns.items()
    }
    for number in kinds.values():
        function = served.page.fns[number]
        usual: list[Any] = [
            None if isinstance(part, gr.State) else getattr(part, "value", None) for part in function.inputs
        ]
        wrong: tuple[list[Any], ...] = ([], usual[1:], [*usual, 1], [{}] * len(usual))
        bodies: list[dict[str, Any]] = [{"data": data, "event_data": {}} for data in wrong]
        bodies += [{"data": usual, "event_data": event} for event in NONSENSE]
        for body in bodies:
            session = {"fn_index": number, "session_hash": "nonsense", "trigger_id": None}
            reply = served.gradio("run/predict", json={**body, **session}, timeout=60)
            if reply.status_code == 200:
                taken += 1
            elif reply.status_code == 500:
                assert len(reply.json()["error"] or "") > 20, (function.name, body, reply.text)
            assert not TRACE.search(reply.text)
    assert taken > 30
    printed = "".join(capfd.readouterr())
    assert "Traceback" not in printed and not [record for record in caplog.records if record.exc_info], (
        printed
    )


@pytest.fixture
def study_client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr(researcher_access, "LONGEST_PAUSE", 0.0)  # after a wrong password
    file = read_design(write_study(tmp_path, design(practice=[])))
    store = open_store(f"sqlite:///{tmp_path / 'study.sqlite'}")
    with ExitStack() as stack:
        stack.callback(store.close)
        app = study_app(Study(file, read_stimuli(file.stimuli_path), store), password="a password")
        yield stack.enter_context(TestClient(app, base_url="http://study", raise_server_exceptions=False))


def test_no_broken_request_to_a_study_shows_a_traceback(study_client: TestClient) -> None:
    api = ("enter", "screen", "answer", "events", "leave", "withdraw", "chat", "chat/look", "chat/stop")
    paths = [
        "/",
        "/static/x",
        "/static/..%2f",
        "/nothing",
        "/researcher",
        "/researcher/",
        "/researcher/sign-in",
    ]
    paths += [f"/api/{name}" for name in api]
    faults: list[str] = []
    for path in paths:
        for method in ("GET", "POST", "DELETE"):
            for headers, body in BROKEN:
                reply = study_client.request(method, path, content=body, headers=headers)
                faults += check(reply, reply.text, f"{method} {path} {body[:60]!r}")
    assert not faults, "\n".join(faults)


def test_an_app_that_fails_gets_a_sentence_and_the_headers(caplog: pytest.LogCaptureFixture) -> None:
    def fails(_: Any) -> None:
        raise RuntimeError("a secret of the server")

    app = SafeReplies(Starlette(routes=[Route("/", fails)], debug=True).router, headers_of(page_policy()))
    reply = TestClient(app).get("/")
    assert reply.status_code == 500 and "secret" not in reply.text
    assert reply.json()["error"]["message"].startswith("Credence ran into an internal error.")
    assert "content-security-policy" in reply.headers and "a secret of the server" in caplog.text
