"""A chat model that wraps another: the same words and the same messages, plus an assessment."""

import asyncio
import json
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel, FakeListChatModel, GenericFakeChatModel
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    HumanMessage,
    SystemMessage,
    messages_from_dict,
    messages_to_dict,
)
from pytest import approx

from chains.engines.scripted import ScriptedReply
from chains.errors import EngineStopped
from chains.settings import Settings
from chains.with_confidence import assessment_of, with_confidence
from estimators.types import Assessment
from tests.chains.script import OPEN_SIGNALS, QUESTION, scripted

TEXT = "It is probably Canberra."
NO_LOGPROBS = "the server sends no log-probabilities"


def plain() -> FakeListChatModel:
    """A model without log-probabilities; its second call is the one probe's."""
    return FakeListChatModel(responses=[TEXT, "85"])


def generic() -> GenericFakeChatModel:
    return GenericFakeChatModel(messages=iter([AIMessage(TEXT), AIMessage("85")]))


def in_every_way(wrapped: BaseChatModel, way: str) -> AIMessage:
    """The reply to the question, asked in one of the ways of LangChain."""

    async def collected() -> AIMessageChunk:
        total: Any = None
        async for chunk in wrapped.astream(QUESTION):
            total = chunk if total is None else total + chunk
        return total  # type: ignore[no-any-return]

    if way == "invoke":
        return wrapped.invoke(QUESTION)
    if way == "ainvoke":
        return asyncio.run(wrapped.ainvoke(QUESTION))
    if way == "batch":
        return wrapped.batch([QUESTION])[0]
    if way == "abatch":
        return asyncio.run(wrapped.abatch([QUESTION]))[0]
    if way == "astream":
        return asyncio.run(collected())
    total: Any = None
    for chunk in wrapped.stream(QUESTION):
        total = chunk if total is None else total + chunk
    return total  # type: ignore[no-any-return]


def assessed(message: BaseMessage) -> Assessment:
    assessment = assessment_of(message)
    assert assessment is not None
    return assessment


@pytest.mark.parametrize("way", ["invoke", "ainvoke", "batch", "abatch", "stream", "astream"])
@pytest.mark.parametrize("make", [scripted, plain, generic], ids=lambda make: make.__name__)
def test_the_same_words_and_an_assessment_in_every_way(make: Any, way: str) -> None:
    message = in_every_way(with_confidence(make(), signals=("numeric",)), way)
    assert message.text == TEXT
    assessment = assessed(message)
    assert assessment.evidence.answer.text == TEXT
    numeric, sequence = assessment.signal("numeric"), assessment.signal("sequence_probability")
    assert numeric is not None and sequence is not None
    assert numeric.confidence == approx(0.85)
    if make is scripted:
        assert sequence.confidence == approx(OPEN_SIGNALS["sequence_probability"])
    else:
        assert sequence.missing == NO_LOGPROBS


def test_the_default_panel_around_a_scripted_model() -> None:
    signals = {
        signal.name: signal.confidence
        for signal in assessed(with_confidence(scripted()).invoke(QUESTION)).signals
    }
    assert {name: signals[name] for name in OPEN_SIGNALS} == approx(OPEN_SIGNALS)


def test_a_batch_keeps_its_order() -> None:
    model = scripted(ScriptedReply.of("Ja.", match="deutsch"))
    messages = with_confidence(model, signals=()).batch([QUESTION, "Deutsch?", QUESTION])
    assert [message.text for message in messages] == [TEXT, "Ja.", TEXT]
    assert [assessed(message).evidence.question.text for message in messages] == [
        QUESTION,
        "Deutsch?",
        QUESTION,
    ]


def test_the_words_stream_as_they_come_and_the_assessment_is_last() -> None:
    chunks = list(with_confidence(scripted()).stream(QUESTION))
    assert [chunk.text for chunk in chunks if chunk.text] == ["It", " is", " probably", " Canberra", "."]
    carrying = [number for number, chunk in enumerate(chunks) if assessment_of(chunk)]
    assert len(carrying) == 1
    assert all(not chunk.text for chunk in chunks[carrying[0] :])


def test_the_messages_are_sent_unchanged_and_the_system_message_stays() -> None:
    model = scripted()
    sent: list[BaseMessage] = [
        SystemMessage("Be brief; $x ${y}."),
        HumanMessage("Do dogs bark?"),
        AIMessage("Yes."),
        HumanMessage(QUESTION),
    ]
    message = with_confidence(model, signals=("p_true_own",)).invoke(sent)
    assert [(m.type, m.content) for m in model.received[0]] == [(m.type, m.content) for m in sent]
    assert [(m.type, m.content) for m in model.received[1][:4]] == [(m.type, m.content) for m in sent]
    history = assessed(message).evidence.question.history
    assert [turn.role for turn in history] == ["system", "user", "assistant"]


def test_a_last_word_of_the_model_is_refused() -> None:
    model = scripted()
    with pytest.raises(ValueError, match="last message must be from the user, not from the assistant"):
        with_confidence(model).invoke([HumanMessage("Hi"), AIMessage("Hello")])
    assert model.received == []


def test_the_assessment_survives_serialisation() -> None:
    message = with_confidence(scripted()).invoke(QUESTION)
    (back,) = messages_from_dict(json.loads(json.dumps(messages_to_dict([message]))))
    assert assessed(back) == assessed(message)
    assert assessment_of(AIMessage("without")) is None


def test_the_finish_reason_is_passed_on() -> None:
    wrapped = with_confidence(scripted(), signals=())
    assert wrapped.invoke(QUESTION).response_metadata["finish_reason"] == "stop"
    cut = wrapped.bind(max_tokens=2).invoke(QUESTION)
    assert (cut.text, cut.response_metadata["finish_reason"]) == ("It is", "length")


def test_settings_changes_and_bound_options() -> None:
    model = scripted()
    wrapped = with_confidence(model, Settings(seed=4), signals=("numeric",))
    message = wrapped.bind(temperature=0.5).invoke(QUESTION)
    assert (model.options[0]["temperature"], model.options[0]["seed"]) == (0.5, 4)
    assert assessed(message).evidence.provenance.seed == 4
    with pytest.raises(ValueError, match="no signal named nope"):
        with_confidence(model, signals=("nope",)).invoke(QUESTION)


def test_closing_the_stream_stops_the_inner_model() -> None:
    model = scripted()
    stream = with_confidence(model).stream(QUESTION)
    next(stream)
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert model.ends == ["closed"]


def test_errors_pass_through() -> None:
    model = scripted(ScriptedReply.of("It", match="capital", error=EngineStopped("The engine stopped.")))
    for call in (with_confidence(model).invoke, lambda q: asyncio.run(with_confidence(model).ainvoke(q))):
        with pytest.raises(EngineStopped, match="The engine stopped"):
            call(QUESTION)


def test_the_wrapper_speaks_for_the_model_and_leaves_it_alone() -> None:
    model = scripted()
    before = model.model_dump()
    wrapped = with_confidence(model)
    wrapped.invoke(QUESTION)
    assert model.model_dump() == before
    assert wrapped.profile == model.profile
    assert wrapped.get_num_tokens_from_messages([HumanMessage("one two three")]) == 3
    source = assessed(wrapped.invoke(QUESTION)).evidence.provenance
    assert (source.model, source.engine) == ("scripted", "script")
    assert (
        assessed(with_confidence(plain(), signals=()).invoke(QUESTION)).evidence.provenance.model
        == "FakeListChatModel"
    )


def test_it_works_in_a_chain() -> None:
    from langchain_core.output_parsers import StrOutputParser
    from langchain_core.prompts import ChatPromptTemplate

    model = scripted()
    prompt = ChatPromptTemplate.from_messages([("system", "Be brief."), ("user", "{question}")])
    chain = prompt | with_confidence(model, signals=()) | StrOutputParser()
    assert chain.invoke({"question": QUESTION}) == TEXT
    assert [message.type for message in model.received[0]] == ["system", "human"]
