"""The researcher page: it exists only with a password, lets nobody else in, and shows what the data say."""

import asyncio
import csv
import io
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event
from starlette.testclient import TestClient

from study.session.service import Study
from tests.study.studies import design_text, honest, running, walk
from ui.study.researcher_access import FIRST_PAUSE, LONGEST_PAUSE, MOST_WAITING, Access, TooManyTries
from ui.study.serving import study_app

PASSWORD = "a long pass word – ü"
CHECK = "attention_checks:\n  - {id: c1, after: 1, question: choose alpha, options: [alpha, beta], expected: alpha}\n"
ADDRESSES = ("/", "/live", "/data/trials.csv", "/data/codebook.csv", "/static/researcher.css")
HOSTILE = "<script>alert(1)</script>{{ 7 * 7 }}${x}"


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    with running(tmp_path, design_text(more=CHECK, options=False)) as study:
        yield study


@pytest.fixture
def client(study: Study) -> Iterator[TestClient]:
    with TestClient(study_app(study, password=PASSWORD)) as client:
        yield client


def sign_in(client: TestClient) -> str:
    """Sign in; gives the token of the page's forms."""
    assert client.post("/researcher/sign-in", data={"password": PASSWORD}).status_code == 200
    field = re.search(r'name="token" value="([^"]+)"', client.get("/researcher/").text)
    assert field is not None
    return field[1]


@pytest.mark.parametrize("password", [None, ""])
def test_without_a_password_the_page_does_not_exist(study: Study, password: str | None) -> None:
    with TestClient(study_app(study, password=password)) as client:
        assert {client.get(f"/researcher{address}").status_code for address in ADDRESSES} == {404}
        assert client.post("/researcher/sign-in", data={"password": ""}).status_code == 404
        assert client.get("/").status_code == 200


def test_nothing_is_revealed_without_signing_in(client: TestClient, study: Study) -> None:
    walk(study)
    page = client.get("/researcher/")
    assert 'type="password"' in page.text
    assert "finished" not in page.text and study.store.participants("small")[0].id not in page.text
    for address in ("/live", "/data/trials.csv", "/data/events.jsonl", "/data/codebook.csv"):
        assert client.get(f"/researcher{address}").status_code == 401
    assert client.post("/researcher/recruiting", data={"open": "0", "token": ""}).status_code == 401
    assert study.store.recruiting("small")
    client.cookies.set("credence_researcher_small", "guessed")
    assert client.get("/researcher/live").status_code == 401


def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(client: TestClient) -> None:
    response = client.post("/researcher/sign-in", data={"password": PASSWORD}, follow_redirects=False)
    assert (response.status_code, response.headers["location"]) == (303, "/researcher/")
    cookie = response.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie and "Path=/researcher" in cookie
    assert "Secure" not in cookie
    behind = client.post(
        "/researcher/sign-in",
        data={"password": PASSWORD},
        headers={"X-Forwarded-Proto": "https"},
        follow_redirects=False,
    )
    assert "Secure" in behind.headers["set-cookie"]


def test_a_wrong_password_opens_nothing_and_a_session_ends_with_signing_out(client: TestClient) -> None:
    began = time.monotonic()
    wrong = client.post("/researcher/sign-in", data={"password": PASSWORD[:-1]})
    assert wrong.status_code == 401 and "Wrong password" in wrong.text and "set-cookie" not in wrong.headers
    assert time.monotonic() - began >= FIRST_PAUSE
    token = sign_in(client)
    secret = client.cookies["credence_researcher_small"]
    assert client.post("/researcher/sign-out", data={"token": token}).history[0].status_code == 303
    client.cookies.set("credence_researcher_small", secret)  # kept by somebody
    assert client.get("/researcher/live").status_code == 401


def test_wrong_tries_take_longer_and_longer_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    at_once = 0

    async def pause(seconds: float) -> None:
        nonlocal at_once
        at_once += 1
        assert at_once == 1
        pauses.append(seconds)
        await real(0)
        at_once -= 1

    real = asyncio.sleep
    monkeypatch.setattr("ui.study.researcher_access.asyncio.sleep", pause)
    now = [1000.0]
    access = Access("right", clock=lambda: now[0])

    async def tries() -> None:
        for _ in range(7):
            assert await access.sign_in("wrong") is None
        assert await access.sign_in("right") is not None  # one's own password is never slow for oneself
        assert await access.sign_in("wrong") is None
        now[0] += 10_000.0
        results = await asyncio.gather(
            *(access.sign_in("wrong") for _ in range(MOST_WAITING + 3)), return_exceptions=True
        )
        assert sum(isinstance(result, TooManyTries) for result in results) == 3

    asyncio.run(tries())
    assert pauses[:7] == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0] and max(pauses) == LONGEST_PAUSE
    assert pauses[7] == FIRST_PAUSE  # the delay is reset after a correct password


def test_a_session_ends_by_itself_and_the_oldest_give_way() -> None:
    now = [0.0]
    access = Access("right", clock=lambda: now[0])

    async def open_many() -> list[str]:
        return [str(await access.sign_in("right")) for _ in range(60)]

    secrets = asyncio.run(open_many())
    assert [access.session(secret) is not None for secret in secrets] == [False] * 10 + [True] * 50
    now[0] = 12 * 3600.0
    assert access.session(secrets[-1]) is None


def test_the_page_counts_what_happened(client: TestClient, study: Study) -> None:
    for _ in range(3):
        walk(study)
    token, screen = walk(study, until="trial-03.final")
    study.leave(token, screen.participant)
    walk(study, values=lambda screen: honest(screen) | ({"answer": "beta"} if screen.kind == "check" else {}))
    walk(study, until="trial-02")
    sign_in(client)
    page = " ".join(re.sub(r"<[^>]+>", " ", client.get("/researcher/").text).split())
    assert "4 finished" in page and "1 in progress" in page and "1 left or timed out" in page
    assert "check-c1 5 1" in page
    assert "trial-03.final 1" in page
    # own-answer-first: 4 whole walks of 4 trials, 2 of the one who left, 1 of the one inside
    assert sum(int(n) for n in re.findall(r"(?:plain|numbers) (\d+) \d+ (?=plain|numbers|Where)", page)) == 19
    assert client.get("/researcher/live").text in client.get("/researcher/").text


def test_pausing_turns_new_people_away_and_resuming_lets_them_in(client: TestClient, study: Study) -> None:
    inside, screen = walk(study, until="trial-02")
    token = sign_in(client)
    assert client.post("/researcher/recruiting", data={"open": "0", "token": "another"}).status_code == 403
    assert client.post("/researcher/recruiting", data={"open": "2", "token": token}).status_code == 400
    assert study.store.recruiting("small")
    page = client.post("/researcher/recruiting", data={"open": "0", "token": token})
    assert "Recruiting is paused" in page.text
    assert study.enter({}).screen.outcome == "paused"
    assert study.screen(inside).id == screen.id  # whoever is inside goes on
    assert (
        "Recruiting is open" in client.post("/researcher/recruiting", data={"open": "1", "token": token}).text
    )
    assert study.enter({}).screen.kind == "consent"


def test_downloads_are_the_export_and_ids_are_asked_for(client: TestClient, study: Study) -> None:
    walk(study, {"PROLIFIC_PID": "person-77"})
    sign_in(client)
    trials = client.get("/researcher/data/trials.csv")
    assert trials.headers["content-disposition"] == 'attachment; filename="small-trials.csv"'
    assert len(list(csv.DictReader(io.StringIO(trials.text)))) == 4
    without, with_ids = (client.get(f"/researcher/data/participants.csv{ids}").text for ids in ("", "?ids=1"))
    assert "person-77" in with_ids
    everything = [
        client.get(f"/researcher/data/{name}.{kind}").text
        for name in ("trials", "answers", "events")
        for kind in ("csv", "jsonl")
    ]
    assert not any("person-77" in text for text in [without, *everything])
    assert client.get("/researcher/data/secrets.csv").status_code == 404
    assert client.get("/researcher/data/trials.exe").status_code == 404


def test_what_people_write_is_shown_as_text(client: TestClient, study: Study) -> None:
    walk(
        study, values=lambda screen: honest(screen) | ({"answer": HOSTILE} if screen.phase == "final" else {})
    )
    sign_in(client)
    page = client.get("/researcher/").text
    assert "<script>alert" not in page and "{{ 7 * 7 }}${x}" in page and "&lt;script&gt;alert(1)" in page


def test_the_page_asks_the_database_as_often_for_many_people_as_for_few(
    client: TestClient, study: Study
) -> None:
    asked: list[str] = []
    event.listen(study.store.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    sign_in(client)
    counts, lengths = [], []
    for _ in range(3):
        for _ in range(3):
            walk(study)
        asked.clear()
        lengths.append(len(client.get("/researcher/live").text))
        counts.append(len(asked))
    assert counts[0] == counts[1] == counts[2] < 30
    assert lengths[2] < 1.2 * lengths[0]  # 20 rows, however many there are


def test_an_oversized_form_is_refused(client: TestClient) -> None:
    assert client.post("/researcher/sign-in", data={"password": "x" * 20_000}).status_code == 413


def test_a_password_is_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever was typed, hmac.compare_digest gets two digests of the same length."""
    seen: list[tuple[int, int]] = []

    def compare(first: bytes, second: bytes) -> bool:
        seen.append((len(first), len(second)))
        return first == second

    monkeypatch.setattr("ui.study.researcher_access.hmac.compare_digest", compare)
    access = Access("right")
    assert asyncio.run(access.sign_in("right")) is not None
    assert seen == [(32, 32)]
    with pytest.raises(ValueError, match="needs a password"):
        Access("")
