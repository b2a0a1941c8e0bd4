"""One call: the options a model understands, its reply in pieces, its cost."""

import pytest
from langchain_core.language_models import FakeListChatModel
from langchain_core.messages import AIMessageChunk
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGenerationChunk

from chains.engines.scripted import ScriptedChatModel, ScriptedReply
from chains.errors import ModelUnavailable
from chains.identity import identity
from chains.pipeline.model_calls import Meter, ask, ask_whole, sampling
from chains.settings import Settings
from estimators.types import Answer, Cost, Message
from tests.chains.script import NotingModel

QUESTION = (Message("user", "What flies so high?"),)
BEE = ScriptedReply.of("a bee flies", 0.5)
SETTINGS = Settings(temperature=0.25, max_tokens=7, seed=3, top_logprobs=5)


class Warm(FakeListChatModel):
    """A foreign model that has a temperature and a seed, and no other of our options."""

    temperature: float = 0.7
    seed: int = 1
    model_name: str = "warm-1"


def test_the_options_of_our_engines_and_of_others() -> None:
    ours = {
        "temperature": 0.25, "max_tokens": 7, "seed": 3, "logprobs": True, "top_logprobs": 5, "top_p": 1.0,
    }  # fmt: skip
    assert sampling(ScriptedChatModel(), SETTINGS) == ours
    assert sampling(ScriptedChatModel(), SETTINGS, temperature=1.0, max_tokens=2) == {
        **ours, "temperature": 1.0, "max_tokens": 2,
    }  # fmt: skip
    assert sampling(Warm(responses=["x"]), SETTINGS) == {"temperature": 0.25, "seed": 3}
    assert sampling(FakeListChatModel(responses=["x"]), SETTINGS) == {}


def test_what_a_model_says_of_itself() -> None:
    assert identity(ScriptedChatModel()) == {"model": "scripted", "engine": "script", "model_sha256": None}
    assert identity(Warm(responses=["x"]))["model"] == "warm-1"
    plain = FakeListChatModel(responses=["x"])
    assert identity(plain) == {"model": "FakeListChatModel", "engine": plain._llm_type, "model_sha256": None}


def test_the_reply_grows_and_the_last_is_whole() -> None:
    meter = Meter()
    model = NotingModel(replies=[BEE])
    seen = list(ask(model, QUESTION, {"logprobs": True, "max_tokens": 2}, meter))
    assert [reply.text for reply in seen] == ["a", "a bee", "a bee"]
    assert [len(reply.tokens) for reply in seen] == [1, 2, 2]
    assert [reply.finish for reply in seen] == ["stop", "stop", "length"]
    assert model.options == [{"logprobs": True, "max_tokens": 2}]
    assert (meter.calls, meter.prompt_tokens, meter.new_tokens, meter.cached_tokens) == (1, 4, 2, None)


def test_closing_it_stops_the_model_and_is_counted_as_a_call() -> None:
    model, meter = NotingModel(replies=[BEE]), Meter()
    replies = ask(model, QUESTION, {}, meter)
    next(replies)
    replies.close()
    assert model.ends == ["closed"]
    assert (meter.calls, meter.prompt_tokens) == (1, None)


def test_an_error_reaches_the_caller_and_the_call_is_counted() -> None:
    broken = ScriptedChatModel(replies=[ScriptedReply.of("a bee", error=ModelUnavailable("It is gone."))])
    meter = Meter()
    with pytest.raises(ModelUnavailable, match="It is gone"):
        ask_whole(broken, QUESTION, {}, meter)
    assert meter.calls == 1


def test_a_reply_without_words() -> None:
    silent = ScriptedChatModel(replies=[ScriptedReply(())])
    assert ask_whole(silent, QUESTION, {}, Meter()) == Answer("", missing="the reply is empty")


def test_the_meter_adds_up_and_unreported_counts_stay_unknown() -> None:
    meter = Meter()
    meter.add(None, 0.5)
    assert meter.cost() == Cost(1, None, None, None, 0.5)
    meter.add(UsageMetadata(input_tokens=10, output_tokens=2, total_tokens=12), 0.25)
    cached = UsageMetadata(
        input_tokens=20, output_tokens=1, total_tokens=21, input_token_details={"cache_read": 8}
    )
    meter.add(cached, 0.25)
    assert meter.cost() == Cost(3, 30, 8, 3, 1.0)


class Counting(ScriptedChatModel):
    """As some servers do: usage in two chunks."""

    def _stream(self, *args, **options):  # type: ignore[no-untyped-def]
        yield from super()._stream(*args, **options)
        usage = UsageMetadata(input_tokens=0, output_tokens=5, total_tokens=5)
        yield ChatGenerationChunk(message=AIMessageChunk(content="", usage_metadata=usage))


def test_usage_in_several_chunks_adds_up() -> None:
    meter = Meter()
    ask_whole(Counting(replies=[BEE]), QUESTION, {}, meter)
    assert (meter.prompt_tokens, meter.new_tokens) == (4, 8)
