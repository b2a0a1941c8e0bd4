"""The MCP tools, called by the official SDK's client: over standard input and output, over HTTP, and in process."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters
from pytest import approx

from chains.errors import CredenceError
from chains.models.slot import ModelSlot
from cli.commands.mcp import run
from service.mcp_tools.server import mcp_server
from tests.chains.script import QUESTION, scripted
from tests.service.running import Running, running

ROOT = Path(__file__).parents[2]
SURE = 0.4  # of “Canberra”


def with_client(server: Any, use: Callable[[Client], Awaitable[Any]]) -> Any:
    async def connected() -> Any:
        async with Client(server, read_timeout_seconds=100) as client:
            return await use(client)

    return asyncio.run(connected())


def called(server: Any, tool: str, **arguments: Any) -> Any:
    return with_client(server, lambda client: client.call_tool(tool, arguments))


def in_process(**more: Any) -> Any:
    return mcp_server(ModelSlot.of(scripted(**more)))


def text_of(result: Any) -> str:
    return "".join(part.text for part in result.content)


def test_how_sure_over_http(service: Running) -> None:
    result = called(f"{service.url}/mcp", "how_sure", question=QUESTION)
    assert not result.is_error
    told = result.structured_content
    assert told["answer"] == "It is probably Canberra." and told["confidence"] == approx(SURE)
    assert told["summary"] == (
        "40 %, not calibrated (this model has not been calibrated yet). Advice: do not rely on this answer."
    )
    assert told["signals"]["p_true_third"] == approx(0.75) and told["missing"] == ""


def test_the_three_tools_over_standard_input_and_output() -> None:
    command = StdioServerParameters(
        command=sys.executable, args=["-m", "cli", "mcp", "--model", "scripted"], cwd=str(ROOT)
    )

    async def use(client: Client) -> Any:
        tools = await client.list_tools()
        checked = await client.call_tool("check_answer", {"question": QUESTION, "answer": "Sydney."})
        return tools, checked

    tools, checked = with_client(command, use)
    assert {tool.name: tool.title for tool in tools.tools} == {
        "how_sure": "How sure are you?",
        "check_answer": "Check this answer",
        "rewrite_with_honest_words": "Rewrite with honest words",
    }
    assert all(tool.output_schema and tool.annotations.read_only_hint for tool in tools.tools)
    assert checked.structured_content["answer"] == "Sydney."
    assert checked.structured_content["confidence"] == approx(
        0.9
    )  # what the script gives to a text it does not know


def test_words_are_made_honest() -> None:
    told = called(in_process(), "rewrite_with_honest_words", answer="It is certainly Rome.", confidence=0.2)
    assert told.structured_content == {
        "text": "It is unlikely that it is Rome.",
        "marker": "unlikely",
        "confidence": 0.2,
        "summary": "The confidence is 20 %; people read “unlikely” as 20 %.",
    }
    checked = called(
        in_process(), "rewrite_with_honest_words", answer="It is probably Canberra.", question=QUESTION
    )
    assert checked.structured_content["confidence"] == approx(SURE)
    assert checked.structured_content["text"] == "The chance is about even that it is Canberra."


def test_samples_show_what_else_the_model_says() -> None:
    told = called(in_process(), "how_sure", question="Which one flies?", choices=["dog", "bee"], samples=2)
    assert told.structured_content["other_answers"] == []
    assert told.structured_content["signals"]["self_consistency"] == 1.0


def test_what_is_wrong_is_told_to_the_agent() -> None:
    for tool, arguments, sentence in (
        ("how_sure", {"question": "  "}, "empty"),
        ("how_sure", {"question": "Which?", "choices": ["one"]}, "give 2 to 26 texts"),
        ("how_sure", {"question": 5}, "question: this must be a text, not a number."),
        ("how_sure", {}, "question: this is missing."),
        ("how_sure", {"question": "Why?", "samples": 99}, "samples: this must be at most 25."),
        ("rewrite_with_honest_words", {"answer": "Rome."}, "Give `confidence`, or the `question`"),
    ):
        result = called(in_process(), tool, **arguments)
        assert result.is_error and sentence in text_of(result), text_of(result)
        assert "Traceback" not in text_of(result) and "pydantic" not in text_of(result)


def test_without_a_confidence_there_is_a_reason_and_no_rewriting() -> None:
    told = called(in_process(logprobs=False), "how_sure", question=QUESTION).structured_content
    assert told["confidence"] is None and told["missing"] == "the server sends no log-probabilities"
    assert told["summary"] == "The confidence is unknown: the server sends no log-probabilities."
    refused = called(
        in_process(logprobs=False), "rewrite_with_honest_words", answer="Rome.", question=QUESTION
    )
    assert refused.is_error and "so no words fit" in text_of(refused)


def test_a_model_that_cannot_be_opened_is_told_at_the_first_call() -> None:
    slot = ModelSlot()
    slot.open("./missing.gguf")
    result = called(mcp_server(slot), "how_sure", question=QUESTION)
    assert result.is_error and "There is no file ./missing.gguf." in text_of(result)


def test_an_older_sdk_leaves_the_tools_out_and_the_rest_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.together.version", lambda _: "1.30.0")
    with running(scripted()) as served:
        assert served.client.post(f"{served.url}/mcp", json={}).status_code == 404
        assert served.get("/credence/health").status_code == 200
    with pytest.raises(CredenceError, match="needs the package mcp, version 2 or newer"):
        run(argparse.Namespace(model="scripted", engine=None))
