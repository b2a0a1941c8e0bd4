"""What a chat function's models replied, and what the history of a chat says."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from langchain_core.messages import AIMessage
from pytest import approx

from chains import with_confidence
from chains.settings import Settings
from chains.with_confidence import assessment_of
from estimators.types import Message, Question
from plugin.gradio_chat.capture import MOST, Captured, ReplyStore
from plugin.gradio_chat.exchange import Exchange, last_exchange
from plugin.gradio_chat.scoring import NO_SCORES, NOBODY_TO_ASK, assess_exchange, scored_by
from tests.chains.script import OPEN_SIGNALS, QUESTION, scripted
from tests.plugin.agents import without_logprobs

ANSWER = "It is probably Canberra."
MODEL = scripted()
SETTINGS = Settings(signals=("numeric",))


def says(message: str, history: Any) -> str:
    return str(MODEL.bind(logprobs=True, top_logprobs=5).invoke(message).text)


def streams(message: str, history: Any) -> Iterator[str]:
    text = ""
    for chunk in MODEL.bind(logprobs=True, top_logprobs=5).stream(message):
        text += str(chunk.text)
        yield text


async def says_later(message: str, history: Any) -> str:
    return str((await MODEL.bind(logprobs=True, top_logprobs=5).ainvoke(message)).text)


async def streams_later(message: str, history: Any) -> AsyncIterator[str]:
    text = ""
    async for chunk in MODEL.bind(logprobs=True, top_logprobs=5).astream(message):
        text += str(chunk.text)
        yield text


def run(function: Callable[..., Any]) -> list[str]:
    """Everything that a chat function of any kind says."""

    async def collected() -> list[str]:
        result = function(QUESTION, [])
        return [await result] if inspect.isawaitable(result) else [text async for text in result]

    if inspect.isasyncgenfunction(function) or inspect.iscoroutinefunction(function):
        return asyncio.run(collected())
    result = function(QUESTION, [])
    return [result] if isinstance(result, str) else list(result)


@pytest.mark.parametrize(
    "function", [says, streams, says_later, streams_later], ids=lambda function: function.__name__
)
def test_a_function_of_any_kind_says_the_same_and_its_reply_is_kept(function: Callable[..., Any]) -> None:
    store = ReplyStore()
    heard = store.listening(function)
    kinds = (inspect.isgeneratorfunction, inspect.iscoroutinefunction, inspect.isasyncgenfunction)
    assert [kind(heard) for kind in kinds] == [kind(function) for kind in kinds]
    assert run(heard) == run(function)
    captured = store.take("", f" {ANSWER}\n")
    assert captured is not None
    assert [message.text for message in captured.messages] == [QUESTION]
    assert store.take("", ANSWER) is None  # each is given out once


def test_nothing_is_kept_outside_the_function() -> None:
    store = ReplyStore()
    steps = store.listening(streams)(QUESTION, [])
    next(steps)
    MODEL.invoke("Anything else?")  # by somebody else, in between
    assert list(steps)[-1] == ANSWER
    assert len(store._replies) == 1


def test_errors_of_the_function_stay_its_own() -> None:
    def fails(message: str, history: Any) -> Iterator[str]:
        yield "It"
        raise KeyError("theirs")

    steps = ReplyStore().listening(fails)(QUESTION, [])
    assert next(steps) == "It"
    with pytest.raises(KeyError, match="theirs"):
        next(steps)


def test_a_generator_that_is_closed_closes_theirs() -> None:
    closed = []

    def endless(message: str, history: Any) -> Iterator[str]:
        try:
            while True:
                yield "more"
        finally:
            closed.append(True)

    steps = ReplyStore().listening(endless)(QUESTION, [])
    next(steps)
    steps.close()
    assert closed == [True]


def test_a_reply_with_an_assessment_is_kept_and_old_ones_give_way() -> None:
    store = ReplyStore()
    store.add("a", Captured((), with_confidence(scripted(), signals=()).invoke(QUESTION)))
    store.add("a", Captured((), AIMessage(ANSWER)))  # the model inside
    captured = store.take("a", ANSWER)
    assert captured and assessment_of(captured.reply)
    assert store.take("b", ANSWER) is None
    for number in range(MOST + 1):
        store.add("a", Captured((), AIMessage(str(number))))
    assert (store.take("a", "0"), store.take("a", "1") is None) == (None, False)


HISTORY: list[dict[str, Any]] = [
    {"role": "user", "content": [{"type": "text", "text": "Hi"}]},
    {"role": "assistant", "content": "Hello", "metadata": {"title": None}},
    {
        "role": "user",
        "content": [{"type": "text", "text": QUESTION}, {"type": "file", "file": {"path": "a.png"}}],
    },
    {"role": "assistant", "content": "Looking it up", "metadata": {"title": "Searching"}},
    {"role": "assistant", "content": [{"type": "text", "text": "It is"}]},
    {"role": "assistant", "content": "probably Canberra."},
]


def test_the_last_exchange_with_the_turns_before_it() -> None:
    exchange = last_exchange(HISTORY)
    assert exchange is not None
    assert exchange.question == Question(QUESTION, (Message("user", "Hi"), Message("assistant", "Hello")))
    assert exchange.answer == "It is\n\nprobably Canberra."
    assert exchange.key != Exchange(exchange.question, "No.").key


@pytest.mark.parametrize(
    "history",
    [
        None,
        [],
        HISTORY[:3],
        HISTORY[:4],
        HISTORY[1:2],
        [HISTORY[2], {"role": "assistant", "content": {"path": "a.png"}}],
    ],
)
def test_without_an_answer_in_words_there_is_no_exchange(history: Any) -> None:
    assert last_exchange(history) is None


def exchange() -> Exchange:
    return Exchange(Question(QUESTION), ANSWER)


def assessed(captured: Captured | None = None, **given: Any) -> Any:
    return assess_exchange(
        exchange(), captured, **{"model": None, "score_with": None, "settings": SETTINGS, **given}
    )


def test_token_probabilities_of_the_chat_are_used_and_nobody_is_asked() -> None:
    reply = scripted().bind(logprobs=True, top_logprobs=5).invoke(QUESTION)
    assessment = assessed(Captured((), reply))
    assert assessment.decision.confidence == approx(OPEN_SIGNALS["key_span_probability"])
    assert assessment.signal("numeric").missing == NOBODY_TO_ASK
    assert scored_by(assessment, None) == ""


def test_the_chats_own_model_is_asked_if_it_is_named() -> None:
    reply = scripted().bind(logprobs=True, top_logprobs=5).invoke(QUESTION)
    assert assessed(Captured((), reply), model=scripted()).signal("numeric").confidence == approx(0.85)


def test_an_assessment_of_the_chat_is_shown_as_it_is() -> None:
    reply = with_confidence(scripted(), signals=("p_true_own",)).invoke(QUESTION)
    assert assessed(Captured((), reply)) == assessment_of(reply)


def test_a_text_without_token_probabilities_is_scored_by_the_model_named() -> None:
    reply = without_logprobs().invoke(QUESTION)
    for captured in (None, Captured((), reply)):
        assessment = assessed(captured, score_with=scripted())
        assert assessment.decision.confidence == approx(OPEN_SIGNALS["key_span_probability"])
        assert scored_by(assessment, "x") == "Scored by scripted, which did not write this answer."


def test_without_any_model_the_reason_is_given() -> None:
    assessment = assessed()
    assert assessment.evidence.answer.missing == NO_SCORES
    assert NO_SCORES in assessment.decision.reason
    assert assessment.signal("numeric").missing == NOBODY_TO_ASK
