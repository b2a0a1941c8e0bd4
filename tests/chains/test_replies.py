"""Replies that a model has already given, after conversations with tools, images and structured output."""

from typing import Any

import pytest
from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    ChatMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from pydantic import BaseModel, Field
from pytest import approx

from chains.engines.scripted import ScriptedReply
from chains.replies import STRUCTURED, as_question, assess_answer, is_plain, other_parts, read_reply
from chains.settings import Settings
from chains.with_confidence import assessment_of, with_confidence
from estimators.types import Message
from tests.chains.script import OPEN_SIGNALS, QUESTION, scripted
from tests.chains.tool_model import tool_calling

TEXT = "It is probably Canberra."
PICTURE = {"type": "image", "url": "https://example.org/a.png"}
LOOKED_UP: list[BaseMessage] = [
    SystemMessage("Be brief."),
    HumanMessage(QUESTION),
    AIMessage("I look it up.", tool_calls=[{"name": "look_up", "args": {"q": "capital"}, "id": "1"}]),
    ToolMessage("Canberra", tool_call_id="1"),
]


def look_up(q: str) -> str:
    """Look something up."""
    return f"about {q}"


class City(BaseModel):
    """A city."""

    name: str


def test_the_result_of_a_tool_is_part_of_the_question() -> None:
    question = as_question(LOOKED_UP)
    assert question.text == f'{QUESTION}\n\nResult of look_up({{"q": "capital"}}):\nCanberra'
    assert question.history == (Message("system", "Be brief."),)


def test_earlier_turns_keep_their_order_and_an_unknown_tool_is_named_so() -> None:
    earlier = [*LOOKED_UP, AIMessage(TEXT), HumanMessage("Sure?"), ToolMessage("yes", tool_call_id="?")]
    question = as_question(earlier)
    assert [turn.role for turn in question.history] == ["system", "user", "assistant"]
    assert question.text == "Sure?\n\nResult of a tool():\nyes"


@pytest.mark.parametrize(
    ("messages", "why"),
    [
        ([HumanMessage("Hi"), AIMessage("Hello")], "from the user or a tool, not from the assistant"),
        ([], "from the user or a tool"),
        ([ChatMessage(content="Hi", role="critic")], "type 'chat' cannot be judged"),
    ],
)
def test_a_conversation_without_a_question_is_refused(messages: list[BaseMessage], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        as_question(messages)


def test_plain_text_is_told_from_everything_else() -> None:
    picture = HumanMessage([{"type": "text", "text": "What is this?"}, PICTURE])
    assert is_plain(HumanMessage([{"type": "text", "text": "a"}])) and not is_plain(picture)
    assert [is_plain(message) for message in LOOKED_UP] == [True, True, False, False]
    assert other_parts((picture, picture)) == ("image",)
    assert as_question([picture]).text == "What is this?\n[image]"


def test_a_reply_is_assessed_without_asking_for_it_again() -> None:
    model = scripted()
    reply = model.bind(logprobs=True, top_logprobs=5).invoke(QUESTION)
    assessment = assess_answer(
        model, [HumanMessage(QUESTION)], read_reply(reply), Settings(signals=("numeric",))
    )
    numeric, sequence = assessment.signal("numeric"), assessment.signal("sequence_probability")
    assert numeric and numeric.confidence == approx(0.85)
    assert sequence and sequence.confidence == approx(OPEN_SIGNALS["sequence_probability"])
    assert len(model.received) == 2  # the reply and one probe


def test_options_are_read_from_the_person_and_not_from_a_tool() -> None:
    listed = [*LOOKED_UP[:-1], ToolMessage("A. Sydney\nB. Canberra", tool_call_id="1")]
    assessment = assess_answer(scripted(), listed, read_reply(AIMessage(TEXT)), Settings(signals=()))
    assert assessment.evidence.options == ()


def test_a_conversation_that_has_become_too_long_is_still_assessed() -> None:
    model = scripted()
    reply = model.bind(logprobs=True, top_logprobs=5).invoke(QUESTION)
    long = [*LOOKED_UP[:-1], ToolMessage("word " * 9000, tool_call_id="1")]
    assessment = assess_answer(model, long, read_reply(reply), Settings(signals=("numeric",)))
    assert assessment.decision.confidence == approx(OPEN_SIGNALS["key_span_probability"])
    numeric = assessment.signal("numeric")
    assert numeric and "can read at most" in numeric.missing
    assert assessment.evidence.provenance.model == "scripted"


def test_no_follow_up_question_about_an_image_is_asked() -> None:
    model = scripted()
    messages = [HumanMessage([{"type": "text", "text": QUESTION}, PICTURE])]
    assessment = assess_answer(model, messages, read_reply(AIMessage(TEXT)))
    p_true = assessment.signal("p_true_own")
    assert p_true and p_true.missing.endswith("the conversation has more (image)")
    assert model.received == []


def test_a_tool_call_passes_and_the_answer_after_it_is_assessed() -> None:
    model = tool_calling("look_up", {"q": "capital"})
    wrapped = with_confidence(model, signals=("p_true_own",)).bind_tools([look_up])
    called = wrapped.invoke(QUESTION)
    assert [(call["name"], call["args"]) for call in called.tool_calls] == [("look_up", {"q": "capital"})]
    assert assessment_of(called) is None
    assert model.options[0]["tools"][0]["function"]["name"] == "look_up"
    asked = [HumanMessage(QUESTION), called, ToolMessage("Canberra", tool_call_id="call-1")]
    answer = wrapped.invoke(asked)
    assert answer.text == TEXT
    assert [message.type for message in model.received[1]] == ["human", "ai", "tool"]
    assessment = assessment_of(answer)
    assert assessment and "Result of look_up" in assessment.evidence.question.text
    assert assessment.decision.confidence == approx(OPEN_SIGNALS["sequence_probability"])


def test_nothing_is_set_that_was_not_chosen() -> None:
    model = tool_calling("look_up", {"q": "x"})
    with_confidence(model, max_tokens=900).bind_tools([look_up], tool_choice="any").invoke(QUESTION)
    assert {
        name: model.options[0].get(name) for name in ("max_tokens", "temperature", "seed", "tool_choice")
    } == {
        "max_tokens": 900,
        "temperature": None,
        "seed": None,
        "tool_choice": "any",
    }


def test_a_structured_answer_is_assessed_as_what_it_says() -> None:
    model = tool_calling("City", {"name": "Canberra"})
    found: Any = (
        with_confidence(model, signals=("p_true_third",))
        .with_structured_output(City, include_raw=True)
        .invoke(QUESTION)
    )
    assert found["parsed"] == City(name="Canberra")
    assessment = assessment_of(found["raw"])
    assert assessment and assessment.evidence.answer.text == '{"name": "Canberra"}'
    p_true = assessment.signal("p_true_third")
    assert p_true and p_true.confidence == approx(0.75)
    assert assessment.evidence.answer.missing == STRUCTURED


def test_an_image_is_sent_unchanged() -> None:
    model = scripted()
    content: list[Any] = [{"type": "text", "text": QUESTION}, PICTURE]
    message = with_confidence(model).invoke([HumanMessage(content)])
    assert (message.text, model.received[0][0].content) == (TEXT, content)
    assert len(model.received) == 1


def test_a_stop_word_reaches_the_model() -> None:
    class Stops(type(scripted())):  # type: ignore[misc]
        stops: list[Any] = Field(default_factory=list)

        def _stream(self, messages: Any, stop: Any = None, run_manager: Any = None, **options: Any) -> Any:
            self.stops.append(stop)
            return super()._stream(messages, stop, run_manager, **options)

    model = Stops(replies=scripted().replies)
    assert with_confidence(model, signals=()).invoke(QUESTION, stop=["\n"]).text == TEXT
    assert model.stops[0] == ["\n"]


def test_a_server_that_rejects_log_probabilities_is_asked_without_them() -> None:
    class Picky(type(scripted())):  # type: ignore[misc]
        def _stream(self, messages: Any, stop: Any = None, run_manager: Any = None, **options: Any) -> Any:
            if options.get("logprobs"):
                raise Rejected("logprobs is not supported")
            return super()._stream(messages, stop, run_manager, **options)

    class Rejected(Exception):
        status_code = 400

    model = Picky(
        replies=scripted().replies,
        metadata={"credence": {"model": "picky", "engine": "", "model_sha256": None}},
    )
    message = with_confidence(model, signals=()).invoke(QUESTION, stop=["x"])
    assessment = assessment_of(message)
    assert assessment and assessment.evidence.answer.missing == "the server sends no log-probabilities"


def test_an_error_passes_through() -> None:
    model = scripted(ScriptedReply.of("It", match="capital", error=RuntimeError("broken")))
    with pytest.raises(RuntimeError, match="broken"):
        with_confidence(model).invoke(QUESTION, stop=["x"])
