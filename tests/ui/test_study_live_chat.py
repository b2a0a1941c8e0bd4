"""The live chat of a study: around an engine that stops, and around answers that end while the next message arrives."""

import logging
import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from langchain_core.outputs import ChatGenerationChunk
from pydantic import PrivateAttr

from chains.engines.scripted import ScriptedChatModel
from chains.errors import CredenceError, EnginePaused, EngineStopped, ModelUnavailable
from chains.settings import Settings
from study.errors import BadAnswer
from ui.study.live_chat import NO_ANSWER, STOPPED, Chats


class FailsOnce(ScriptedChatModel):
    """Raises its error on the first call."""

    error: CredenceError
    _failed: bool = PrivateAttr(default=False)

    def _stream(self, *args: Any, **options: Any) -> Iterator[ChatGenerationChunk]:
        if not self._failed:
            self._failed = True
            raise self.error
        yield from super()._stream(*args, **options)


class OneScreen:
    """A study in which one person has a live chat open."""

    design = SimpleNamespace(verbalized="verbal_numeric")

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def screen(self, token: str | None) -> SimpleNamespace:
        return SimpleNamespace(
            participant="p", id="s", phase="chat", chat=tuple(self.rows), condition=None, token=token
        )

    def chat(
        self, token: str | None, participant: str, screen: str, submission: str, row: dict[str, Any]
    ) -> None:
        self.rows.append(row)


def exchange(chats: Chats, submission: str) -> dict[str, Any]:
    """One message, and its turn once it is stored."""
    chats.send("t", "p", "s", submission, "What is the capital of Australia?")
    end = time.monotonic() + 30
    while not (turn := chats.look("t", "p", "s")["turns"][-1])["done"]:
        assert time.monotonic() < end
        time.sleep(0.02)
    return dict(turn)


@pytest.mark.parametrize(
    "error",
    [
        EnginePaused("The engine was killed. Try again in 4 seconds to restart it.", "It was killed.", 4),
        EngineStopped("The engine stopped. Try again."),
        ModelUnavailable("The server cannot be reached."),
    ],
)
def test_a_message_that_failed_says_so_plainly_and_the_next_one_is_answered(
    error: CredenceError, caplog: pytest.LogCaptureFixture
) -> None:
    study = OneScreen()
    chats = Chats(study, FailsOnce(error=error), Settings(signals=()))  # type: ignore[arg-type]
    with caplog.at_level(logging.WARNING, "ui.study.live_chat"):
        failed = exchange(chats, "1")
    assert (failed["error"], failed["text"]) == (NO_ANSWER, "")
    assert (
        study.rows[0]["error"] == str(error) and str(error) in caplog.text
    )  # for the researcher and the operator
    answered = exchange(chats, "2")
    assert (answered["error"], answered["text"]) == ("", "The capital of Australia is probably Canberra.")


def test_a_person_who_stops_before_the_first_word_reads_that() -> None:
    study = OneScreen()
    study.rows.append(
        {"submission": "1", "question": "Why?", "answer": "", "error": "Stopped.", "stopped": True}
    )
    assert Chats(study, ScriptedChatModel(), Settings()).look("t", "p", "s")["turns"][0]["error"] == STOPPED  # type: ignore[arg-type]


class Remembers(ScriptedChatModel):
    """Keeps the conversation of every call."""

    _conversations: list[list[str]] = PrivateAttr(default_factory=list)

    def _stream(self, messages: Any, *args: Any, **options: Any) -> Iterator[ChatGenerationChunk]:
        self._conversations.append([message.content for message in messages])
        yield from super()._stream(messages, *args, **options)


class StoredButNotEnded(OneScreen):
    """A turn can be read, but the thread that stored it has not gone on."""

    def __init__(self) -> None:
        super().__init__()
        self.goes_on = threading.Event()

    def chat(self, *turn: Any) -> None:
        super().chat(*turn)
        assert self.goes_on.wait(30)


def test_a_message_is_taken_as_soon_as_the_last_answer_is_stored() -> None:
    study = StoredButNotEnded()
    chats = Chats(study, ScriptedChatModel(), Settings(signals=()))  # type: ignore[arg-type]
    try:
        assert exchange(chats, "1")["done"] and exchange(chats, "2")["done"]
    finally:
        study.goes_on.set()


def test_a_message_waits_for_an_answer_that_is_not_stored() -> None:
    study, begun, goes_on = OneScreen(), threading.Event(), threading.Event()

    class Slow(ScriptedChatModel):
        def _stream(self, *args: Any, **options: Any) -> Iterator[ChatGenerationChunk]:
            begun.set()
            assert goes_on.wait(30)
            yield from super()._stream(*args, **options)

    chats = Chats(study, Slow(), Settings(signals=()))  # type: ignore[arg-type]
    try:
        chats.send("t", "p", "s", "1", "Why?")
        assert begun.wait(30)
        with pytest.raises(BadAnswer, match="Wait until the answer is complete"):
            chats.send("t", "p", "s", "2", "And how?")
        assert [turn["submission"] for turn in chats.look("t", "p", "s")["turns"]] == ["1"]
    finally:
        goes_on.set()


class EndsWhileRead(OneScreen):
    """The running turn is stored and ends after its row could have been read and before the reader gets the screen."""

    def __init__(self) -> None:
        super().__init__()
        self.goes_on, self.storing = threading.Event(), threading.Event()
        self.thread: threading.Thread | None = None
        self.armed = False

    def screen(self, token: str | None) -> SimpleNamespace:
        screen = super().screen(token)
        if self.armed:
            self.armed = False
            self.goes_on.set()
            assert self.thread is not None
            self.thread.join(30)
        return screen

    def chat(self, *turn: Any) -> None:
        self.thread = threading.current_thread()
        self.storing.set()
        assert self.goes_on.wait(30)
        super().chat(*turn)


def test_a_turn_that_ends_while_the_next_message_arrives_stays_in_the_conversation() -> None:
    study, model = EndsWhileRead(), Remembers()
    chats = Chats(study, model, Settings(signals=()))  # type: ignore[arg-type]
    chats.send("t", "p", "s", "1", "What is the capital of Australia?")
    assert study.storing.wait(30)
    study.armed = True
    exchange(chats, "2")
    first, second = model._conversations
    assert second == [*first, study.rows[0]["answer"], first[-1]]  # it is the same question
