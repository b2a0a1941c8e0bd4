"""Confidence in OpenTelemetry spans and as LangSmith feedback."""

import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from langchain.agents import create_agent
from langsmith import Client
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from pytest import approx
from urllib3 import Retry

from chains import with_confidence
from chains.engines.scripted import ScriptedReply
from plugin import ConfidenceMiddleware, LangSmithFeedback, OpenTelemetrySpans
from tests.chains.script import OPEN_SIGNALS, QUESTION, scripted
from tests.plugin.agents import ASKED, look_up, unsure, without_logprobs

UNSURE = OPEN_SIGNALS["key_span_probability"]


class Recorded:
    """A provider of one's own, and the spans that it got."""

    def __init__(self) -> None:
        self.exporter, self.provider = InMemorySpanExporter(), TracerProvider()
        self.provider.add_span_processor(SimpleSpanProcessor(self.exporter))

    def named(self, name: str) -> list[ReadableSpan]:
        return [span for span in self.exporter.get_finished_spans() if span.name == name]


def attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def test_a_model_with_confidence_has_it_on_its_span() -> None:
    recorded = Recorded()
    model = with_confidence(scripted(), signals=())
    model.invoke(QUESTION, {"callbacks": [OpenTelemetrySpans(recorded.provider)]})
    spans = [
        span for span in recorded.exporter.get_finished_spans() if "credence.confidence" in attributes(span)
    ]
    (span,) = spans
    found = attributes(span)
    assert (found["gen_ai.operation.name"], span.kind) == ("chat", SpanKind.CLIENT)
    assert found["credence.confidence"] == approx(UNSURE)
    assert (found["credence.calibrated"], found["credence.abstain"]) == (False, True)
    assert found["credence.signal"] == "key_span_probability"
    assert found["gen_ai.response.finish_reasons"] == ("stop",)
    (event,) = span.events
    assert event.name == "gen_ai.evaluation.result"
    about = dict(event.attributes or {})
    assert about["gen_ai.evaluation.name"] == "credence.confidence"
    assert about["gen_ai.evaluation.score.value"] == approx(UNSURE)
    assert about["gen_ai.evaluation.score.label"] == "abstain"


@pytest.mark.parametrize("way", ["invoke", "ainvoke"])
def test_the_run_of_an_agent_has_the_confidence_of_its_answer(way: str) -> None:
    recorded = Recorded()
    agent = create_agent(
        unsure(calls=("look_up", {"q": "capital"})),
        [look_up],
        name="guide",
        middleware=[ConfidenceMiddleware(signals=("numeric",))],
    )
    config: Any = {"callbacks": [OpenTelemetrySpans(recorded.provider)]}
    if way == "invoke":
        agent.invoke(ASKED, config)
    else:
        asyncio.run(agent.ainvoke(ASKED, config))
    (run,) = recorded.named("invoke_agent guide")
    found = attributes(run)
    assert found["gen_ai.operation.name"] == "invoke_agent"
    assert found["gen_ai.agent.name"] == "guide"
    assert found["credence.confidence"] == approx(UNSURE)
    calls = [span for span in recorded.exporter.get_finished_spans() if span is not run]
    assert len(calls) == 3  # the tool call, the answer and one probe
    assert run.context is not None
    assert {span.parent.span_id for span in calls if span.parent} == {run.context.span_id}
    assert all("credence.confidence" not in attributes(span) for span in calls)


def test_no_text_of_a_message_is_recorded() -> None:
    recorded = Recorded()
    agent = create_agent(unsure(), middleware=[ConfidenceMiddleware("abstain", threshold=0.7)])
    agent.invoke(ASKED, {"callbacks": [OpenTelemetrySpans(recorded.provider)]})
    assert recorded.exporter.get_finished_spans()
    written = "".join(span.to_json() for span in recorded.exporter.get_finished_spans())
    assert "capital" not in written and "Canberra" not in written
    (run,) = recorded.named("invoke_agent")
    assert attributes(run)["credence.abstain"] is True


def test_a_missing_confidence_has_its_reason_and_no_score() -> None:
    recorded = Recorded()
    agent = create_agent(without_logprobs(), middleware=[ConfidenceMiddleware(signals=())])
    agent.invoke(ASKED, {"callbacks": [OpenTelemetrySpans(recorded.provider)]})
    (run,) = recorded.named("invoke_agent")
    found = attributes(run)
    assert "credence.confidence" not in found
    assert "no log-probabilities" in found["credence.missing"]
    about = dict(run.events[0].attributes or {})
    assert "gen_ai.evaluation.score.value" not in about
    assert about["gen_ai.evaluation.score.label"] == "missing"


def test_an_error_is_on_the_spans_that_it_passed() -> None:
    recorded = Recorded()
    model = scripted(ScriptedReply.of("It", match="capital", error=RuntimeError("broken")))
    agent = create_agent(model, middleware=[ConfidenceMiddleware()])
    with pytest.raises(RuntimeError):
        agent.invoke(ASKED, {"callbacks": [OpenTelemetrySpans(recorded.provider)]})
    spans = recorded.exporter.get_finished_spans()
    assert len(spans) == 2
    assert {span.status.status_code for span in spans} == {StatusCode.ERROR}
    assert {attributes(span)["error.type"] for span in spans} == {"RuntimeError"}


def test_spans_lie_inside_the_current_span_of_the_process() -> None:
    recorded = Recorded()
    with recorded.provider.get_tracer("theirs").start_as_current_span("request") as outer:
        with_confidence(scripted(), signals=()).invoke(
            QUESTION, {"callbacks": [OpenTelemetrySpans(recorded.provider)]}
        )
    spans = [span for span in recorded.exporter.get_finished_spans() if span.name != "request"]
    assert spans
    assert {span.parent.span_id for span in spans if span.parent} == {outer.get_span_context().span_id}


class LangSmith(BaseHTTPRequestHandler):
    """The parts of LangSmith's API that feedback needs; keeps what it is sent."""

    received: list[dict[str, Any]]
    project = "11111111-1111-4111-8111-111111111111"

    def do_GET(self) -> None:
        if self.path.startswith("/sessions"):
            project = {
                "id": self.project,
                "name": "default",
                "tenant_id": self.project,
                "reference_dataset_id": None,
            }
            self._reply([{**project, "start_time": "2026-01-01T00:00:00Z"}])
        else:
            self._reply({"version": "0.8.0"})

    def do_POST(self) -> None:
        self.received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self._reply({})

    def _reply(self, value: Any) -> None:
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing is logged."""


@pytest.fixture
def langsmith() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The address of a LangSmith, and the feedback that it got."""
    received: list[dict[str, Any]] = []
    server = HTTPServer(("127.0.0.1", 0), type("Server", (LangSmith,), {"received": received}))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", received
    server.shutdown()
    server.server_close()
    thread.join()


def test_langsmith_gets_the_confidence_as_feedback(langsmith: tuple[str, list[dict[str, Any]]]) -> None:
    url, received = langsmith
    handler = LangSmithFeedback(Client(api_url=url, api_key="key", auto_batch_tracing=False))
    with_confidence(scripted(), signals=()).invoke(QUESTION, {"callbacks": [handler]})
    create_agent(without_logprobs(), middleware=[ConfidenceMiddleware(signals=())]).invoke(
        ASKED, {"callbacks": [handler]}
    )
    handler.flush()
    known, missing = received
    assert (known["key"], known["session_id"]) == ("credence.confidence", LangSmith.project)
    assert known["score"] == approx(UNSURE, abs=1e-4)
    assert "run_id" in known and "score" not in missing
    assert "no log-probabilities" in missing["comment"]


def test_an_unreachable_langsmith_changes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    client = Client(
        api_url="http://127.0.0.1:9", api_key="key", auto_batch_tracing=False, retry_config=Retry(0)
    )
    handler = LangSmithFeedback(client, project=LangSmith.project)
    assert with_confidence(scripted(), signals=()).invoke(QUESTION, {"callbacks": [handler]}).text
    handler.flush()
    assert "was not sent to LangSmith" in caplog.text
