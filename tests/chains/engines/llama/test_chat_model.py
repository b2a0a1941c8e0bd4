"""The embedded chat model: true log-probabilities, cancellation, crashes, and the prefix cache."""

import asyncio
import logging
import os
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from chains.engines.llama.chat_model import ChatLlama
from chains.engines.llama.multibyte_logprobs import PieceRepair
from chains.errors import EnginePaused, EngineStopped, MessageTooLong, ModelUnavailable
from chains.model_files import tiny_gguf

MIXED = "Repeat: 🦘 שלום 中文 naïve"
LONG = "Write a long story about a fox who wanted to see the sea."


def entries_of(message: Any) -> list[dict[str, Any]]:
    """The log-probability entries of a message, without the end of the sequence."""
    return [e for e in message.response_metadata["logprobs"]["content"] if e["bytes"]]


def distribution(model: ChatLlama, before: list[int]) -> dict[int, tuple[bytes, float]]:
    """The raw next-token distribution, its five most probable: id → (bytes, nats)."""
    question = {"prompt": before, "n_predict": 1, "temperature": 0, "n_probs": 5, "cache_prompt": False}
    bias = {"logit_bias": [[model.get_token_ids("a")[0], 1000]]}
    answer = model.engine.post("/completion", {**question, **bias})
    top = answer["completion_probabilities"][0]["top_logprobs"]
    return {t["id"]: (bytes(t["bytes"]), t["logprob"]) for t in top}


def wait_idle(model: ChatLlama, seconds: float = 5) -> None:
    """Wait until no slot of the engine is at work."""
    headers = {"Authorization": f"Bearer {model.engine.key}"}
    end = time.monotonic() + seconds
    while any(
        slot["is_processing"] for slot in httpx2.get(f"{model.engine.url}/slots", headers=headers).json()
    ):
        assert time.monotonic() < end, "the engine still works"
        threading.Event().wait(0.02)


@pytest.fixture
def own_model() -> Iterator[ChatLlama]:
    """A model whose engine a test may stop."""
    model = ChatLlama.open(tiny_gguf(), name="own", n_ctx=1024)
    yield model
    model.close()


def test_a_reply_carries_raw_log_probabilities(tiny_model: ChatLlama) -> None:
    question = [HumanMessage("What is the capital of Australia?")]
    bound = tiny_model.bind(temperature=0, max_tokens=12, logprobs=True, top_logprobs=20)
    reply = bound.invoke(question)
    entries = entries_of(reply)
    assert "".join(e["token"] for e in entries) == reply.content
    asked = [{"role": "user", "content": "What is the capital of Australia?"}]
    prompt = tiny_model.engine.post("/apply-template", {"messages": asked})["prompt"]
    raw = distribution(tiny_model, tiny_model._tokens(prompt, special=True))
    assert entries[0]["logprob"] == pytest.approx(raw[entries[0]["id"]][1], abs=0.05)
    hot = tiny_model.bind(temperature=5, seed=3, max_tokens=1, logprobs=True, top_logprobs=5).invoke(question)
    first = hot.response_metadata["logprobs"]["content"][0]["top_logprobs"][0]  # before temperature
    assert first["logprob"] == pytest.approx(entries[0]["logprob"], abs=0.05)


@pytest.mark.parametrize("streamed", [False, True])
def test_a_character_of_several_tokens_has_the_sum_of_its_pieces(
    tiny_model: ChatLlama, streamed: bool
) -> None:
    bound = tiny_model.bind(temperature=0, max_tokens=6, logprobs=True, top_logprobs=5)
    messages = [HumanMessage(MIXED)]
    if streamed:
        parts = list(bound.stream(messages))
        reported = [e for part in parts if part.response_metadata.get("logprobs") for e in entries_of(part)]
    else:
        reported = entries_of(bound.invoke(messages))
    assert [e["token"] for e in reported][:3] == ["🦘", " ש", "ל"]
    # The second way: greedy, one token at a time.
    asked = [{"role": "user", "content": MIXED}]
    prompt = tiny_model.engine.post("/apply-template", {"messages": asked})["prompt"]
    before = tiny_model._tokens(prompt, special=True)
    for entry in reported[:3]:
        data, total = b"", 0.0
        while data != bytes(entry["bytes"]):
            token, (piece, logprob) = max(distribution(tiny_model, before).items(), key=lambda i: i[1][1])
            before, data, total = [*before, token], data + piece, total + logprob
            assert bytes(entry["bytes"]).startswith(data)
        assert entry["logprob"] == pytest.approx(total, abs=0.1)
    assert reported[0]["logprob"] < -1  # the last piece alone would be -0.06


def test_a_repair_that_fails_gives_nothing_rather_than_a_wrong_number() -> None:
    def post(path: str, body: dict[str, Any]) -> dict[str, Any]:
        raise EngineStopped("gone")

    tail = {"id": 3, "bytes": [152], "logprob": -0.1}
    entry = {"id": 3, "bytes": [240, 159, 166, 152], "logprob": -0.1, "top_logprobs": [tail]}
    plain = {"id": 5, "bytes": [65], "logprob": -0.2, "top_logprobs": []}
    PieceRepair(post, [])([entry, plain])
    assert (entry["logprob"], entry["top_logprobs"]) == (None, [])
    assert plain["logprob"] == -0.2


def test_a_rare_piece_is_looked_for_in_the_whole_vocabulary(tiny_model: ChatLlama) -> None:
    amounts: list[int] = []

    def post(path: str, body: dict[str, Any]) -> dict[str, Any]:
        if path == "/completion":
            amounts.append(body["n_probs"])
        return tiny_model.engine.post(path, body)

    data, pieces = list("ሀ".encode()), tiny_model.get_token_ids("ሀ")
    tail = {"id": pieces[-1], "bytes": data[-1:], "logprob": -0.5}
    entry: dict[str, Any] = {
        "id": pieces[-1],
        "bytes": data,
        "logprob": -0.5,
        "top_logprobs": [tail],
    }
    PieceRepair(post, [{"role": "user", "content": "What is two plus two?"}])([entry])
    assert amounts[0] == 100 and amounts[1] > 49152  # a letter nobody expects
    assert entry["logprob"] < -5


def test_tokens_are_counted_as_the_engine_counts_them(tiny_model: ChatLlama) -> None:
    conversation: list[BaseMessage] = [
        SystemMessage("Be brief."),
        HumanMessage(MIXED),
        AIMessage("🦘"),
        HumanMessage("x"),
    ]
    counted = tiny_model.get_num_tokens_from_messages(conversation)
    reply = tiny_model.bind(max_tokens=1).invoke(conversation)
    assert reply.usage_metadata is not None
    assert counted == reply.usage_metadata["input_tokens"]
    assert tiny_model.get_num_tokens("Hello world") == 2


def test_sampling_options_travel_by_bind(tiny_model: ChatLlama) -> None:
    hot = tiny_model.bind(temperature=1.5, seed=7, max_tokens=8)
    first = hot.invoke(LONG)
    assert hot.invoke(LONG).content == first.content
    assert hot.bind(seed=8).invoke(LONG).content != first.content
    assert first.usage_metadata is not None
    assert first.usage_metadata["output_tokens"] == 8
    assert first.response_metadata["finish_reason"] == "length"


def test_async_gives_the_same_reply(tiny_model: ChatLlama) -> None:
    bound = tiny_model.bind(temperature=0, max_tokens=4, logprobs=True, top_logprobs=2)
    expected = bound.invoke(MIXED)

    async def ask() -> tuple[Any, list[Any]]:
        return await bound.ainvoke(MIXED), [part async for part in bound.astream(MIXED)]

    for _ in range(2):  # a new event loop each time
        reply, parts = asyncio.run(ask())
        assert reply.content == "".join(part.content for part in parts) == expected.content
        streamed = [e for p in parts if p.response_metadata.get("logprobs") for e in entries_of(p)]
        for entry, other in zip(streamed, entries_of(expected), strict=True):
            assert entry["logprob"] == pytest.approx(other["logprob"], abs=0.1)


def test_a_closed_stream_stops_the_engine(tiny_model: ChatLlama) -> None:
    stream = tiny_model.bind(max_tokens=4000, temperature=0).stream(LONG)
    for _ in range(3):
        next(stream)
    stream.close()  # type: ignore[attr-defined]
    wait_idle(tiny_model)

    async def ask() -> None:
        parts = tiny_model.bind(max_tokens=4000, temperature=0).astream(LONG)
        for _ in range(3):
            await anext(parts)
        await parts.aclose()  # type: ignore[attr-defined]
        await asyncio.to_thread(wait_idle, tiny_model)

    asyncio.run(ask())


def test_a_message_too_long_names_both_numbers(tiny_model: ChatLlama) -> None:
    with pytest.raises(MessageTooLong) as caught:
        tiny_model.invoke("word " * 9000)
    assert caught.value.tokens > 9000 and caught.value.limit == 8192
    with pytest.raises(MessageTooLong):
        list(tiny_model.stream("word " * 9000))


def test_a_crash_ends_the_turn_and_not_the_conversation(own_model: ChatLlama) -> None:
    stream = own_model.bind(max_tokens=900, temperature=0, logprobs=True).stream(LONG)
    next(stream)
    assert own_model.engine.pid is not None
    os.kill(own_model.engine.pid, signal.SIGKILL)
    with pytest.raises(EngineStopped, match="Try again"):
        list(stream)
    started = time.monotonic()
    assert own_model.bind(max_tokens=3).invoke("Hello").content
    assert time.monotonic() - started < 10


def test_messages_of_a_killed_engine_name_the_signal_and_the_pause_and_then_it_answers_again() -> None:
    now = [0.0]
    model = ChatLlama.open(tiny_gguf(), n_ctx=512, clock=lambda: now[0])
    try:
        for kill in range(4):
            stream = model.bind(max_tokens=400, temperature=0, logprobs=True).stream("Tell a long story.")
            next(stream)
            assert model.engine.pid is not None
            os.kill(model.engine.pid, signal.SIGKILL)
            with pytest.raises(
                ModelUnavailable, match=r"killed \(signal 9\), probably because memory"
            ) as caught:
                list(stream)
            assert isinstance(caught.value, EnginePaused) == (kill == 3)
        with pytest.raises(EnginePaused, match="again in 1 second to restart"):
            model.invoke("Hello")
        with pytest.raises(EnginePaused):
            asyncio.run(model.ainvoke("Hello"))
        model.try_now()
        assert model.bind(max_tokens=3).invoke("Hello").content and "signal 9" in model.trouble
    finally:
        model.close()


def test_a_crash_ends_an_async_turn_in_the_same_way(own_model: ChatLlama) -> None:
    async def ask() -> None:
        parts = own_model.bind(max_tokens=900, temperature=0).astream(LONG)
        await anext(parts)
        assert own_model.engine.pid is not None
        os.kill(own_model.engine.pid, signal.SIGKILL)
        with pytest.raises(EngineStopped, match="Try again"):
            async for _ in parts:
                pass
        assert (await own_model.bind(max_tokens=3).ainvoke("Hello")).content

    asyncio.run(ask())


def test_the_key_is_never_shown(tiny_model: ChatLlama, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    tiny_model.bind(max_tokens=1).invoke("Hello")
    key = tiny_model.engine.key
    with pytest.raises(MessageTooLong) as caught:
        tiny_model.invoke("word " * 9000)
    assert key not in repr(tiny_model) + str(tiny_model) + str(tiny_model.metadata)
    assert key not in caplog.text + repr(caught.value) + repr(caught.value.__cause__)


def test_the_prefix_cache_saves_most_of_every_prompt_of_a_turn(own_model: ChatLlama) -> None:
    ask = "I was in Canberra last week, and wondered about its lakes. What is the capital city of Australia?"
    instruction = "\n\nAnswer briefly, in one sentence, and add nothing that was not asked for."
    answer = "The capital city of Australia is Canberra."
    turn: list[BaseMessage] = [HumanMessage(ask + instruction), AIMessage(answer)]
    third = f"{ask}\n\nA student gave this answer to the question:\n{answer}\n\n"
    prompts: list[list[BaseMessage]] = [
        turn[:1],
        [*turn, HumanMessage("Is that true or false? Reply with one word.")],
        [*turn, HumanMessage("How sure are you of that, from 0 to 10? Reply with a number.")],
        [HumanMessage(third + "Is the student right? Reply yes or no.")],
        [HumanMessage(third + "How likely is it that the student is right, from 0 to 100?")],
        [*turn, HumanMessage("And what is its largest lake called?" + instruction)],
    ]
    new = []  # tokens that were evaluated
    for prompt in prompts:
        usage = own_model.bind(max_tokens=3, temperature=0).invoke(prompt).usage_metadata
        assert usage is not None
        new.append(usage["input_tokens"] - usage["input_token_details"]["cache_read"])
    trunk = own_model.get_num_tokens(ask)
    first, *later = new
    assert first > trunk
    assert all(tokens < 45 for tokens in later), new


def test_bytes_that_are_not_a_character_do_not_stop_a_complete_reply(tiny_model: ChatLlama) -> None:
    entries = [
        {"token": "Dog", "id": 1, "bytes": [68, 111, 103], "logprob": -0.1},
        {"token": " \ufffd", "id": 2, "bytes": [32, 0x92], "logprob": -0.2},
    ]
    message = AIMessage("Dog \ufffd", response_metadata={"logprobs": {"content": entries}})
    result = ChatResult(
        generations=[ChatGeneration(message=message, generation_info={"logprobs": {"content": entries}})]
    )
    tiny_model._finish([HumanMessage("Who?")], result, {"logprobs": True})
    assert result.generations[0].text == "Dog \ufffd"
    assert [entry["logprob"] for entry in entries] == [-0.1, None]  # missing, not guessed
