"""The HTTP app of a study, without a browser."""

import json
import re
import socket
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from study.design.reader import read_design
from study.design.stimuli import read_stimuli
from study.session.service import Study
from study.store.database import open_store
from tests.browser.study_pages import design, write_study
from ui.study import serving
from ui.study.serving import study_app


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    """A small study with a separate database."""
    file = read_design(write_study(tmp_path, design(practice=[])))
    store = open_store(f"sqlite:///{tmp_path / 'study.sqlite'}")
    yield Study(file, read_stimuli(file.stimuli_path), store)
    store.close()


@pytest.fixture
def visit(study: Study) -> Iterator[Any]:
    """Opens a new browser for every call."""
    with ExitStack() as stack:
        app = study_app(study)
        yield lambda: stack.enter_context(TestClient(app, base_url="http://study"))


def entered(client: TestClient, **query: str) -> dict[str, Any]:
    """The first screen of a new participant."""
    return dict(client.post("/api/enter", json={"query": query}).json()["screen"])


def agreement(screen: dict[str, Any], /, **changes: Any) -> dict[str, Any]:
    """The answer to the consent screen."""
    sent = {
        "participant": screen["participant"],
        "screen": "consent",
        "submission": str(uuid.uuid4()),
        "values": {"agree": True},
    }
    return sent | changes


def test_every_response_forbids_other_hosts_and_what_is_private_is_not_cached(visit: Any) -> None:
    client = visit()
    for path in ("/", "/static/study.js", "/static/chat.css", "/nothing"):
        policy = client.get(path).headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'") and "http" not in policy
    reply = client.post("/api/enter", json={"query": {}})
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["referrer-policy"] == "no-referrer"


def test_the_page_and_its_files_name_no_other_host(visit: Any) -> None:
    client = visit()
    page = client.get("/").text
    files = re.findall(r'(?:src|href)="(static/[^"]+)"', page)
    modules = {name for name in re.findall(r'from "\./([^"]+)"', client.get("/static/study.js").text)}
    assert len(files) == 5 and modules
    for path in ("/", *(f"/{file}" for file in files), *(f"/static/{name}" for name in modules)):
        response = client.get(path)
        assert response.status_code == 200, path
        assert not re.search(r"""["'(]\s*(https?:)?//""", response.text), path
        again = client.get(path, headers={"If-None-Match": response.headers["etag"]})
        assert again.status_code == 304


@pytest.mark.parametrize("name", ["researcher.js", "../serving.py", "%2e%2e/serving.py", "serving.py", "x"])
def test_nothing_but_the_pages_files_is_served(visit: Any, name: str) -> None:
    assert visit().get(f"/static/{name}").status_code == 404


def test_without_a_password_there_is_no_researchers_page(visit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in ("/researcher", "/researcher/", "/researcher/export"):
        assert visit().get(path).status_code == 404
    monkeypatch.setenv("CREDENCE_STUDY_PASSWORD", "")
    assert serving.researcher_password() is None


def test_the_secret_is_a_cookie_that_no_script_reads_and_never_in_a_reply(visit: Any, study: Study) -> None:
    client = visit()
    first = client.get("/")
    cookie = first.headers["set-cookie"]
    assert cookie.startswith("credence_capitals=")
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; ")) and "Secure" not in cookie
    secret = client.cookies["credence_capitals"]
    assert len(secret) >= 43  # 256 bits in base 64
    reply = client.post("/api/enter", json={"query": {}})
    assert secret not in reply.text
    assert client.get("/").headers.get("set-cookie") is None
    proxied = visit().get("/", headers={"X-Forwarded-Proto": "https"})
    assert "Secure" in proxied.headers["set-cookie"]


def test_an_enter_whose_reply_was_lost_can_be_repeated(visit: Any) -> None:
    client = visit()
    client.get("/")
    first = entered(client, PROLIFIC_PID="p1")
    assert first["kind"] == "consent"
    assert entered(client, PROLIFIC_PID="p1")["participant"] == first["participant"]


def test_whoever_guesses_another_persons_id_gets_nothing(visit: Any, study: Study) -> None:
    owner, guesser, nobody = visit(), visit(), visit()
    mine, theirs = entered(owner, PROLIFIC_PID="p1"), entered(guesser, PROLIFIC_PID="p2")
    calls: list[tuple[str, dict[str, Any]]] = [
        ("answer", agreement(mine)),
        ("events", {"participant": mine["participant"], "events": []}),
        ("leave", {"participant": mine["participant"]}),
        ("withdraw", {"participant": mine["participant"]}),
        ("chat", {"participant": mine["participant"], "screen": "x", "submission": "s", "text": "hi"}),
        ("chat/look", {"participant": mine["participant"], "screen": "x"}),
        ("chat/stop", {"participant": mine["participant"], "screen": "x"}),
    ]
    for path, sent in calls:
        for client in (guesser, nobody):
            reply = client.post(f"/api/{path}", json=sent)
            assert reply.status_code == 401, path
            assert set(reply.json()) == {"error"} and mine["participant"] not in reply.text
    assert nobody.get("/api/screen").status_code == 401
    # the other's id in one's own link: a session is there, and nothing of it is told
    assert entered(visit(), PROLIFIC_PID="p1")["outcome"] == "elsewhere"
    assert owner.get("/api/screen").json()["screen"]["id"] == "consent"
    assert theirs["participant"] != mine["participant"]


def test_an_answer_is_stored_once_and_wrong_ones_are_named(visit: Any, study: Study) -> None:
    client = visit()
    screen = entered(client)
    wrong = client.post("/api/answer", json=agreement(screen, values={"agree": "maybe"}))
    assert wrong.status_code == 422 and list(wrong.json()["faults"]) == ["agree"]
    early = client.post("/api/answer", json=agreement(screen, screen="trial-01.final"))
    assert early.status_code == 409 and early.json()["screen"]["id"] == "consent"
    sent = agreement(screen)
    replies = [client.post("/api/answer", json=sent).json()["screen"]["id"] for _ in range(3)]
    assert replies == ["instructions-1"] * 3
    assert [row.screen for row in study.store.events("capitals", kinds=("answer",))] == ["consent"]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'{"query": 3}', b'{"query": {"a": NaN}}', b'{"more": 1}', b"\xff", b"[" * 100_000],
)
def test_what_no_page_of_ours_sends_is_refused_with_a_sentence(visit: Any, body: bytes) -> None:
    reply = visit().post("/api/enter", content=body)
    assert reply.status_code == 400
    assert reply.json()["error"].startswith("The server could not read this request. Reload the page")
    assert "Traceback" not in reply.text


def test_a_request_that_is_too_large_is_refused_and_a_large_text_is_not(visit: Any) -> None:
    client = visit()
    screen = entered(client)
    huge = json.dumps(agreement(screen, values={"agree": "x" * 4_000_001}))
    assert client.post("/api/answer", content=huge).status_code == 413
    large = client.post("/api/answer", json=agreement(screen, values={"agree": "x" * 1_000_000}))
    assert large.status_code == 422  # read, and no answer to a question of yes or no


def test_an_unforeseen_error_is_a_sentence_and_the_log_has_the_rest(
    visit: Any, study: Study, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    client = visit()
    monkeypatch.setattr(study, "screen", lambda token: 1 / 0)
    reply = client.get("/api/screen")
    assert reply.status_code == 500 and reply.json() == {"error": serving.BROKEN}
    assert "ZeroDivisionError" in caplog.text


def test_the_debriefing_is_sent_before_the_code_and_right_answers_only_there(visit: Any) -> None:
    client = visit()
    screen = entered(client)
    seen = []
    while screen["kind"] != "end":
        values: dict[str, Any] = {}
        for field in screen["fields"]:
            if field["options"] and field["kind"] == "choice":
                values[field["name"]] = "blue" if "blue" in field["options"] else field["options"][0]
            elif field["kind"] == "yes-no":
                values[field["name"]] = True
            elif field["required"]:
                values[field["name"]] = 5
        sent = agreement(screen, screen=screen["id"], values=values)
        reply = client.post("/api/answer", json=sent)
        assert reply.status_code == 200, reply.text
        screen = reply.json()["screen"]
        seen.append((screen["id"], reply.text))
    for name, text in seen[:-2]:
        assert "C1A2B3" not in text, name
        assert '"gold":' not in text and '"seen":[]' in text, name
    (name, debriefing), (_, end) = seen[-2:]
    assert name == "debriefing" and "C1A2B3" not in debriefing and '"gold":"Bras' in debriefing
    assert "C1A2B3" in end


def test_the_command_says_what_is_wrong_and_gives_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import app

    monkeypatch.setenv("CREDENCE_DATA", str(tmp_path / "data"))
    good = write_study(tmp_path, design(practice=[]))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        cases = (
            (["--study", str(tmp_path / "no.yaml"), "--port", "0"], "There is no file"),
            (["--study", str(good), "--port", port], f"cannot listen on 127.0.0.1, port {port}"),
            (["--study", str(good), "--port", "99999"], "cannot listen on 127.0.0.1, port 99999"),
        )
        for arguments, words in cases:
            assert app.main(arguments) == 2
            said = capsys.readouterr().err
            assert said.startswith("credence: ") and words in said and "Traceback" not in said
    good.with_suffix(".frozen.jsonl").unlink()
    assert app.main(["--study", str(good), "--port", "0"]) == 2
    assert "item australia has no frozen answer yet: run `freeze`" in capsys.readouterr().err
