"""What must never happen: an acknowledged answer is lost, an answer is stored twice, hostile text takes effect, a
stranger gets in."""

import csv
import json
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from hypothesis import given, settings
from hypothesis import strategies as st

from study.session.form_validation import TEXT_LIMIT, harmless
from study.session.service import Study
from study.store.database import open_store
from study.tables import export as tables
from study.tables.codebook import TABLES
from study.tables.tidy_files import restored
from tests.postgres import Postgres
from tests.study.studies import design_text, honest, rows, running, submission, walk, write_study
from ui.study.serving import study_app

pytest.importorskip("benchmarks.study_kill", reason="benchmarks are not in the wheel")

from benchmarks._simulated_people import Person, Server, tally
from benchmarks.study_kill import kill_server, kill_writer

FIELDS, PAGES = 10, 100  # 1,000 values

SHORT = (
    "'; DROP TABLE events; --", '"; DELETE FROM participants WHERE "1"="1', "1 OR 1=1", "x'); ROLLBACK; --", "\\'; --",
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "</textarea><svg onload=alert(1)>", "&lt;b&gt;",
    "javascript:alert(1)", "${7*7}", "{{7*7}}", "#{7*7}", "%s%s%n", "{0.__class__}", "`id`", "$(id)", "../../etc/passwd",
    "=1+1", "=HYPERLINK(\"http://x\")", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1", " =1+1", "\ufeff=1+1", "'=1",
    "a\x00b", "\x00", "\x01\x02\x1b[31m", "\u202eabc", "\ud83d", "\ude00\ud83d", "😀", "e\u0301", "\u2028\u2029", "\n",
    "a,b;\"c\"\nd",
    "null", "None", "NaN", "true", "[]", "{}", "1e999", "ß" * 200, "\\", "\\x00", "\\u0000", '"', "''", "“", "%00", "\x7f",
)  # fmt: skip


def hostile(seed: int = 0) -> list[str]:
    """A thousand values: each alone, at the beginning, in the middle and at the end of others; some of 1 MB."""
    chance = random.Random(seed)
    result = [*SHORT, *(part * 40_000 for part in SHORT[:12])]
    while len(result) < FIELDS * PAGES - 8:
        parts = [chance.choice(SHORT) for _ in range(chance.randint(2, 4))]
        result.append("".join(parts))
    result += [chance.choice(SHORT)[:4].ljust(1_000_000, "x") for _ in range(8)]
    chance.shuffle(result)
    return result


def forms() -> str:
    """A hundred pages of ten text fields."""
    fields = ", ".join(
        f"{{name: f{number}, kind: text, label: l, required: false}}" for number in range(FIELDS)
    )
    pages = "".join(f"  - {{id: p{page}, questions: [{fields}]}}\n" for page in range(PAGES))
    return f"questionnaires:\n{pages}"


def test_a_thousand_hostile_values_are_stored_and_exported_as_harmless_text(tmp_path: Path, url: str) -> None:
    sent = hostile()
    assert len(sent) == 1000 and sum(len(part) >= 1_000_000 for part in sent) >= 8
    with running(tmp_path, design_text("accept-reject", forms(), count=1), url) as study:
        token, screen = walk(study, until="questionnaire-p0")
        cut = 0
        for page in range(PAGES):
            mine = sent[page * FIELDS : (page + 1) * FIELDS]
            values = {f"f{number}": text for number, text in enumerate(mine)}
            screen = study.answer(token, screen.participant, f"questionnaire-p{page}", submission(), values)
            cut += "only the first 10,000" in screen.notice
        assert screen.kind == "debriefing"
        assert cut >= 8  # whoever wrote too much was told
        expected = [str(harmless(text[:TEXT_LIMIT])) for text in sent]
        stored = [
            value
            for row in rows(study.store, "small", "answer")
            if row.screen.startswith("questionnaire")
            for value in json.loads(row.payload)["values"].values()
        ]
        assert stored == expected
        assert "\x00" not in "".join(stored)
        for ending, lines in tables.FORMATS.items():
            text = "".join(lines(TABLES["answers"], tables.table_rows(study.store, "small", "answers")))
            (tmp_path / f"answers.{ending}").write_text(text, encoding="utf-8", newline="")
    with (tmp_path / "answers.csv").open(encoding="utf-8", newline="") as file:
        csv.field_size_limit(10_000_000)
        cells = [row for row in csv.DictReader(file) if row["screen_kind"] == "questionnaire"]
    assert [restored(row["value"]) for row in cells] == expected
    for row in cells:
        for cell in row.values():
            assert not cell.lstrip(" \u00a0\ufeff\n").startswith(("=", "+", "-", "@", "\t", "\r"))
    lines_ = (tmp_path / "answers.jsonl").read_text(encoding="utf-8").split("\n")[:-1]
    result = [row["value"] for row in map(json.loads, lines_) if row["screen_kind"] == "questionnaire"]
    assert result == expected


@contextmanager
def listening(study: Study) -> Iterator[str]:
    """The HTTP app of a study on a free port, in a thread."""
    config = uvicorn.Config(study_app(study), host="127.0.0.1", port=0, log_level="warning", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


def test_people_at_once_over_http_have_every_answer_stored_once(tmp_path: Path) -> None:
    with running(tmp_path, design_text(count=2)) as study, listening(study) as address:
        crowd = [Person(address, {"PROLIFIC_PID": f"p{number}"}, number) for number in range(12)]
        for person in crowd:
            person.start()
        for person in crowd:
            person.join()
        assert [person.error for person in crowd] == [""] * 12
        assert {person.code for person in crowd} == {"DONE1"}
        result = tally(study.store, [part for person in crowd for part in person.acknowledged])
        assert (result.lost, result.doubled, result.acknowledged, result.stored) == (0, 0, 72, 72)
        trials = list(tables.table_rows(study.store, "small", "trials"))
        assert len({(row["participant"], row["trial"]) for row in trials}) == len(trials) == 24


def test_a_guessed_id_or_address_shows_nothing_over_http(tmp_path: Path) -> None:
    with running(tmp_path, design_text()) as study, listening(study) as address:
        me = {"PROLIFIC_PID": "pid-1", "SESSION_ID": "s-1"}
        token, mine = walk(study, me, until="trial-02.own")
        before = len(rows(study.store))
        own = {"participant": mine.participant}
        answer = {**own, "screen": mine.id, "submission": "s", "values": honest(mine)}
        calls: list[tuple[str, Any]] = [
            ("/api/answer", answer), ("/api/events", {**own, "events": [{"id": "x", "kind": "click"}]}),
            ("/api/leave", own), ("/api/withdraw", own),
            ("/api/chat", {**own, "screen": mine.id, "submission": "s", "text": "hi"}),
            ("/api/chat/look", {**own, "screen": mine.id}), ("/api/chat/stop", {**own, "screen": mine.id}),
        ]  # fmt: skip
        cookies: list[dict[str, str]] = [
            {},
            {"credence_small": "guess"},
            {"credence_small": mine.participant},
        ]
        stranger = study.enter({}).token or ""
        cookies.append({"credence_small": stranger})
        for jar in cookies:
            with httpx2.Client(base_url=address, cookies=jar) as client:
                for path, body in calls:
                    reply = client.post(path, json=body)
                    assert reply.status_code in (401, 404, 409), (path, reply.text)
                    assert "number 1" not in reply.text and "alpha" not in reply.text
                for path in (
                    f"/{mine.participant}",
                    f"/api/screen?participant={mine.participant}",
                    f"/api/{token}",
                ):
                    assert mine.id not in client.get(path).text
                entered = client.post("/api/enter", json={"query": me}).json()
                assert entered["screen"]["outcome"] == "elsewhere"
                assert mine.participant not in json.dumps(entered)
        assert len(rows(study.store)) - before == 2  # the stranger's own coming in
        assert study.screen(token).id == mine.id


def test_kills_of_a_storing_process_lose_no_acknowledged_answer(tmp_path: Path, url: str) -> None:
    write_study(tmp_path, design_text())
    result = kill_writer(tmp_path / "study.yaml", url, 5, random.Random(1))
    assert result.whole and result.acknowledged >= 5


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_kills_of_the_real_server_under_load_lose_no_acknowledged_answer(tmp_path: Path) -> None:
    write_study(tmp_path, design_text())
    server = Server(tmp_path / "study.yaml", {"CREDENCE_DATA": str(tmp_path / "data")})
    result, _ = kill_server(server, 3, 8, random.Random(2))
    assert result.whole and result.acknowledged >= 80


def test_a_postgresql_restart_in_mid_study_is_survived(tmp_path: Path, postgres: Postgres) -> None:
    address = postgres.url()
    with running(tmp_path, design_text(), address, patience=60) as study, listening(study) as http:
        crowd = [Person(http, {"PROLIFIC_PID": f"p{number}"}, number, think=0.02) for number in range(6)]
        for person in crowd:
            person.start()
        for mode in ("fast", "immediate"):  # in order, and as by a crash
            already = sum(len(person.acknowledged) for person in crowd)
            while sum(len(person.acknowledged) for person in crowd) < already + 5:
                time.sleep(0.01)
            postgres.stop(mode)
            time.sleep(0.3)
            postgres.start()
        for person in crowd:
            person.join(100)
        assert [person.error for person in crowd] == [""] * 6
        assert {person.code for person in crowd} == {"DONE1"}
        result = tally(study.store, [part for person in crowd for part in person.acknowledged])
        assert (result.lost, result.doubled, result.acknowledged) == (0, 0, 6 * 10)


@settings(max_examples=12)
@given(
    st.lists(
        st.tuples(st.sampled_from(["answer", "again", "other tab", "reload", "events"]), st.booleans()),
        max_size=30,
    )
)
def test_whatever_tabs_and_connections_do_each_screen_has_one_answer(
    tmp_path_factory: pytest.TempPathFactory, moves: list[tuple[str, bool]]
) -> None:
    """Repeated answers, from two tabs and with lost replies, give the same rows as one normal session."""
    folder = tmp_path_factory.mktemp("walk")
    with running(folder, design_text(count=2)) as study:
        entry = study.enter({})
        token, screen = entry.token, entry.screen
        for move, lost in moves:
            if screen.kind == "end":
                break
            sent = (token, screen.participant, screen.id, submission(), honest(screen))
            if move == "events":
                study.log(token, screen.participant, [{"id": "same", "kind": "click"}])
                continue
            following = study.screen(token) if move == "reload" else study.answer(*sent)
            if move == "again":
                assert study.answer(*sent).id == following.id
            if move == "other tab":
                assert study.answer(*sent[:3], submission(), sent[4]).id == following.id
            screen = study.screen(token) if lost else following
        answers = [row.screen for row in rows(study.store, "small", "answer")]
        plan = json.loads(rows(study.store, "small", "enter")[0].payload)["plan"]
        assert answers == plan[: len(answers)]
        assert len(rows(study.store, "small", "click")) <= 1


def test_two_servers_on_one_database_share_the_places(tmp_path: Path, postgres: Postgres) -> None:
    address = postgres.url()
    file, stimuli = write_study(tmp_path, design_text(more="participants: 10"))
    stores = [open_store(address) for _ in range(2)]
    studies = [Study(file, stimuli, store) for store in stores]
    outcomes: list[str] = []
    people = [
        threading.Thread(
            target=lambda number=number: outcomes.append(studies[number % 2].enter({}).screen.outcome)
        )
        for number in range(16)
    ]
    for person in people:
        person.start()
    for part in people:
        part.join()
    assert sorted(outcomes) == [""] * 10 + ["full"] * 6
    for store in stores:
        store.close()
