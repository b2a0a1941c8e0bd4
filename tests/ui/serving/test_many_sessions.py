"""What the server remembers stays bounded, however many pages a visitor opens."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from gradio.state_holder import StateHolder

from chains.pipeline.turn import Turn
from chains.settings import Settings
from estimators.types import Answer, Question, Token
from service.limits import LARGE
from tests.ui.serving.conftest import Served
from ui.chat.conversation import Conversation, Entry
from ui.sessions import EMPTY, FewSessions, forget, memory_of


def conversation(tokens: int) -> Conversation:
    answer = Answer("x" * tokens, tuple(Token("x", -0.5, (("y", -1.5),)) for _ in range(tokens)))
    return Conversation([Entry("Why?", Turn(Question("Why?"), Settings(), answer=answer))])


@pytest.fixture
def holder() -> StateHolder:
    with gr.Blocks() as page:
        gr.State()
    held: StateHolder = StateHolder()  # type: ignore[no-untyped-call]
    held.set_blocks(page)
    return held


def opened(holder: StateHolder, name: str, value: Conversation) -> None:
    holder[name].state_data[1] = value


def test_the_pages_used_last_stay(holder: StateHolder) -> None:
    for name in "abcde":
        opened(holder, name, Conversation())
    assert holder["a"] is not None  # used again
    forget(holder, 3, 10**9)
    assert list(holder.session_data) == ["d", "e", "a"]
    assert set(holder.time_last_used) == {"d", "e", "a"}


def test_large_conversations_make_room_for_the_latest_ones(holder: StateHolder) -> None:
    size = EMPTY + memory_of(conversation(1000))
    for name in "abcd":
        opened(holder, name, conversation(1000))
    forget(holder, 100, 2 * size)
    assert list(holder.session_data) == ["c", "d"]
    forget(holder, 100, 1)
    assert list(holder.session_data) == ["d"]  # the latest one always stays


def test_a_page_that_is_being_answered_stays(holder: StateHolder) -> None:
    busy = conversation(10)
    busy.running = SimpleNamespace()
    opened(holder, "busy", busy)
    for name in "ab":
        opened(holder, name, Conversation())
    forget(holder, 1, 10**9)
    assert list(holder.session_data) == ["busy", "b"]


def test_memory_counts_every_version_and_what_follows_it() -> None:
    first = conversation(100).entries[0]
    other, later = conversation(200).entries[0], conversation(300).entries[0]
    first.family = other.family = [first, other]
    other.later = [later]
    whole = memory_of(Conversation([first]))
    assert whole == sum(memory_of(conversation(tokens)) for tokens in (100, 200, 300))


def touch(served: Served, session: str, **more: Any) -> Any:
    """A small event of the page, as a script would send it."""
    number = next(number for number, function in served.page.fns.items() if function.name == "_stop")
    body = {"data": [None], "fn_index": number, "session_hash": session, **more}
    return served.gradio("run/predict", json=body)


def test_thousands_of_pages_are_not_remembered(
    serve: Callable[..., Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.serving.FewSessions", partial(FewSessions, most=20, every=0.0))
    served = serve(shared=True, rate=0)
    for number in range(60):
        assert touch(served, f"page-{number}").status_code == 200
    names = list(served.page.app.state_holder.session_data)
    assert names == [
        f"page-{number}" for number in range(39, 60)
    ]  # the last one came after the others were counted


def test_a_visitor_keeps_only_so_many_requests_open(
    serve: Callable[..., Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.serving.OPEN", 4)
    served = serve(shared=True, rate=1000)
    beats: list[Iterator[str]] = []
    with ExitStack() as stack:
        for number in range(4):
            beat = stack.enter_context(served.client.stream("GET", f"/gradio_api/heartbeat/{number}"))
            beats.append(beat.iter_text())  # a generator that is let go of closes the stream
            assert next(beats[-1]).startswith("data: ALIVE")
        refused = touch(served, "one-more")
        assert refused.status_code == 429
        assert refused.json()["detail"] == (
            "Too many pages are open at your address. Close some of them. Try again in 60 seconds."
        )
        other = served.client.get("/v1/models", headers={"X-Forwarded-For": "10.0.0.9"})
        assert other.status_code == 200


def test_large_requests_count_as_questions(serve: Callable[..., Served]) -> None:
    served = serve(shared=True, rate=2)
    large = json.dumps("x" * LARGE)
    assert [touch(served, "one", event_data=large).status_code for _ in range(4)][2:] == [429, 429]
    assert touch(served, "one").status_code == 200

    def body() -> Iterator[bytes]:
        yield b"{}"

    assert served.gradio("run/predict", content=body()).status_code == 429  # of unknown length
