"""The API over a real socket: what it replies, what it refuses, and that nobody computes for a client that has left."""

import http.client
import json
import os
import re
import subprocess
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import httpx2
import numpy as np
import pytest
from pytest import approx

from chains.assess import assess
from chains.engines.scripted import ScriptedReply
from chains.models.line import MOST, line_of
from estimators.types import Assessment
from service import limits
from service.credence_api import STREAMED
from tests.chains.script import OPEN_SIGNALS, OPTION_SIGNALS, QUESTION, NotingModel, scripted
from tests.service.running import Running, running, waits_for

SURE = 0.4  # of “Canberra”


def message(reply: httpx2.Response) -> str:
    error = reply.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    return str(error["message"])


def events(text: str) -> Iterator[tuple[str, Any]]:
    for block in filter(None, text.split("\n\n")):
        name, data = block.split("\n")
        yield name.removeprefix("event: "), json.loads(data.removeprefix("data: "))


def test_a_question_gets_an_answer_with_its_confidence(service: Running) -> None:
    reply = service.post("/credence/ask", {"question": QUESTION}).json()
    assert (reply["answer"], reply["finish"]) == ("It is probably Canberra.", "stop")
    assert reply["confidence"] == approx(SURE) and reply["missing"] == ""
    assert not reply["calibrated"] and reply["uncalibrated"] == "this model has not been calibrated yet"
    signals = {signal["name"]: signal["confidence"] for signal in reply["signals"]}
    assert {name: signals[name] for name in OPEN_SIGNALS} == approx(OPEN_SIGNALS)
    assert [(marker["text"], marker["norm"]) for marker in reply["markers"]] == [("probably", 0.75)]
    assert reply["tokens"] is None and reply["record"] is None and reply["samples"] is None


def test_choices_become_options_and_a_missing_signal_has_a_reason(service: Running) -> None:
    reply = service.post("/credence/ask", {"question": "Which one flies?", "choices": ["dog", "bee"]}).json()
    signals = {signal["name"]: signal for signal in reply["signals"]}
    assert {name: signals[name]["confidence"] for name in OPTION_SIGNALS} == approx(OPTION_SIGNALS)
    assert signals["linguistic"]["missing"] == "the answer contains no word of doubt or certainty"


def test_an_answer_is_assessed_as_the_library_does(service: Running) -> None:
    reply = service.post(
        "/credence/assess", {"question": QUESTION, "answer": "It is likely Sydney.", "record": True}
    )
    record = Assessment.from_dict(reply.json()["record"])
    here = assess(scripted(), QUESTION, answer="It is likely Sydney.")
    assert (record.signals, record.decision) == (here.signals, here.decision)
    assert record.evidence.provenance.given


def test_a_model_without_log_probabilities_says_why_the_figure_is_missing() -> None:
    with running(scripted(logprobs=False)) as served:
        reply = served.post("/credence/ask", {"question": QUESTION, "tokens": True}).json()
    assert reply["confidence"] is None and reply["missing"] == "the server sends no log-probabilities"
    assert reply["tokens"] == [] and reply["no_tokens"] == "the server sends no log-probabilities"


def test_a_stream_tells_the_answer_then_the_stages_then_the_result(service: Running) -> None:
    reply = service.post("/credence/ask", {"question": QUESTION, "stream": True, "tokens": True})
    assert reply.headers["content-type"].startswith(next(iter(STREAMED[200]["content"])))
    told = list(events(reply.text))
    answers = [data for name, data in told if name == "answer"]
    assert "".join(data["text"] for data in answers) == "It is probably Canberra."
    assert [token["text"] for data in answers for token in data["tokens"]] == [
        "It",
        " is",
        " probably",
        " Canberra",
        ".",
    ]
    assert [data["stage"] for name, data in told if name == "stage"] == ["asking again"]
    assert told[-1][0] == "result" and told[-1][1]["confidence"] == approx(SURE)


def test_a_batch_keeps_its_order_and_one_failure_stops_nothing(service: Running) -> None:
    items = [
        {"question": QUESTION},
        {"question": "Which?", "choices": ["only one"]},
        {"question": QUESTION, "answer": "Sydney."},
    ]
    whole = service.post("/credence/batch", {"items": items}).json()["items"]
    assert [item["index"] for item in whole] == [0, 1, 2]
    assert [item["result"] and item["result"]["answer"] for item in whole] == [
        "It is probably Canberra.",
        None,
        "Sydney.",
    ]
    assert "give 2 to 26 texts" in whole[1]["error"]["message"]
    told = list(events(service.post("/credence/batch", {"items": items, "stream": True}).text))
    assert [name for name, _ in told] == ["result", "error", "result", "end"]
    assert [data.get("index") for _, data in told] == [0, 1, 2, None]


def test_samples_are_grouped_by_meaning(service: Running) -> None:
    asked = {"question": "Which one flies?", "choices": ["dog", "bee"], "settings": {"samples": 3}}
    reply = service.post("/credence/consistency", asked).json()
    assert reply["samples"] == {
        "drawn": 3,
        "answers": [{"text": "bee", "count": 3, "share": 1.0, "shown": True}],
        "missing": "",
    }
    assert {signal["name"]: signal["confidence"] for signal in reply["signals"]}["self_consistency"] == 1.0


def test_consistency_draws_ten_samples_unless_told_otherwise(service: Running) -> None:
    asked = {
        "question": "Which one flies?",
        "choices": ["dog", "bee"],
        "settings": {"signals": ["self_consistency"]},
    }
    assert service.post("/credence/consistency", asked).json()["samples"]["drawn"] == 10


def test_markers_and_honest_words(service: Running) -> None:
    reply = service.post("/credence/markers", {"text": "It is probably so."}).json()
    assert [(marker["text"], marker["low"], marker["high"]) for marker in reply["markers"]] == [
        ("probably", 0.65, 0.8)
    ]
    assert reply["own"] == [] and reply["own_missing"] == "the markers of this model are not measured"
    rewritten = service.post(
        "/credence/rewrite", {"text": "It is definitely Rome.", "confidence": 0.2}
    ).json()
    assert rewritten == {
        "text": "It is unlikely that it is Rome.",
        "marker": "unlikely",
        "norm": 0.2,
        "changed": True,
    }


def test_health_and_calibrations(service: Running) -> None:
    health = service.get("/credence/health").json()
    assert (health["status"], health["model"], health["running"], health["waiting"]) == (
        "ok",
        "scripted",
        0,
        0,
    )
    known = service.get("/credence/calibrations").json()
    assert known["in_use"] is None and known["missing"]
    assert all(
        calibration["misfit"] for calibration in known["calibrations"] if calibration["model"] != "scripted"
    )


BAD: list[tuple[Any, int, str]] = [
    ({"question": 5}, 400, "question: this must be a text, not a number."),
    ({"question": " \n"}, 400, "question: this is empty."),
    ({}, 400, "question: this is missing."),
    ([1], 400, "The request must be an object, not a list."),
    ({"question": QUESTION, "choices": "a"}, 400, "choices: this must be a list, not a text."),
    ({"question": QUESTION, "choices": ["one"]}, 400, "choices: give 2 to 26 texts of one line each"),
    ({"question": QUESTION, "model": "x"}, 400, "model: there is no such field."),
    ({"question": QUESTION, "settings": {"samples": 99}}, 400, "settings.samples: this must be at most 25."),
    (
        {"question": QUESTION, "settings": {"embedding": "/etc"}},
        400,
        "settings.embedding: there is no such field.",
    ),
    (
        {"question": QUESTION, "settings": {"signals": ["x"]}},
        400,
        "settings.signals: there is no signal named x",
    ),
    ({"question": QUESTION, "settings": {"rule": "luck"}}, 400, "settings.rule: this must be 'risk', 'cost'"),
    (
        {"question": QUESTION, "history": [{"role": "tool", "content": "x"}]},
        400,
        "history.0.role: this must be",
    ),
    ({"question": "x" * (limits.CHARACTERS + 1)}, 400, "question: this has more than 100,000 characters."),
    ({"question": "x" * (limits.BODY + 1)}, 413, "The request has more than 2,000,000 bytes."),
]


@pytest.mark.parametrize(("body", "status", "sentence"), BAD)
def test_a_bad_request_gets_a_sentence(service: Running, body: Any, status: int, sentence: str) -> None:
    reply = service.post("/credence/ask", body)
    assert (reply.status_code, sentence in message(reply)) == (status, True), reply.text


@pytest.mark.parametrize(
    ("content", "kind", "sentence"),
    [
        (b'{"question"', "application/json", "The request is not valid JSON"),
        (b'{"question": "Why?"}', "text/plain", "The request must be JSON, sent with the header"),
        (b'{"question": "\\ud83e"}', "application/json", "half a character"),
        (b"[" * 100_000, "application/json", "could not be read"),
        (b"", "application/json", "The request is missing."),
    ],
)
def test_what_is_not_json_gets_a_sentence(service: Running, content: bytes, kind: str, sentence: str) -> None:
    sent = service.client.post(
        f"{service.url}/v1/credence/ask", content=content, headers={"Content-Type": kind}
    )
    assert sent.status_code == 400 and sentence in message(sent), sent.text


def test_a_body_of_unknown_length_is_stopped_at_the_limit(service: Running) -> None:
    parts = (b"x" * 100_000 for _ in range(limits.BODY // 100_000 + 2))
    sent = service.client.post(
        f"{service.url}/v1/credence/ask", content=parts, headers={"Content-Type": "application/json"}
    )
    assert sent.status_code == 413 and "2,000,000 bytes" in message(sent)


def test_a_wrong_address_and_a_wrong_method_get_a_sentence(service: Running) -> None:
    assert "There is no such address" in message(service.get("/credence/nothing"))
    assert "another method" in message(service.get("/credence/ask"))


def test_an_internal_error_shows_no_stack(caplog: pytest.LogCaptureFixture) -> None:
    broken = scripted()
    broken.replies = ()  # the script then raises a ValueError
    with running(broken) as served:
        reply = served.post("/credence/ask", {"question": QUESTION})
        streamed = served.post("/credence/ask", {"question": QUESTION, "stream": True})
    assert reply.status_code == 500 and "internal error" in message(reply)
    (name, told), *_ = events(streamed.text)
    assert name == "error" and "internal error" in told["error"]["message"]
    for text in (reply.text, streamed.text):
        assert "Traceback" not in text and "scripted reply" not in text
    assert "no scripted reply matches" in caplog.text


def test_a_key_is_asked_for_everywhere_but_at_the_health() -> None:
    with running(scripted(), key="secret") as served:
        assert served.get("/credence/health").status_code == 200
        refused = served.post("/credence/ask", {"question": QUESTION})
        assert refused.status_code == 401 and "needs a key" in message(refused)
        assert served.client.post(f"{served.url}/mcp", json={}).status_code == 401
        served.client.headers["Authorization"] = "Bearer secret"
        assert served.post("/credence/ask", {"question": QUESTION}).status_code == 200


class SameMeaning:
    """An embedder to which all texts mean the same."""

    def embed(self, texts: list[str]) -> Any:
        return np.ones((len(texts), 2), np.float32)


def endless() -> NotingModel:
    """A model that talks for minutes."""
    return NotingModel(replies=(ScriptedReply.of("on and " * 2000),), delay=0.05)


class OnePlace(NotingModel):
    """Takes one call at a time."""

    places: int = 1


ENDLESS = {"question": "Why?", "settings": {"max_tokens": 4000}}


def test_a_client_that_leaves_a_stream_stops_the_model() -> None:
    with running(endless()) as served:
        body = {**ENDLESS, "stream": True}
        with served.client.stream("POST", f"{served.url}/v1/credence/ask", json=body) as reply:
            next(reply.iter_bytes())
        assert waits_for(lambda: served.model.ends) and served.model.ends == ["closed"]
        assert waits_for(lambda: served.get("/credence/health").json()["running"] == 0)
        assert len(served.model.received) == 1  # no question about the answer was asked


@pytest.mark.parametrize("path", ["/credence/ask", "/credence/batch"])
def test_a_client_that_does_not_wait_for_its_reply_stops_the_model(path: str) -> None:
    body = (
        ENDLESS
        if path.endswith("ask")
        else {"items": [{"question": "Why?"}], "settings": ENDLESS["settings"]}
    )
    with running(endless()) as served:
        connection = http.client.HTTPConnection(urlsplit(served.url).netloc)
        connection.request("POST", f"/v1{path}", json.dumps(body), {"Content-Type": "application/json"})
        assert waits_for(lambda: served.model.received)
        connection.close()
        assert waits_for(lambda: served.model.ends) and served.model.ends == ["closed"]
        assert waits_for(lambda: served.get("/credence/health").json()["running"] == 0)


def test_an_unknown_calibration_is_a_reason(service: Running) -> None:
    reply = service.post("/credence/ask", {"question": QUESTION, "settings": {"calibration": "mine"}}).json()
    assert not reply["calibrated"] and "mine" in reply["uncalibrated"]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("path", ["/credence/ask", "/chat/completions"])
def test_more_requests_than_the_line_takes_are_turned_away(path: str, stream: bool) -> None:
    chat = {"messages": [{"role": "user", "content": QUESTION}]}
    body = chat if path == "/chat/completions" else {"question": QUESTION}
    with running(scripted()) as served:
        line = line_of(served.model)
        for _ in range(MOST):  # as the turns of the page do
            line.join()
        refused = served.post(path, {**body, "stream": stream})
        assert refused.status_code == 429 and refused.json()["error"]["code"] == "busy"
        assert "The model is busy: 50 questions" in refused.json()["error"]["message"]
        line.leave()
        assert served.post(path, {**body, "stream": stream}).status_code == 200


def test_a_client_that_leaves_the_line_gives_its_turn_to_the_next() -> None:
    with running(OnePlace(replies=endless().replies, delay=0.05)) as served:
        body = json.dumps(ENDLESS)
        clients = [http.client.HTTPConnection(urlsplit(served.url).netloc) for _ in range(3)]
        for count, client in enumerate(clients):
            client.request("POST", "/v1/credence/ask", body, {"Content-Type": "application/json"})
            assert waits_for(lambda: served.get("/credence/health").json()["waiting"] == count)  # noqa: B023
        assert len(served.model.received) == 1
        clients[1].close()
        assert waits_for(lambda: served.get("/credence/health").json()["waiting"] == 1)
        clients[0].close()
        assert waits_for(lambda: len(served.model.received) == 2)
        clients[2].close()
        assert waits_for(lambda: line_of(served.model).load.running == 0)


def test_the_description_names_every_endpoint_and_the_page_shows_it(service: Running) -> None:
    description = service.get("/openapi.json").json()
    ours = {path for path in description["paths"] if path.startswith("/v1/credence/")}
    assert {path.removeprefix("/v1/credence/") for path in ours} == {
        *("ask", "assess", "consistency", "batch", "markers", "rewrite", "calibrations", "health")
    }
    page = service.get("/docs").text
    assert all(path in page for path in description["paths"])
    assert "http://" not in page.replace(service.url, "") and "<script" not in page


def test_every_command_of_the_page_works(service: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chains.meaning.embedding.open_embedder", lambda model: SameMeaning())
    page = service.get("/docs").text
    commands = [unescape(found) for found in re.findall(r"<pre[^>]*>(.*?)</pre>", page, re.DOTALL)]
    assert len(commands) == 10
    for command in commands:
        done = subprocess.run(["bash", "-c", f"{command} --fail-with-body"], capture_output=True, text=True)
        assert done.returncode == 0 and json.loads(done.stdout), command + done.stdout


def test_the_commands_of_the_page_send_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    with running(scripted(), key="a secret") as served:
        page = served.client.get(f"{served.url}/v1/docs", headers={"Authorization": "Bearer a secret"}).text
        command = unescape(re.findall(r"<pre[^>]*>(.*?)</pre>", page, re.DOTALL)[0])
        assert "a secret" not in page
        done = subprocess.run(
            ["bash", "-c", command],
            env={**os.environ, "CREDENCE_SERVICE_KEY": "a secret"},
            capture_output=True,
        )
    assert "confidence" in json.loads(done.stdout)
