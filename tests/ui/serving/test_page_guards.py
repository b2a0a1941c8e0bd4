"""The served page: its headers, what it refuses, its limits and its password."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from gradio.utils import get_upload_folder

from service.limits import PAGE_BODY
from tests.ui.serving.conftest import Served
from ui.uploads_folder import tidied

LOCAL = ("127.0.0.1", "localhost")
HTML = ("/", "/v1/docs")


@pytest.fixture(scope="module")
def own(serve: Callable[..., Served]) -> Served:
    return serve(hosts=LOCAL)


@pytest.fixture(scope="module")
def shared(serve: Callable[..., Served]) -> Served:
    return serve(shared=True, frames="*", rate=3)


def message(reply: Any) -> str:
    return str(reply.json()["error"]["message"])


def files(served: Served, data: bytes | Iterator[bytes], name: str = "x.jsonl") -> Any:
    return served.gradio("upload", files={"files": (name, data)})


@pytest.mark.parametrize(
    "path", [*HTML, "/config", "/nothing", "/v1/models", "/v1/nothing", "/manifest.json", "/mcp"]
)
def test_every_response_has_the_headers(own: Served, path: str) -> None:
    headers = own.client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "camera=()" in headers["permissions-policy"]
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self' ") and "frame-ancestors 'self'" in policy
    assert "http" not in policy and "'unsafe-inline'" not in policy.partition("style-src")[0]


def test_inline_scripts_run_by_their_hash_only(own: Served) -> None:
    page = own.client.get("/")
    assert page.headers["content-security-policy"].count("'sha256-") == page.text.count(
        "<script>"
    ) + page.text.count("<script data-gradio-mode>")


def test_a_frame_is_a_setting(shared: Served) -> None:
    assert shared.client.get("/").headers["content-security-policy"].endswith("frame-ancestors *")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/gradio_api/deep_link?session_hash=x"),
        ("GET", "/gradio_api/proxy=https://example.org/"),
        ("POST", "/gradio_api/process_recording"),
        ("POST", "/gradio_api/vibe-edit"),
        ("POST", "/gradio_api/stream/1"),
        ("DELETE", "/gradio_api/upload"),
        ("GET", "/monitoring"),
        ("GET", "/monitoring/summary"),
    ],
)
def test_what_the_page_has_no_use_for_is_not_there(own: Served, method: str, path: str) -> None:
    reply = own.client.request(method, path)
    assert reply.status_code in (404, 405)


def test_a_file_that_is_too_large_is_refused_before_it_is_read(own: Served) -> None:
    reply = files(own, bytes(PAGE_BODY))
    assert reply.status_code == 413 and message(reply).startswith(
        "The request has more than 51,000,000 bytes."
    )


def test_a_file_of_unknown_length_is_cut_off(own: Served) -> None:
    chunk = bytes(1 << 20)
    head = b'--b\r\nContent-Disposition: form-data; name="files"; filename="x.jsonl"\r\n\r\n'

    def body() -> Iterator[bytes]:
        yield head
        yield from (chunk for _ in range(60))
        yield b"\r\n--b--\r\n"

    reply = own.gradio("upload", content=body(), headers={"Content-Type": "multipart/form-data; boundary=b"})
    assert reply.status_code == 413 and "exceeded maximum allowed size" in reply.text  # in Gradio's words
    assert not list(Path(get_upload_folder()).rglob("x.jsonl"))


def test_many_files_fill_the_folder_only_up_to_a_limit(own: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    assert files(own, b"{}").status_code == 200
    full = Path(get_upload_folder()) / "full"
    with full.open("wb") as file:
        file.truncate(500_000_001)
    reply = files(own, b"{}")
    assert (
        reply.status_code == 503
        and message(reply) == "Too many files were uploaded lately. Try again in an hour."
    )
    long_ago = time.time() - 3601
    os.utime(full, (long_ago, long_ago))
    assert files(own, b"{}").status_code == 200 and not full.exists()


def test_files_that_cannot_be_looked_at_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "broken").symlink_to(tmp_path / "nowhere")
    (tmp_path / "x").write_bytes(b"123")
    assert tidied(tmp_path, 0.0) == 3


def test_a_shared_page_takes_no_files(shared: Served) -> None:
    assert files(shared, b"{}").status_code == 404


def test_a_visitor_who_asks_too_often_waits(shared: Served) -> None:
    def ask(by: str) -> Any:
        return shared.client.post("/v1/credence/markers", json={"text": "x"}, headers={"X-Forwarded-For": by})

    replies = [ask("10.0.0.1") for _ in range(5)]
    assert [reply.status_code for reply in replies] == [200, 200, 200, 429, 429]
    assert message(replies[3]).startswith("Too many requests from your address. Try again in ")
    assert 0 < int(replies[3].headers["retry-after"]) <= 20
    assert (
        ask("10.0.0.2").status_code == 200
    )  # another visitor; uvicorn trusts the header of a proxy on this machine
    assert shared.client.get("/v1/models").status_code == 200


def test_other_sites_and_other_names_are_refused(own: Served, shared: Served) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}
    body = {"text": "perhaps"}
    reply = own.client.post("/v1/credence/markers", json=body, headers=foreign)
    assert reply.status_code == 403 and "another site" in message(reply)
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert own.client.get("/", headers=link).status_code == 200
    assert shared.client.get("/v1/models", headers=foreign).status_code == 200
    reply = own.client.get("/", headers={"Host": "rebound.example"})
    assert reply.status_code == 421 and "set CREDENCE_HOSTS" in message(reply)


@pytest.mark.parametrize(
    ("login", "name"), [(("ann", "open sesame"), "ann"), (("", "open sesame"), "anybody")]
)
def test_with_a_password_nothing_is_open(
    serve: Callable[..., Served], login: tuple[str, str], name: str
) -> None:
    served = serve(login=login, key="open sesame")
    assert served.client.get("/config").status_code == 401
    assert "credence" not in served.client.get("/").text.replace("Credence", "")
    assert served.gradio("queue/join", json={"data": [], "session_hash": "x"}).status_code == 401
    assert files(served, b"{}").status_code == 401
    assert served.client.get("/v1/models").status_code == 401
    assert served.client.get("/v1/models", headers={"Authorization": "Bearer open sesame"}).status_code == 200
    wrong = [served.client.post("/login", data={"username": name, "password": "x"}) for _ in range(11)]
    assert [reply.status_code for reply in wrong] == [400] * 10 + [429]


def test_the_right_password_opens_the_page(serve: Callable[..., Served]) -> None:
    served = serve(login=("", "öffne dich"), key="k")
    reply = served.client.post("/login", data={"username": "any", "password": "öffne dich"})
    assert reply.status_code == 200
    assert served.client.get("/config").status_code == 200
