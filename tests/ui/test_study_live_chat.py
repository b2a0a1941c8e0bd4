"""The live chat of a study around an engine that stops: a message is answered again as soon as it is back."""

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
from ui.study.live_chat import Chats


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
        EnginePaused(
            "The engine was killed. Send the message again in 4 seconds to restart it.", "It was killed.", 4
        ),
        EngineStopped("The engine stopped. Send the message again."),
        ModelUnavailable("The server cannot be reached."),
    ],
)
def test_a_message_that_failed_says_why_and_the_next_one_is_answered(error: CredenceError) -> None:
    study = OneScreen()
    chats = Chats(study, FailsOnce(error=error), Settings(signals=()))  # type: ignore[arg-type]
    failed = exchange(chats, "1")
    assert (failed["error"], failed["text"]) == (str(error), "")
    answered = exchange(chats, "2")
    assert (answered["error"], answered["text"]) == ("", "The capital of Australia is probably Canberra.")
