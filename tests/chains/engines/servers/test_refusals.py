"""Parameters that a server rejects: recognised in real error messages, lowered or left out, remembered and reported."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from chains import assess
from chains.engines.open import open_chat_model
from chains.engines.servers.accepted_options import TRIES, Accepted, accepted
from chains.engines.servers.refusals import Refusal, read_refusal
from chains.errors import MessageTooLong, ModelUnavailable
from chains.pipeline.model_calls import Meter, ask_whole, sampling, server_of
from chains.settings import Settings
from estimators.types import Message
from tests.chains.script import NotingModel
from tests.chains.servers import Picky, at_most, openai, pydantic, without
from ui.parts import assessment_html

Start = Callable[[Any], str]
SENT = {
    "temperature": 0.0, "seed": 0, "logprobs": True, "top_logprobs": 20, "max_tokens": 400, "top_p": 1.0,
    "stream_options": {"include_usage": True}, "extra_body": {"top_k": 0, "min_p": 0.0}, "messages": [], "model": "m",
    "n": 1, "logit_bias": {},
}  # fmt: skip

# (body, the parameter, the limit that is named)
REAL = [
    # OpenAI, Azure
    (openai("Invalid value for 'top_logprobs': must be less than or equal to 5.", "top_logprobs"), "top_logprobs", 5),
    (openai("Invalid value for 'top_logprobs': must be less than or equal to 5.", None), "top_logprobs", 5),
    (openai("This model does not support the 'logprobs' parameter.", "logprobs"), "logprobs", None),
    (openai("Unrecognized request argument supplied: logprobs", None), "logprobs", None),
    (openai("Unrecognized request arguments supplied: logprobs, top_logprobs", None), "logprobs", None),
    (openai("logprobs, best_of and echo parameters are not available on gpt-35-turbo model.", None), "logprobs", None),
    (openai("Unrecognized request argument supplied: seed", None), "seed", None),
    (openai("Unsupported value: 'temperature' does not support 0 with this model. Only the default (1) value is "
            "supported.", "temperature", "unsupported_value"), "temperature", None),
    (openai("Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' "
            "instead.", "max_tokens", "unsupported_parameter"), "max_tokens", None),
    (openai("max_tokens is too large: 400. This model supports at most 256 completion tokens.", "max_tokens"),
     "max_tokens", 256),
    (openai("Unknown parameter: 'min_p'.", "min_p", "unknown_parameter"), "min_p", None),
    (openai("Unsupported parameter: 'n'", "n"), "n", None),
    (openai("Unsupported parameter: 'n' is not supported", None), "n", None),
    (openai("Unsupported parameter: 'logit_bias' is not supported with this model.", "logit_bias"), "logit_bias", None),
    # Groq, xAI, DeepSeek, Alibaba, Gaudi, Google
    (openai("`logprobs` is not supported with this model", None), "logprobs", None),
    (openai("property 'min_p' is unsupported", None), "min_p", None),
    ({"code": "Client specified an invalid argument", "error": "Argument not supported on this model: topLogprobs"},
     "top_logprobs", None),
    ({"error": "Model grok-4 does not support parameter logprobs."}, "logprobs", None),
    ({"detail": "Invalid top_logprobs and logprobs value"}, "logprobs", None),
    (openai("Invalid 'top_logprobs': 20. Expected an integer in range [0, 5]", None), "top_logprobs", 5),
    (openai("Gaudi doesn't support logprobs. Please remove 'logprobs'/'top_logprobs' from your request to receive a "
            "response.", None), "logprobs", None),
    ({"error": {"code": 400, "message": "Logprobs is not enabled for models/gemini", "status": "INVALID_ARGUMENT"}},
     "logprobs", None),
    # vLLM, SGLang
    ({"object": "error", "message": "Requested sample logprobs of 20, which is greater than max allowed: 5",
      "type": "BadRequestError", "param": None, "code": 400}, "logprobs", 5),
    ({"object": "error", "message": "top_k must be -1 (disable), or at least 1, got 0.", "type": "BadRequestError",
      "param": None, "code": 400}, "top_k", None),
    # Mistral, FastAPI
    (pydantic("seed", input=3), "seed", None),
    ({"object": "error", "message": json.dumps(pydantic("logprobs", input=True)), "param": None}, "logprobs", None),
    ({"object": "Error", "message": {"detail": [{"type": "extra_forbidden", "loc": ["body", "stream_options"],
      "msg": "Extra inputs are not permitted"}]}}, "stream_options", None),
    (pydantic("top_logprobs", msg="Input should be less than or equal to 8", ctx={"le": 8}), "top_logprobs", 8),
    # Fireworks, OpenRouter, TGI, LM Studio
    (openai("Extra inputs are not permitted, field: 'stream_options'", None), "stream_options", None),
    ({"error": {"message": "Provider returned error", "code": 400, "metadata": {"raw": json.dumps(
        openai("Unsupported value", "temperature")), "provider_name": "OpenAI"}}}, "temperature", None),
    ({"error": "Input validation error: `temperature` must be strictly positive", "error_type": "validation"},
     "temperature", None),
    ({"error": "Input validation error: `top_p` must be > 0.0 and < 1.0", "error_type": "validation"}, "top_p", None),
    ({"error": "'top_logprobs' must be between 0 and 10"}, "top_logprobs", 10),
    (openai("temperature and top_p cannot both be specified for this model.", None), "top_p", None),
]  # fmt: skip


def test_every_real_refusal_is_read() -> None:
    for body, name, limit in REAL:
        refusal = read_refusal(body, SENT)
        assert refusal is not None, body
        assert (refusal.name, refusal.limit if limit else None) == (name, limit), body


def test_what_is_about_something_else_is_no_refusal() -> None:
    for body in (
        openai("Invalid value for 'messages': too many.", "messages"),
        pydantic("messages", 0, "content", input={"temperature": 1, "seed": 2}),
        openai("Invalid model: no such model", "model"),
        openai(
            "This model's maximum context length is 4096 tokens, and max_tokens must be less.", "max_tokens"
        ),
        openai("The prompt was flagged as invalid.", None, "content_filter"),
        openai("Unsupported parameter: 'tools' is not supported", "tools"),
        {"error": "bad request"},
        {},
        "",
    ):
        assert read_refusal(body, SENT) is None, body
    assert (
        read_refusal(openai("Unknown parameter: 'seed'.", "seed"), {"temperature": 0}) is None
    )  # was not sent


class Raised(Exception):
    """An error of a provider's package."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(f"Error code: {status} - {body}")
        self.status_code, self.body = status, body


def test_only_the_statuses_of_a_bad_request_count() -> None:
    refusal = openai("Unknown parameter: 'seed'.", "seed")
    readings = {
        status: read_refusal(Raised(status, refusal), SENT) for status in (400, 422, 401, 403, 404, 429, 500)
    }
    assert [status for status, reading in readings.items() if reading] == [400, 422]
    # OpenAI's reasoning models
    forbidden = Raised(403, openai("You are not allowed to request logprobs from this model", None))
    reading = read_refusal(forbidden, SENT)
    assert reading is not None and reading.name == "logprobs"


def test_each_parameter_is_lowered_step_by_step_and_then_left_out() -> None:
    def steps(name: str, refusal: Refusal, **sent: Any) -> list[Any]:
        limits = Accepted()
        seen: list[Any] = []
        while name in sent or seen == []:
            if not limits.learn(refusal, sent):
                break
            limits.apply(sent)
            seen.append(sent.get(name))
        return seen

    assert steps("top_logprobs", Refusal("top_logprobs"), top_logprobs=20) == [8, 5, 1, None]
    assert steps("top_logprobs", Refusal("top_logprobs", 10), top_logprobs=20) == [10, 8, 5, 1, None]
    assert steps("top_logprobs", Refusal("logprobs", 5), logprobs=True, top_logprobs=20)[0] == 5
    assert steps("logprobs", Refusal("logprobs"), logprobs=True, top_logprobs=20) == [None]
    assert steps("top_k", Refusal("top_k"), top_k=0) == [-1, None]
    assert steps("seed", Refusal("seed"), seed=7) == [None]
    assert (
        steps("temperature", Refusal("temperature", text="must be strictly positive"), temperature=0.0)[0]
        == 0.01
    )
    assert steps("temperature", Refusal("temperature", 1.5), temperature=2.0)[0] == 1.5
    assert steps("max_tokens", Refusal("max_tokens", 256), max_tokens=400)[0] == 256
    options: dict[str, Any] = {"max_tokens": 5}
    limits = Accepted()
    assert limits.learn(Refusal("max_tokens"), options)
    limits.apply(options)
    assert options == {"max_completion_tokens": 5}
    assert limits.learn(Refusal("max_completion_tokens"), options)
    limits.apply(options)
    assert options == {}
    assert not limits.learn(Refusal("messages"), {"messages": []})


def test_a_refused_temperature_of_0_leaves_that_of_1_as_it_is() -> None:
    limits = Accepted()
    limits.learn(
        Refusal("temperature", text="Only the default (1) value is supported."), {"temperature": 0.0}
    )
    greedy, sampled = {"temperature": 0.0}, {"temperature": 1.0}
    limits.apply(greedy)
    limits.apply(sampled)
    assert (greedy, sampled) == ({}, {"temperature": 1.0})


SERVERS = [
    ((at_most("top_logprobs", 5, REAL[0][0]),), "top_logprobs at most 5"),
    ((at_most("top_logprobs", 8, openai("Unsupported value", "top_logprobs")),), "top_logprobs at most 8"),
    ((without("top_logprobs", openai("Unsupported parameter", "top_logprobs")),), "top_logprobs left out"),
    ((without("seed", (422, pydantic("seed"))),), "seed left out"),
    ((lambda body: REAL[7][0] if body.get("temperature", 1) != 1 else None,), "temperature left out, unless 1"),
    ((without("max_tokens", REAL[8][0]),), ""),
    ((without("stream_options", openai("Unknown parameter", "stream_options")),), "stream_options left out"),
    ((without("top_k", REAL[-1][0] | openai("Unknown parameter: 'top_k'.", None)),), "top_k left out"),
    ((without("seed", pydantic("seed")), without("min_p", pydantic("min_p")), without("top_k", pydantic("top_k")),
      at_most("top_logprobs", 5, pydantic("top_logprobs"))), "top_logprobs at most 5"),
]  # fmt: skip


@pytest.mark.parametrize(("refusals", "sentence"), SERVERS)
def test_the_answer_comes_and_the_next_one_at_once(
    foreign_server: Start, refusals: tuple[Any, ...], sentence: str
) -> None:
    server = Picky(*refusals)
    model = open_chat_model(foreign_server(server))
    options = sampling(model, Settings(temperature=0.5, max_tokens=400))
    messages = (Message("user", "What is the capital of Australia?"),)
    meter = Meter()
    for _ in range(2):
        before = len(server.seen)
        reply = ask_whole(model, messages, options, meter)
        assert (reply.text, reply.finish, len(reply.tokens)) == ("It is Canberra.", "stop", 4)
    assert len(server.seen) == before + 1  # remembered
    assert 2 < len(server.seen) <= TRIES
    assert sentence in "; ".join(accepted(server_of(model)).sentences())
    # whole, asynchronous, and both: the same server refuses the same
    again = open_chat_model(foreign_server(server))
    bound = again.bind(**options)

    async def asynchronous() -> tuple[str, str]:
        streamed = [str(chunk.text) async for chunk in bound.astream("Hi")]
        return "".join(streamed), str((await bound.ainvoke("Hi")).text)

    assert bound.invoke("Hi").text == "It is Canberra."
    assert asyncio.run(asynchronous()) == ("It is Canberra.", "It is Canberra.")


def test_streams_and_whole_replies_each_learn_by_themselves(foreign_server: Start) -> None:
    async def whole(model: Any) -> str:
        return str((await model.ainvoke("Hi")).text)

    async def streamed(model: Any) -> str:
        return "".join([str(chunk.text) async for chunk in model.astream("Hi")])

    ways: list[Callable[[Any], Any]] = [
        lambda model: model.invoke("Hi").text,
        lambda model: "".join(chunk.text for chunk in model.stream("Hi")),
        lambda model: asyncio.run(whole(model)),
        lambda model: asyncio.run(streamed(model)),
    ]
    for way in ways:
        server = Picky(without("seed", openai("Unknown parameter: 'seed'.", "seed")))
        model = open_chat_model(foreign_server(server)).bind(seed=3, logprobs=True)
        assert way(model) == "It is Canberra."
        assert ["seed" in body for body in server.seen] == [True, False]


def test_without_log_probabilities_the_token_side_is_missing_with_the_reason(foreign_server: Start) -> None:
    server = Picky(without("logprobs", openai("You are not allowed to request logprobs", "logprobs")))
    assessment = assess(open_chat_model(foreign_server(server)), "What is the capital of Australia?")
    assert assessment.evidence.answer.text == "It is Canberra."
    assert assessment.evidence.answer.missing == "the server sends no log-probabilities"
    assert assessment.decision.confidence is None
    options = assessment.evidence.provenance.options
    assert options["server"] == "logprobs left out"
    assert options["top_logprobs"] is None
    assert "logprobs left out" in assessment_html(assessment)


def test_the_record_says_what_was_sent_not_what_was_requested(foreign_server: Start) -> None:
    server = Picky(at_most("top_logprobs", 5, REAL[0][0]), without("seed", pydantic("seed")))
    assessment = assess(open_chat_model(foreign_server(server)), "What is the capital of Australia?", seed=7)
    source = assessment.evidence.provenance
    assert (source.options["top_logprobs"], source.seed) == (5, None)
    assert "does not support everything: top_logprobs at most 5; seed left out" in assessment_html(assessment)


def test_a_refusal_that_cannot_be_met_is_reported_as_before_and_not_remembered(foreign_server: Start) -> None:
    stubborn = Picky(lambda body: openai("Invalid parameter: 'seed'", "seed"))
    model = open_chat_model(foreign_server(stubborn))
    with pytest.raises(ModelUnavailable, match=r"does not accept the request \(400\)"):
        model.bind(seed=1).invoke("Hi")
    assert len(stubborn.seen) == 2
    assert accepted(server_of(model)) == Accepted()
    hopeless = Picky(lambda body: openai("Bad luck.", None))
    with pytest.raises(ModelUnavailable, match=r"does not accept the request \(400\)"):
        open_chat_model(foreign_server(hopeless)).bind(seed=1).invoke("Hi")
    assert len(hopeless.seen) == 1
    words = (
        "This model's maximum context length is 10 tokens. However, you requested 50 tokens (40 in the messages, "
        "10 in the completion). Lower max_tokens."
    )
    long = Picky(lambda body: openai(words, "max_tokens"))
    with pytest.raises(MessageTooLong):
        open_chat_model(foreign_server(long)).bind(max_tokens=10).invoke("Hi")
    assert len(long.seen) == 1


def test_a_refusal_within_the_stream(foreign_server: Start) -> None:
    error = openai("Requested sample logprobs of 20, which is greater than max allowed: 5", None)
    server = Picky(
        lambda body: (200, f"data: {json.dumps(error)}\n\n") if body.get("top_logprobs", 0) > 5 else None
    )
    model = open_chat_model(foreign_server(server))
    assert (
        ask_whole(model, (Message("user", "Hi"),), sampling(model, Settings()), Meter()).text
        == "It is Canberra."
    )
    assert [body["top_logprobs"] for body in server.seen] == [20, 5]


def test_what_one_server_rejects_is_still_sent_to_others(foreign_server: Start) -> None:
    picky, easy = Picky(without("seed", pydantic("seed"))), Picky()
    for server in (picky, easy):
        open_chat_model(foreign_server(server)).bind(seed=1).invoke("Hi")
    assert "seed" in easy.seen[-1] and "seed" not in picky.seen[-1]


class Provider(NotingModel):
    """A model of a provider's package, which refuses in an error of that package's own."""

    refuses: str = "seed"
    raises: Any = None

    def _stream(self, *args: Any, **options: Any) -> Any:
        if self.refuses in options:
            self._options.append(options)
            raise self.raises(self.refuses)
        yield from super()._stream(*args, **options)


def _httpx_error(name: str) -> Exception:
    response = httpx2.Response(422, request=httpx2.Request("POST", "http://x"))
    return httpx2.HTTPStatusError(
        f"Error response 422 while fetching http://x: {json.dumps(pydantic(name))}",
        request=response.request, response=response,
    )  # fmt: skip


@pytest.mark.parametrize(
    "raises",
    [lambda name: Raised(400, {"error": {"message": f"'{name}' is not supported"}}), _httpx_error],
    ids=["status_code and body", "httpx"],
)
def test_an_integration_with_errors_of_its_own(raises: Any) -> None:
    model = Provider(raises=raises)
    meter = Meter()
    reply = ask_whole(model, (Message("user", "Hi"),), {"seed": 1, "logprobs": True}, meter)
    assert reply.tokens
    assert ["seed" in options for options in model.options] == [True, False]
    assert meter.calls == 1
    ask_whole(model, (Message("user", "Hi"),), {"seed": 1, "logprobs": True}, meter)
    assert len(model.options) == 3
    assert accepted(server_of(model)).sentences() == ["seed left out"]


def test_other_errors_of_an_integration_reach_the_caller() -> None:
    model = Provider(raises=lambda name: RuntimeError("boom"))
    with pytest.raises(RuntimeError, match="boom"):
        ask_whole(model, (Message("user", "Hi"),), {"seed": 1}, Meter())
