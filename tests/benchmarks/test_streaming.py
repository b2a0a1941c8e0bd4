"""The stream of the page, read over HTTP from a scripted model."""

import pytest

pytest.importorskip("benchmarks.speed", reason="benchmarks are not in the wheel")

import httpx2

from benchmarks.speed import streaming
from chains.engines.scripted import ScriptedChatModel, ScriptedReply
from chains.errors import CredenceError


def test_the_tokens_of_two_answers_in_the_page_are_counted() -> None:
    model = ScriptedChatModel()  # “The capital of Australia is probably Canberra.”, in eight tokens
    with streaming.served(model) as page, httpx2.Client(trust_env=False, timeout=streaming.LONGEST) as client:
        for _ in range(2):
            arrival = streaming.in_page(client, page, "What is the capital of Australia?")
            assert arrival.tokens == 8
            assert 0 < arrival.first <= arrival.seconds


def test_an_answer_that_fails_ends_with_its_sentence() -> None:
    model = ScriptedChatModel(replies=(ScriptedReply((), error=CredenceError("The engine stopped.")),))
    with (
        streaming.served(model) as page,
        httpx2.Client(trust_env=False, timeout=streaming.LONGEST) as client,
        pytest.raises(CredenceError, match="The engine stopped"),
    ):
        streaming.in_page(client, page, "Why?")


def test_another_engine_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert streaming.main(["--model", "scripted"]) == 1
    assert streaming.NEEDS_LLAMA in capsys.readouterr().err
