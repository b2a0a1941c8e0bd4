"""Foreign OpenAI-compatible servers: what they are sent, and how their failures are explained."""

import logging
import socket
from collections.abc import Callable
from typing import Any

import httpx2
import openai
import pytest
from langchain_core.messages import AIMessageChunk, HumanMessage

from chains.engines.llama.chat_model import ChatLlama
from chains.engines.open import open_chat_model
from chains.engines.servers.errors import plain_error
from chains.engines.servers.openai_server import ChatServer
from chains.errors import EngineStopped, MessageTooLong, ModelUnavailable

Start = Callable[[Callable[[str, dict[str, Any]], tuple[int, dict[str, Any]]]], str]
MODELS = (200, {"data": [{"id": "small", "max_model_len": 4096}]})
REPLY = {
    "id": "1",
    "object": "chat.completion",
    "created": 1,
    "model": "small",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Yes."}, "finish_reason": "stop"}],
}


def answering(
    chat: tuple[int, dict[str, Any]],
) -> Callable[[str, dict[str, Any]], tuple[int, dict[str, Any]]]:
    """A server that lists one model and answers every chat alike."""
    return lambda path, _: MODELS if path == "/v1/models" else chat


def test_the_engine_as_a_foreign_server(tiny_model: ChatLlama, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDENCE_API_KEY", tiny_model.engine.key)
    model = open_chat_model(f"{tiny_model.engine.url}/v1")
    assert isinstance(model, ChatServer)
    assert model.model_name == "SmolLM2-135M-Instruct"
    assert model.profile == {"max_input_tokens": 8192}
    bound = model.bind(temperature=0, max_tokens=6, logprobs=True, top_logprobs=20)
    reply = bound.invoke("What is the capital of Australia?")
    entries = reply.response_metadata["logprobs"]["content"]
    assert "".join(entry["token"] for entry in entries) == reply.content
    assert len(entries) == 6 and len(entries[0]["top_logprobs"]) == 20
    parts = bound.stream("What is the capital of Australia?")
    usages = [
        part.usage_metadata for part in parts if isinstance(part, AIMessageChunk) and part.usage_metadata
    ]
    assert [usage["output_tokens"] for usage in usages] == [6]
    assert tiny_model.engine.key not in repr(model) + str(model.metadata)
    model.root_client.close()


def test_a_wrong_key_is_refused_without_showing_it(
    tiny_model: ChatLlama, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("CREDENCE_API_KEY", "very-secret-key")
    with pytest.raises(ModelUnavailable, match=r"rejected the key \(401\)\. Set CREDENCE_API_KEY") as caught:
        open_chat_model(f"{tiny_model.engine.url}/v1")
    assert "very-secret-key" not in str(caught.value) + caplog.text


def test_a_key_that_expires_later_is_refused_too(
    foreign_server: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("CREDENCE_API_KEY", "very-secret-key")
    refused = {"error": {"message": "Incorrect key very-secret-key"}}
    model = open_chat_model(foreign_server(answering((401, refused))))
    with pytest.raises(ModelUnavailable, match="rejected the key") as caught:
        model.invoke("Hello")
    assert caught.value.__cause__ is None
    assert "very-secret-key" not in str(caught.value) + repr(model) + str(model.metadata)
    assert "Bearer very-secret-key" not in caplog.text


def test_the_key_of_openai_goes_to_openai_only(
    foreign_server: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "for-openai-only")
    monkeypatch.delenv("CREDENCE_API_KEY", raising=False)
    model = open_chat_model(foreign_server(answering((200, REPLY))))
    assert isinstance(model, ChatServer)
    assert model.root_client.api_key == "no-key"


def test_a_server_without_log_probabilities_works(foreign_server: Start) -> None:
    sent: list[dict[str, Any]] = []

    def answer(path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        sent.append(body)
        return answering((200, REPLY))(path, body)

    model = open_chat_model(foreign_server(answer))
    reply = model.bind(temperature=0, max_tokens=5, seed=1, logprobs=True, top_logprobs=50).invoke("Sure?")
    assert reply.content == "Yes."
    assert not reply.response_metadata.get("logprobs")
    assert model.profile == {"max_input_tokens": 4096}
    assert model.metadata is not None
    assert model.metadata["credence"] == {"model": "small", "engine": "openai", "model_sha256": None}
    assert sent[-1]["top_logprobs"] == 20
    standard = {"model", "messages", "stream", "temperature", "seed", "logprobs", "top_logprobs"}
    assert set(sent[-1]) <= standard | {"max_tokens", "max_completion_tokens"}


def test_tokens_of_a_foreign_server_are_not_counted(foreign_server: Start) -> None:
    model = open_chat_model(foreign_server(answering((200, REPLY))))
    with pytest.raises(NotImplementedError):
        model.get_num_tokens_from_messages([HumanMessage("Hello")])
    with pytest.raises(NotImplementedError):
        model.get_num_tokens("Hello")


@pytest.mark.parametrize("tail", ["/v1", "/v1#small"])
def test_no_server_there(tail: str) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(ModelUnavailable, match=r"cannot be reached\. Check the address"):
            open_chat_model(address + tail)


def test_a_server_that_was_down_is_asked_again_with_the_next_message(foreign_server: Start) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{unused.getsockname()[1]}/v1"
    there = foreign_server(answering((200, REPLY)))
    model = open_chat_model(f"{there}#small", max_retries=0)
    assert model.invoke("Hello").content == "Yes."
    client = model.root_client  # type: ignore[attr-defined]
    client.base_url = nowhere
    with pytest.raises(
        ModelUnavailable, match=r"cannot be reached\. Check the address and that the server is running"
    ):
        model.invoke("Hello")
    client.base_url = there
    assert model.invoke("Hello").content == "Yes."
    client.close()


@pytest.mark.parametrize("spec", ["http://[bad/v1", "http:///v1"])
def test_no_address_at_all(spec: str) -> None:
    with pytest.raises(ModelUnavailable, match="http://host:port/v1"):
        open_chat_model(spec)


def test_an_address_without_v1(foreign_server: Start) -> None:
    url = foreign_server(lambda path, _: MODELS if path == "/v1/models" else (404, {}))
    with pytest.raises(ModelUnavailable, match="usually ends in /v1"):
        open_chat_model(url.removesuffix("/v1"))
    named = open_chat_model(url.removesuffix("/v1") + "#small")
    with pytest.raises(ModelUnavailable, match="usually ends in /v1"):
        named.invoke("Hello")


def test_a_server_without_models(foreign_server: Start) -> None:
    with pytest.raises(ModelUnavailable, match="#model-name"):
        open_chat_model(foreign_server(lambda *_: (200, {"data": []})))


@pytest.mark.parametrize(
    ("body", "tokens", "limit"),
    [
        ({"type": "exceed_context_size_error", "n_prompt_tokens": 9031, "n_ctx": 8192}, 9031, 8192),
        (
            {"message": "This model's maximum context length is 4096 tokens. However, you requested "
             "5100 tokens (5000 in the messages, 100 in the completion)."},
            5000,
            4096,
        ),
        (
            {"message": "This model's maximum context length is 128 tokens. However, your messages "
             "resulted in 200 tokens."},
            200,
            128,
        ),
    ],
    ids=["llama.cpp", "vllm", "openai"],
)  # fmt: skip
def test_a_message_too_long(foreign_server: Start, body: dict[str, Any], tokens: int, limit: int) -> None:
    model = open_chat_model(foreign_server(answering((400, {"error": body}))))
    with pytest.raises(MessageTooLong) as caught:
        model.invoke("Hello")
    assert (caught.value.tokens, caught.value.limit) == (tokens, limit)


@pytest.mark.parametrize(
    ("status", "words"), [(400, "does not accept"), (403, "rejected"), (429, "Wait"), (500, "failed")]
)
def test_every_status_is_one_plain_sentence(status: int, words: str) -> None:
    request = httpx2.Request("POST", "http://x/v1")
    error = openai.APIStatusError("raw", response=httpx2.Response(status, request=request), body=None)
    plain = plain_error(error, "http://x/v1", begun=False)
    assert isinstance(plain, ModelUnavailable) and not isinstance(plain, EngineStopped)
    assert words in str(plain) and "raw" not in str(plain)


def test_a_connection_lost_after_the_first_words() -> None:
    plain = plain_error(httpx2.ReadError("raw"), "http://x/v1", begun=True)
    assert isinstance(plain, EngineStopped)
    assert str(plain) == "The connection broke off. Try again."
