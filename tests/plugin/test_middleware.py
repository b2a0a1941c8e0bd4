"""The middleware in real agents of LangChain."""

import asyncio
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain.agents.structured_output import ProviderStrategy, ToolStrategy
from langchain_core.messages import AIMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command
from pydantic import BaseModel
from pytest import approx

from chains import with_confidence
from chains.engines.scripted import ScriptedReply
from chains.errors import ModelUnavailable
from chains.with_confidence import assessment_of
from estimators.types import Assessment
from plugin import ConfidenceMiddleware
from tests.chains.script import OPEN_SIGNALS, QUESTION, replies
from tests.chains.tool_model import ToolCallingModel
from tests.plugin.agents import ASKED, SURE, last, look_up, sure, unsure, without_logprobs

ANSWER = "It is probably Canberra."
UNSURE = OPEN_SIGNALS["key_span_probability"]  # 40 %
FEW: dict[str, Any] = {"signals": ("p_true_third",)}


class City(BaseModel):
    """A city."""

    name: str


def of(message: AIMessage) -> Assessment:
    assessment = assessment_of(message)
    assert assessment is not None
    return assessment


def run(agent: Any, way: str) -> Any:
    return agent.invoke(ASKED) if way == "invoke" else asyncio.run(agent.ainvoke(ASKED))


@pytest.mark.parametrize("way", ["invoke", "ainvoke"])
def test_the_final_answer_carries_an_assessment_and_a_tool_call_does_not(way: str) -> None:
    model = unsure(calls=("look_up", {"q": "capital"}))
    result = run(create_agent(model, [look_up], middleware=[ConfidenceMiddleware(**FEW)]), way)
    _, call, _, answer = result["messages"]
    assert call.tool_calls and assessment_of(call) is None
    assert answer.text == ANSWER
    assert of(answer).decision.confidence == approx(UNSURE)
    assert "Result of look_up" in of(answer).evidence.question.text
    signal = of(answer).signal("p_true_third")
    assert signal and signal.confidence == approx(0.75)


def test_the_model_is_asked_for_log_probabilities_and_keeps_its_own_settings() -> None:
    model = unsure()
    create_agent(
        model, [look_up], system_prompt="Be brief.", middleware=[ConfidenceMiddleware(signals=())]
    ).invoke(ASKED)
    assert (model.options[0]["logprobs"], model.options[0]["top_logprobs"]) == (True, 20)
    assert "temperature" not in model.options[0]
    assert [message.type for message in model.received[0]] == ["system", "human"]


def test_the_system_prompt_is_part_of_the_evidence() -> None:
    agent = create_agent(unsure(), system_prompt="Be brief.", middleware=[ConfidenceMiddleware(signals=())])
    assert of(last(agent.invoke(ASKED))).evidence.question.history[0].content == "Be brief."


@pytest.mark.parametrize("way", ["invoke", "ainvoke"])
@pytest.mark.parametrize(("threshold", "withheld"), [(0.5, True), (0.35, False)])
def test_it_abstains_for_the_agent_below_the_threshold(way: str, threshold: float, withheld: bool) -> None:
    middleware = ConfidenceMiddleware("abstain", threshold=threshold, **FEW)
    message = last(run(create_agent(unsure(), middleware=[middleware]), way))
    assert of(message).evidence.answer.text == ANSWER
    assert of(message).decision.abstain is withheld
    if withheld:
        reason = "my confidence in it is 40 %, below the threshold of 50 %"
        assert message.text == f"I would rather not answer this: {reason}."
    else:
        assert message.text == ANSWER


def test_without_a_threshold_the_settings_decide() -> None:
    for threshold, text in ((0.35, ANSWER), (0.9, "I would rather not answer this: ")):
        middleware = ConfidenceMiddleware("abstain", settings=None, signals=(), **{"threshold": None})
        middleware.settings = middleware.settings.model_copy(update={"threshold": threshold})
        assert last(create_agent(unsure(), middleware=[middleware]).invoke(ASKED)).text.startswith(text)


def test_a_missing_confidence_is_not_low() -> None:
    middleware = ConfidenceMiddleware("abstain", threshold=0.99, signals=())
    message = last(create_agent(without_logprobs(), middleware=[middleware]).invoke(ASKED))
    assert message.text == ANSWER
    assert of(message).decision.confidence is None
    assert "no log-probabilities" in of(message).decision.reason


def test_a_text_without_log_probabilities_is_scored_by_another_model() -> None:
    scorer = unsure()
    middleware = ConfidenceMiddleware(score_with=scorer, **FEW)
    assessment = of(last(create_agent(without_logprobs(), middleware=[middleware]).invoke(ASKED)))
    assert assessment.decision.confidence == approx(UNSURE)
    assert assessment.evidence.provenance.given is True


def test_a_scorer_that_fails_is_a_reason_and_not_an_error() -> None:
    class Away(ToolCallingModel):
        def score(self, messages: Any, text: str, top_logprobs: int) -> AIMessage:
            raise ModelUnavailable("the scorer is away")

    middleware = ConfidenceMiddleware(score_with=Away(replies=replies()), signals=())
    message = last(create_agent(without_logprobs(), middleware=[middleware]).invoke(ASKED))
    assert message.text == ANSWER
    assert of(message).evidence.answer.missing == "the text could not be scored: the scorer is away"


@pytest.mark.parametrize("way", ["invoke", "ainvoke"])
def test_a_stronger_model_answers_when_confidence_is_low(way: str) -> None:
    strong = sure()
    agent = create_agent(unsure(), middleware=[ConfidenceMiddleware(strong, threshold=0.7, **FEW)])
    message = last(run(agent, way))
    assert message.text == SURE
    assert of(message).decision.confidence == approx(0.99)
    assert strong.received


def test_the_stronger_model_stays_until_it_has_answered_and_the_next_run_starts_anew() -> None:
    weak, strong = unsure(), sure(calls=("look_up", {"q": "capital"}))
    middleware = ConfidenceMiddleware(strong, threshold=0.7, **FEW)
    agent = create_agent(weak, [look_up], middleware=[middleware], checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "1"}}
    result = agent.invoke(ASKED, config)
    assert [message.type for message in result["messages"]] == ["human", "ai", "tool", "ai"]
    assert last(result).text == SURE
    asked = len(weak.received)
    agent.invoke(ASKED, config)
    assert len(weak.received) > asked


def test_a_sure_model_keeps_its_answer() -> None:
    other = unsure()
    agent = create_agent(sure(), middleware=[ConfidenceMiddleware(other, threshold=0.7, **FEW)])
    assert last(agent.invoke(ASKED)).text == SURE
    assert other.received == []


@pytest.mark.parametrize(
    ("decision", "text"),
    [
        ("approve", ANSWER),
        (
            {"decision": "reject"},
            "I would rather not answer this: my confidence in it is 40 %, below the threshold of 70 %.",
        ),
        ({"decision": "edit", "answer": "Canberra."}, "Canberra."),
    ],
)
def test_a_person_decides_about_an_answer_of_low_confidence(decision: Any, text: str) -> None:
    middleware = ConfidenceMiddleware("ask_person", threshold=0.7, **FEW)
    agent = create_agent(unsure(), middleware=[middleware], checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "1"}}
    (interrupt,) = agent.invoke(ASKED, config)["__interrupt__"]
    assert (interrupt.value["question"], interrupt.value["answer"]) == (QUESTION, ANSWER)
    assert interrupt.value["confidence"] == approx(UNSURE)
    result = agent.invoke(Command(resume=decision), config)
    assert [message.type for message in result["messages"]] == ["human", "ai"]
    assert last(result).text == text
    assert (assessment_of(last(result)) is None) == (text == "Canberra.")  # a person wrote it


def test_a_person_decides_in_an_asynchronous_agent_too() -> None:
    middleware = ConfidenceMiddleware("ask_person", threshold=0.7, signals=())
    agent = create_agent(unsure(), middleware=[middleware], checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "1"}}

    async def decided() -> Any:
        assert "__interrupt__" in await agent.ainvoke(ASKED, config)
        return await agent.ainvoke(Command(resume={"decision": "edit", "answer": "Canberra."}), config)

    assert last(asyncio.run(decided())).text == "Canberra."


def test_a_decision_that_makes_no_sense_is_refused_with_what_to_send() -> None:
    middleware = ConfidenceMiddleware("ask_person", threshold=0.7, signals=())
    agent = create_agent(unsure(), middleware=[middleware], checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "1"}}
    agent.invoke(ASKED, config)
    with pytest.raises(ValueError, match="resume with “approve”, “reject”"):
        agent.invoke(Command(resume={"decision": "edit", "answer": " "}), config)


@pytest.mark.parametrize(
    "strategy", [ToolStrategy(City), ProviderStrategy(City)], ids=lambda s: type(s).__name__
)
@pytest.mark.parametrize("action", ["mark", "abstain"])
def test_a_structured_answer_is_assessed_and_can_be_withheld(strategy: Any, action: str) -> None:
    said = ScriptedReply.of('{"name": "Canberra"}', 0.6, match="capital")
    model = ToolCallingModel(replies=(*[r for r in replies() if r.match], said))
    if isinstance(strategy, ToolStrategy):
        model = ToolCallingModel(replies=replies(), calls=("City", {"name": "Canberra"}))
    middleware = ConfidenceMiddleware(action, threshold=0.7, score_with=unsure(), **FEW)
    result = create_agent(model, response_format=strategy, middleware=[middleware]).invoke(ASKED)
    message = next(m for m in reversed(result["messages"]) if isinstance(m, AIMessage))
    assert of(message).evidence.answer.text == '{"name": "Canberra"}'
    low = of(message).decision.abstain
    assert low is (not isinstance(strategy, ToolStrategy))  # its arguments are scored at 90 % a word
    if action == "abstain" and low:
        assert result.get("structured_response") is None
        assert message.text.startswith("I would rather not answer this")
    else:
        assert result["structured_response"] == City(name="Canberra")


def test_withholding_a_structured_answer_of_a_tool_ends_the_run() -> None:
    model = ToolCallingModel(replies=replies(), calls=("City", {"name": "Canberra"}))
    middleware = ConfidenceMiddleware("abstain", threshold=0.95, score_with=unsure(), signals=())
    result = create_agent(model, response_format=ToolStrategy(City), middleware=[middleware]).invoke(ASKED)
    assert result.get("structured_response") is None
    assert last(result).text.startswith("I would rather not answer this: my confidence in it is 90 %")
    assert last(result).tool_calls == []


def test_a_model_that_assesses_itself_is_not_assessed_twice() -> None:
    model = unsure()
    agent = create_agent(
        with_confidence(model, **FEW), [look_up], middleware=[ConfidenceMiddleware(signals=("numeric",))]
    )
    assessment = of(last(agent.invoke(ASKED)))
    assert assessment.signal("p_true_third") and assessment.signal("numeric") is None


@pytest.mark.parametrize("wrap", [False, True])
def test_only_the_answer_appears_in_the_stream_of_the_agent(wrap: bool) -> None:
    model: Any = with_confidence(unsure(), **FEW) if wrap else unsure()
    agent: Any = create_agent(model, middleware=[ConfidenceMiddleware(**FEW)])
    texts = [
        message.text for message, _ in agent.stream(ASKED, stream_mode="messages") if message.type != "human"
    ]
    assert "".join(texts) == ANSWER


def test_other_errors_of_the_model_pass_through() -> None:
    model = ToolCallingModel(replies=(ScriptedReply.of("It", error=RuntimeError("broken")),))
    with pytest.raises(RuntimeError, match="broken"):
        create_agent(model, middleware=[ConfidenceMiddleware()]).invoke(ASKED)


def test_a_server_that_rejects_log_probabilities_is_asked_without_them() -> None:
    class Rejected(Exception):
        status_code = 400

    class Picky(ToolCallingModel):
        def _stream(self, messages: Any, stop: Any = None, run_manager: Any = None, **options: Any) -> Any:
            if options.get("logprobs"):
                raise Rejected("logprobs is not supported")
            return super()._stream(messages, stop, run_manager, **options)

    named = {"credence": {"model": "picky agent", "engine": "", "model_sha256": None}}
    agent = create_agent(
        Picky(replies=replies(), metadata=named), middleware=[ConfidenceMiddleware(signals=())]
    )
    for way in ("invoke", "ainvoke"):
        assert last(run(agent, way)).text == ANSWER


def test_wrong_settings_are_refused_when_it_is_made() -> None:
    with pytest.raises(ValueError, match=r"threshold: 1\.5 is not a probability"):
        ConfidenceMiddleware(threshold=1.5)
    with pytest.raises(ModelUnavailable, match="abstian"):
        ConfidenceMiddleware("abstian")
