"""The proxy as the real `openai` package sees it, over a real socket."""

import math
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from langchain_openai import ChatOpenAI
from openai import OpenAI
from pydantic import SecretStr
from pytest import approx

from tests.chains.script import QUESTION, scripted
from tests.service.running import Running, running

ASKED: Any = [{"role": "user", "content": QUESTION}]
SURE = 0.4  # of “Canberra”


@pytest.fixture
def client(service: Running) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{service.url}/v1", api_key="any", max_retries=0) as connected:
        yield connected


def credence_of(reply: Any) -> Any:
    assert reply.model_extra is not None
    return reply.model_extra["credence"]


def test_a_reply_is_the_usual_one_with_the_confidence(client: OpenAI) -> None:
    reply = client.chat.completions.create(model="gpt-4o", messages=ASKED, n=1)
    choice = reply.choices[0]
    assert (choice.message.content, choice.message.role, choice.finish_reason) == (
        "It is probably Canberra.",
        "assistant",
        "stop",
    )
    assert reply.usage is not None
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens, reply.usage.total_tokens) == (6, 5, 11)
    assert (reply.model, reply.object, choice.logprobs) == ("scripted", "chat.completion", None)
    figure = credence_of(reply)
    assert figure["confidence"] == approx(SURE) and figure["calibrated"] is False and figure["uncalibrated"]
    assert figure["ignored"] == [] and {signal["name"] for signal in figure["signals"]} >= {
        "p_true_third",
        "numeric",
    }


def test_langchains_client_reads_the_confidence_from_a_header(service: Running) -> None:
    model = ChatOpenAI(
        base_url=f"{service.url}/v1", api_key=SecretStr("any"), model="any", include_response_headers=True
    )
    message = model.invoke(QUESTION)
    assert message.text == "It is probably Canberra."
    assert message.response_metadata["headers"]["credence-confidence"] == "0.4000"
    assert "".join(chunk.text for chunk in model.stream(QUESTION)) == "It is probably Canberra."


def test_log_probabilities_are_sent_when_they_are_asked_for(client: OpenAI) -> None:
    reply = client.chat.completions.create(model="x", messages=ASKED, logprobs=True, top_logprobs=1)
    logprobs = reply.choices[0].logprobs
    assert logprobs is not None and logprobs.content is not None
    assert "".join(entry.token for entry in logprobs.content) == "It is probably Canberra."
    assert [math.exp(entry.logprob) for entry in logprobs.content] == approx([0.9, 0.8, 0.5, 0.4, 1.0])
    assert [len(entry.top_logprobs) for entry in logprobs.content] == [1] * 5
    assert bytes(logprobs.content[2].bytes or ()) == b" probably"


def test_a_stream_has_the_text_then_the_end_with_the_confidence_then_the_usage(client: OpenAI) -> None:
    chunks = list(
        client.chat.completions.create(
            model="x", messages=ASKED, stream=True, logprobs=True, stream_options={"include_usage": True}
        )
    )
    texts = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    assert "".join(texts) == "It is probably Canberra." and len([text for text in texts if text]) == 5
    assert chunks[0].choices[0].delta.role == "assistant"
    tokens = [
        entry.token
        for chunk in chunks
        if chunk.choices and chunk.choices[0].logprobs
        for entry in chunk.choices[0].logprobs.content or ()
    ]
    assert "".join(tokens) == "It is probably Canberra."
    *_, end, usage = chunks
    assert end.choices[0].finish_reason == "stop" and credence_of(end)["confidence"] == approx(SURE)
    assert not usage.choices and usage.usage is not None and usage.usage.completion_tokens == 5
    assert len({chunk.id for chunk in chunks}) == 1


def test_a_length_limit_ends_the_reply(client: OpenAI) -> None:
    reply = client.chat.completions.create(model="x", messages=ASKED, max_completion_tokens=2)
    assert (reply.choices[0].message.content, reply.choices[0].finish_reason) == ("It is", "length")


@pytest.mark.parametrize("stream", [False, True])
def test_a_stop_text_ends_the_answer_before_it(client: OpenAI, stream: bool) -> None:
    made: Any = client.chat.completions.create(model="x", messages=ASKED, stop=["bably C"], stream=stream)
    if stream:
        chunks = list(made)
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
        figure, finish = credence_of(chunks[-1]), chunks[-1].choices[0].finish_reason
    else:
        text, figure, finish = (
            made.choices[0].message.content,
            credence_of(made),
            made.choices[0].finish_reason,
        )
    assert (text, finish) == ("It is pro", "stop")
    assert figure["confidence"] == approx(0.5)  # " probably", of which "pro" is left and is no marker


def test_the_conversation_reaches_the_model(client: OpenAI, service: Running) -> None:
    messages: Any = [
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Hello!"},
        {"role": "user", "content": [{"type": "text", "text": QUESTION}]},
    ]
    before = len(service.model.received)
    client.chat.completions.create(model="x", messages=messages)
    sent = service.model.received[before]
    assert [(message.type, message.text) for message in sent] == [
        ("system", "Be brief."),
        ("human", "Hello"),
        ("ai", "Hello!"),
        ("human", QUESTION),
    ]


def test_a_client_chooses_what_is_assessed(client: OpenAI, service: Running) -> None:
    before = len(service.model.received)
    extra = {"credence": {"signals": ["sequence_probability"], "record": True}}
    reply = client.chat.completions.create(model="x", messages=ASKED, top_p=0.5, extra_body=extra)
    figure = credence_of(reply)
    assert [signal["name"] for signal in figure["signals"]] == [
        "sequence_probability",
        "key_span_probability",  # what decides is always there
    ]
    assert len(service.model.received) == before + 1  # no question about the answer
    assert figure["ignored"] == ["top_p"] and figure["record"]["schema"] == "credence.assessment/1"


def test_a_missing_figure_has_a_reason() -> None:
    with (
        running(scripted(logprobs=False)) as served,
        OpenAI(base_url=f"{served.url}/v1", api_key="any") as client,
    ):
        raw = client.chat.completions.with_raw_response.create(model="x", messages=ASKED, logprobs=True)
    reply = raw.parse()
    assert raw.headers["credence-missing"] == "the server sends no log-probabilities"
    assert reply.choices[0].logprobs is None
    assert credence_of(reply)["confidence"] is None
    assert credence_of(reply)["missing"] == "the server sends no log-probabilities"


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"n": 2}, "one reply to a request"),
    ({"tools": [{"type": "function", "function": {"name": "f"}}]}, "cannot call tools"),
    ({"response_format": {"type": "json_object"}}, "only answers with plain text"),
    ({"messages": []}, "messages: this is empty"),
    ({"messages": [{"role": "assistant", "content": "Hello"}]}, "last message must be from the user"),
    (
        {"messages": [{"role": "tool", "content": "4", "tool_call_id": "x"}]},
        "the role 'tool' cannot be read here",
    ),
    (
        {
            "messages": [
                {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://x"}}]}
            ]
        },
        "only text, not 'image_url'",
    ),
    ({"temperature": 9}, "temperature: this must be at most 2."),
    ({"extra_body": {"credence": {"signals": ["x"]}}}, "there is no signal named x"),
]


@pytest.mark.parametrize(("changes", "sentence"), REFUSED)
def test_what_cannot_be_done_is_refused_with_a_sentence(
    client: OpenAI, changes: dict[str, Any], sentence: str
) -> None:
    request: dict[str, Any] = {"model": "x", "messages": ASKED, **changes}
    with pytest.raises(openai.BadRequestError) as refused:
        client.chat.completions.create(**request)
    assert sentence in str(refused.value) and refused.value.type == "invalid_request_error"


def test_errors_are_openais(client: OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="There is no model 'other' here") as unknown:
        client.models.retrieve("other")
    assert unknown.value.code == "model_not_found"
    broken = scripted()
    broken.replies = ()
    with running(broken) as served, OpenAI(base_url=f"{served.url}/v1", api_key="x", max_retries=0) as other:
        with pytest.raises(openai.InternalServerError, match="internal error") as failed:
            other.chat.completions.create(model="x", messages=ASKED)
        assert failed.value.code == "internal_error"
        with pytest.raises(openai.APIError, match="internal error"):
            list(other.chat.completions.create(model="x", messages=ASKED, stream=True))
    with (
        running(scripted(), key="k") as served,
        OpenAI(base_url=f"{served.url}/v1", api_key="x") as other,
        pytest.raises(openai.AuthenticationError, match="needs a key"),
    ):
        other.models.list()


def test_the_one_model_is_listed(client: OpenAI) -> None:
    assert [(model.id, model.owned_by) for model in client.models.list()] == [("scripted", "script")]
    assert client.models.retrieve("scripted").id == "scripted"


@pytest.mark.slow
def test_a_real_model_answers_through_the_proxy() -> None:
    from chains.engines.open import open_chat_model

    model = open_chat_model("tiny")
    try:
        with (
            running(model) as served,
            OpenAI(base_url=f"{served.url}/v1", api_key="any", timeout=300) as client,
        ):
            # The first reply reads the whole prompt at once, later ones only its uncached end, which rounds
            # differently: by up to a point for this 4-bit model. The first one is not compared.
            client.chat.completions.create(model="x", messages=ASKED, max_tokens=30, temperature=0)
            whole = client.chat.completions.create(
                model="x", messages=ASKED, max_tokens=30, logprobs=True, temperature=0
            )
            chunks = list(
                client.chat.completions.create(
                    model="x", messages=ASKED, max_tokens=30, stream=True, temperature=0
                )
            )
    finally:
        model.close()  # type: ignore[attr-defined]  # an engine of ours
    streamed = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert "Canberra" in streamed and streamed == whole.choices[0].message.content
    logprobs = whole.choices[0].logprobs
    assert logprobs is not None and logprobs.content
    assert "".join(entry.token for entry in logprobs.content) == whole.choices[0].message.content
    assert whole.usage is not None and whole.usage.completion_tokens >= len(logprobs.content)
    assert 0 < credence_of(whole)["confidence"] < 1
    assert credence_of(chunks[-1])["confidence"] == approx(credence_of(whole)["confidence"], abs=0.02)
