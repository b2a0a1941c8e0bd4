"""The scripted model behaves as a model with log-probabilities does."""

import asyncio
import math

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from pytest import approx

from chains.assess import assess
from chains.engines.scripted import DEMONSTRATION, ScriptedChatModel, ScriptedReply
from chains.errors import EngineStopped
from chains.messages import ReplyReader
from estimators import ESTIMATORS
from estimators.types import Answer
from tests.estimators.evidence import token

BEE = ScriptedReply.of("a bee flies", 0.5)


def ask(model: ScriptedChatModel, text: str = "What flies?", **options: object) -> Answer:
    reader = ReplyReader()
    for chunk in model.bind(**options).stream([HumanMessage(text)]):
        reader.add(chunk)
    return reader.answer()


def test_a_reply_of_words() -> None:
    assert [token.text for token in ScriptedReply.of(" a  bee\nflies ").tokens] == [
        " a",
        "  bee",
        "\nflies",
        " ",
    ]
    assert {token.logprob for token in BEE.tokens} == {math.log(0.5)}


def test_the_tokens_come_as_they_are_set() -> None:
    tokens = (token("né", 0.5, {"né": 0.5, "x": 0.25}), token(" 🐝", 0.25, {" 🐝": 0.25}))
    model = ScriptedChatModel(replies=[ScriptedReply(tokens)])
    assert ask(model, logprobs=True, top_logprobs=20).tokens == tokens
    assert [len(token.top) for token in ask(model, logprobs=True, top_logprobs=1).tokens] == [1, 1]
    assert [token.top for token in ask(model, logprobs=True).tokens] == [(), ()]
    assert ask(model) == Answer("né 🐝", missing="the server sends no log-probabilities")


def test_a_server_without_log_probabilities() -> None:
    model = ScriptedChatModel(replies=[ScriptedReply.of("a bee", logprobs=False)])
    assert ask(model, logprobs=True).missing == "the server sends no log-probabilities"


def test_the_first_reply_that_matches_the_last_message() -> None:
    script = [
        ScriptedReply.of("one", match="FIRST"),
        ScriptedReply.of("two", match="second"),
        ScriptedReply.of("else"),
    ]
    model = ScriptedChatModel(replies=script)
    assert [ask(model, text).text for text in ("the first", "first and Second", "SECOND", "third")] == [
        "one", "one", "two", "else",
    ]  # fmt: skip
    history = [HumanMessage("first"), AIMessage("one"), HumanMessage("second")]
    assert model.invoke(history).text == "two"
    assert model.received[-1] == history
    assert len(model.received) == 5
    with pytest.raises(ValueError, match="no scripted reply matches 'what flies"):
        ask(ScriptedChatModel(replies=script[:2]))


@pytest.mark.parametrize(
    ("limit", "text", "finish"), [(1, "a", "length"), (2, "a bee", "length"), (3, "a bee flies", "stop")]
)
def test_the_limit_of_tokens(limit: int, text: str, finish: str) -> None:
    reply = ask(ScriptedChatModel(replies=[BEE]), max_tokens=limit)
    assert (reply.text, reply.finish) == (text, finish)


def test_an_error_comes_after_the_tokens() -> None:
    model = ScriptedChatModel(replies=[ScriptedReply.of("a bee", error=EngineStopped("It stopped."))])
    stream = model.stream("What flies?")
    assert [next(stream).text, next(stream).text] == ["a", " bee"]
    with pytest.raises(EngineStopped, match="It stopped"):
        next(stream)


def test_invoke_stream_and_async_say_the_same_and_count() -> None:
    model = ScriptedChatModel(replies=[BEE])
    sync, other = model.invoke("What flies now?"), asyncio.run(model.ainvoke("What flies now?"))
    for message in (sync, other):
        assert message.text == "a bee flies"
        assert message.response_metadata["finish_reason"] == "stop"
        assert message.usage_metadata == {"input_tokens": 3, "output_tokens": 3, "total_tokens": 6}


@pytest.mark.parametrize("reply", DEMONSTRATION, ids=lambda reply: reply.match or "answer")
def test_the_demonstration_is_a_possible_model(reply: ScriptedReply) -> None:
    for emitted in reply.tokens:
        assert math.fsum(math.exp(p) for _, p in emitted.top) <= 1 + 1e-9
        assert (emitted.text, emitted.logprob) in emitted.top


@pytest.mark.parametrize("question", ["What is the capital of Australia?", "Which?\nA. dog\nB. bee\nC. cow"])
def test_the_demonstration_answers_every_probe_of_the_default_panel(question: str) -> None:
    assessment = assess(ScriptedChatModel(), question)
    missing = [signal.name for signal in assessment.signals if signal.confidence is None]
    assert missing == []
    everything = assess(ScriptedChatModel(), question, signals=[estimator.name for estimator in ESTIMATORS])
    silent = [name for name, probe in everything.evidence.probes.items() if not probe.reply.text]
    assert silent == []
    assert assessment.decision.confidence == approx(everything.decision.confidence)
