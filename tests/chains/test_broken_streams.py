"""Incomplete replies: broken off, filtered, or ended with a finish reason that only this server uses."""

import asyncio
import json
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk

from chains import assess
from chains.engines.open import open_chat_model
from chains.errors import CredenceError, EngineStopped, ModelUnavailable, ReplyNotWhole
from chains.finish import BROKE_OFF, STOPPED, read_finish
from chains.messages import ReplyReader
from chains.pipeline.live import LiveTurn
from chains.pipeline.model_calls import Meter, ask, ask_or_missing, ask_whole, sampling
from chains.pipeline.pipeline import confidence_pipeline
from chains.settings import Settings
from chains.with_confidence import with_confidence
from estimators.types import Answer, Message, Question
from evaluation.mic.work import open_work, sample
from evaluation.questions.reader import AskedQuestion
from tests.chains.script import ANSWER, QUESTION, scripted
from tests.chains.servers import DONE, MODELS, event, words
from ui.chat.conversation import Conversation
from ui.panel import panel_html
from ui.shown.turn import bubble, shown_turn

Start = Callable[[Any], str]
ASKED = (Message("user", QUESTION),)


def streaming(events: str) -> Callable[[str, dict[str, Any]], tuple[int, Any]]:
    return lambda path, _: MODELS if path == "/v1/models" else (200, events)


def stream(model: Any) -> tuple[list[Answer], CredenceError | None]:
    """Every snapshot of a reply, and how it failed."""
    seen: list[Answer] = []
    try:
        for reply in ask(model, ASKED, sampling(model, Settings()), Meter()):
            seen.append(reply)
    except CredenceError as error:
        return seen, error
    return seen, None


ENDS = [
    # (what follows three words, the finish, what a person is told)
    ("", "incomplete", BROKE_OFF),
    (event("!")[:30], "incomplete", BROKE_OFF),  # broke off within an event
    ("data: {not JSON\n\n", "incomplete", "stopped in the middle of this answer"),
    ('data: {"error": {"message": "out of memory", "code": 500}}\n\n', "incomplete", "stopped in the middle"),
    (event(finish="error") + DONE, "incomplete", BROKE_OFF),
    (event(finish="abort") + DONE, "incomplete", BROKE_OFF),
    (event(finish="content_filter") + DONE, "content_filter", "content filter"),
    (event(finish="tool_calls") + DONE, "tool_calls", "called a tool"),
    (event(finish="function_call") + DONE, "tool_calls", "called a tool"),
    (event(finish="moonrise") + DONE, "moonrise", "“moonrise”"),
    (event(finish="stop") + DONE, "stop", ""),
    (event(finish="stop"), "stop", ""),  # some servers send no [DONE]
    (DONE, "stop", ""),  # and some no reason
    (event(finish="eos") + DONE, "stop", ""),
    (event(finish="length") + DONE, "length", ""),
]  # fmt: skip


@pytest.mark.parametrize(("end", "finish", "says"), ENDS)
def test_how_a_stream_ends(foreign_server: Start, end: str, finish: str, says: str) -> None:
    model = open_chat_model(foreign_server(streaming(words(3) + end)))
    seen, error = stream(model)
    assert (seen[-1].text, seen[-1].finish) == ("It is Canberra", finish)
    assert (error is None) == (not says)
    assert says in str(error or "")

    async def streamed() -> str:
        return "".join([str(chunk.text) async for chunk in model.astream("Hi")])

    if finish == "incomplete" and 'finish_reason": "' not in end:
        with pytest.raises(EngineStopped, match="Try again"):
            asyncio.run(streamed())
    else:
        assert asyncio.run(streamed()) == "It is Canberra"


def test_a_text_that_looks_like_the_end_is_not_the_end(foreign_server: Start) -> None:
    pretending = event('data: [DONE]\n"finish_reason": "stop"') + event("\ndata: [DONE]\n")
    seen, error = stream(open_chat_model(foreign_server(streaming(pretending))))
    assert seen[-1].finish == "incomplete" and str(error) == BROKE_OFF


def test_a_stream_that_breaks_off_before_the_first_word(foreign_server: Start) -> None:
    seen, error = stream(open_chat_model(foreign_server(streaming(""))))
    assert seen == [] and isinstance(error, EngineStopped) and str(error) == BROKE_OFF


def test_an_error_as_the_first_event_is_no_unreachable_server(foreign_server: Start) -> None:
    for code, words_ in ((500, r"failed \(500\)"), (429, "busy"), (None, r"failed\. Try")):
        body = {"error": {"message": "no", "code": code}}
        _, error = stream(open_chat_model(foreign_server(streaming(f"data: {json.dumps(body)}\n\n"))))
        assert isinstance(error, ModelUnavailable)
        with pytest.raises(ModelUnavailable, match=words_):
            raise error


def test_an_error_in_a_reply_with_the_status_200(foreign_server: Start) -> None:
    def answer(path: str, _: Any) -> tuple[int, Any]:
        return MODELS if path == "/v1/models" else (200, {"error": {"message": "overloaded", "code": 503}})

    with pytest.raises(ModelUnavailable, match=r"failed \(503\)"):
        open_chat_model(foreign_server(answer)).invoke("Hi")
    nothing = foreign_server(lambda path, _: MODELS if path == "/v1/models" else (200, {"hello": 1}))
    with pytest.raises(ModelUnavailable, match="does not answer like an OpenAI-compatible server"):
        open_chat_model(nothing).invoke("Hi")


def test_a_connection_that_is_reset_in_the_middle() -> None:
    """A chunked reply that stops without its last chunk, as when the server's process is killed."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        connection.recv(65536)
        part = words(3).encode()
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        connection.sendall(head + f"{len(part):x}\r\n".encode() + part + b"\r\n")
        connection.close()

    models = threading.Thread(target=serve)
    from chains.engines.servers.openai_server import ChatServer

    model = ChatServer(
        model="m", base_url=f"http://127.0.0.1:{listener.getsockname()[1]}/v1", api_key="x", max_retries=0
    )
    models.start()
    seen, error = stream(model)
    models.join()
    listener.close()
    model.root_client.close()
    assert (seen[-1].text, seen[-1].finish, str(error)) == ("It is Canberra", "incomplete", BROKE_OFF)


def test_a_reply_in_one_piece_without_a_reason_is_complete() -> None:
    reader = ReplyReader(tells_end=True)
    reader.add(AIMessage("bee"))
    assert reader.finish == "stop"
    streamed = ReplyReader(tells_end=True)
    streamed.add(AIMessageChunk(content="bee"))
    assert streamed.finish == "incomplete"
    unknown = ReplyReader()  # a model that never says why it ended
    unknown.add(AIMessageChunk(content="bee"))
    assert unknown.finish == "stop"


def test_the_words_of_every_provider() -> None:
    vocabulary = {
        "stop": ["stop", "STOP", "end_turn", "eos", "eos_token", "stop_sequence", "completed"],
        "length": ["length", "MAX_TOKENS", "model_length", "max_output_tokens"],
        "content_filter": [
            "content_filter",
            "SAFETY",
            "RECITATION",
            "BLOCKLIST",
            "PROHIBITED_CONTENT",
            "SPII",
            "refusal",
        ],
        "tool_calls": ["tool_calls", "function_call", "tool_use"],
        "incomplete": ["error", "abort", "insufficient_system_resource"],
    }
    for meaning, ends in vocabulary.items():
        for word in ends:
            assert read_finish({"finish_reason": word}) == meaning, word
    assert read_finish({"done_reason": "length"}) == "length"  # Ollama
    assert read_finish({"status": "completed"}) == "stop"  # OpenAI's Responses
    assert (
        read_finish({"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}})
        == "length"
    )
    assert (
        read_finish({"status": "incomplete", "incomplete_details": {"reason": "content_filter"}})
        == "content_filter"
    )
    assert (
        read_finish({"finish_reason": None})
        == read_finish({})
        == read_finish({"status": "in_progress"})
        == ""
    )


def test_nothing_is_asked_about_such_an_answer_and_nothing_is_scored(foreign_server: Start) -> None:
    for end in ("", event(finish="content_filter") + DONE):
        seen: list[Any] = []

        def answer(path: str, body: Any, seen: list[Any] = seen, end: str = end) -> tuple[int, Any]:
            seen.append(path)
            return streaming(words(3) + end)(path, body)

        model = open_chat_model(foreign_server(answer))
        turns = []
        with pytest.raises(CredenceError):
            for turn in confidence_pipeline(model, samples=3).stream(QUESTION):
                turns.append(turn)
        assert seen.count("/v1/chat/completions") == 1
        assert turns[-1].assessment is None and turns[-1].answer is not None
        assert turns[-1].answer.text == "It is Canberra" and turns[-1].answer.finish != "stop"
        for ask_model in (lambda: assess(model, QUESTION), lambda: with_confidence(model).invoke(QUESTION)):  # noqa: B023
            with pytest.raises(CredenceError):
                ask_model()


@pytest.mark.parametrize(
    ("end", "says"),
    [("", BROKE_OFF), (event(finish="content_filter") + DONE, "content filter stopped this answer")],
)
def test_the_page_keeps_what_came_and_says_so(foreign_server: Start, end: str, says: str) -> None:
    live = LiveTurn(
        open_chat_model(foreign_server(streaming(words(3) + end))), Question(QUESTION), Settings()
    )
    list(live.updates(0.01))
    assert says in live.error
    conversation = Conversation()
    entry, _ = conversation.start(QUESTION)
    entry.turn, entry.error = live.turn, live.error
    drawn = bubble(entry)
    assert (drawn["text"], drawn["assessed"], says in drawn["error"]) == ("It is Canberra", False, True)
    panel = panel_html(shown_turn(entry).panel)
    assert "No confidence" in panel and "%" not in panel
    assert conversation.history() == ()  # it is no part of what the next question goes with


def test_probes_and_samples_that_are_not_whole_are_missing_with_the_reason(foreign_server: Start) -> None:
    for end, says in (("", BROKE_OFF), (event(finish="content_filter") + DONE, "content filter")):
        model = open_chat_model(foreign_server(streaming(words(1) + end)))
        reply = ask_or_missing(model, ASKED, {}, Meter())
        assert reply.text == "" and says in reply.missing
        calls: list[Any] = []

        def answer(path: str, body: Any, calls: list[Any] = calls, end: str = end) -> tuple[int, Any]:
            calls.append(path)
            whole = words() + event(finish="stop") + DONE
            return streaming(whole if len(calls) <= 2 else words(1) + end)(path, body)

        assessment = assess(open_chat_model(foreign_server(answer)), QUESTION, samples=2)
        assert assessment.evidence.answer.finish == "stop"
        assert assessment.evidence.samples == () and says in assessment.evidence.ungrouped
        assert all(
            probe.reply.text == "" and says in probe.reply.missing
            for probe in assessment.evidence.probes.values()
        )


class Dying(type(scripted())):  # type: ignore[misc]
    """An engine on this machine that fails in the middle of a reply."""

    def _stream(self, *args: Any, **options: Any) -> Any:
        for count, chunk in enumerate(super()._stream(*args, **options)):
            if count == 2:
                raise RuntimeError("CUDA error: device-side assert triggered")
            yield chunk


class Silent(type(scripted())):  # type: ignore[misc]
    """An engine whose stream ends without a reason."""

    def _stream(self, *args: Any, **options: Any) -> Any:
        for chunk in super()._stream(*args, **options):
            if not (chunk.generation_info or {}).get("finish_reason"):
                yield chunk


@pytest.mark.parametrize(("kind", "says"), [(Dying, STOPPED), (Silent, BROKE_OFF)])
def test_engines_on_this_machine(kind: Any, says: str) -> None:
    seen, error = stream(kind(replies=scripted().replies))
    assert isinstance(error, ReplyNotWhole) and str(error) == says
    assert seen[-1].finish == "incomplete"
    assert "".join(token.text for token in ANSWER).startswith(seen[-1].text)


def test_a_marker_run_keeps_no_reply_that_broke_off_and_leaves_out_filtered_ones(
    foreign_server: Start, tmp_path: Any
) -> None:
    questions = [AskedQuestion(id="1", question=QUESTION, answers=("Canberra",))]
    filtered = open_chat_model(foreign_server(streaming(words(2) + event(finish="content_filter") + DONE)))
    work = open_work(tmp_path / "work.jsonl", {"model": "m"})
    sample(work, filtered, questions, (1, 2), 1.0, 1)
    assert [(row["text"], row["ended"]) for row in work.replies.values()] == [("", "content_filter")] * 2
    broken = open_chat_model(foreign_server(streaming(words(2))))
    with pytest.raises(CredenceError, match="broke off"):
        sample(work, broken, questions, (1, 2, 3), 1.0, 1)
    assert len(work.replies) == 2
    with pytest.raises(CredenceError):
        ask_whole(broken, ASKED, {}, Meter())
