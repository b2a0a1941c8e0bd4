"""Assessing the final answer of an agent's model call, and asking the model so that it can be assessed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from langchain.agents.middleware import ModelRequest, ModelResponse
from langchain_core.callbacks import dispatch_custom_event
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage

from chains.assess import assess
from chains.engines.servers.option_names import named_options
from chains.errors import CredenceError
from chains.pipeline.scorer import opened
from chains.replies import as_question, assess_answer, read_reply
from chains.settings import Settings
from chains.with_confidence import ConfidentChatModel, assessment_of, with_assessment
from estimators.types import Assessment
from plugin.tracing.assessments import EVENT


def logprob_options(model: BaseChatModel, settings: Settings) -> dict[str, Any]:
    """The options that ask a model for log-probabilities, under its own names for them."""
    if isinstance(model, ConfidentChatModel):  # it asks for them itself
        return {}
    return named_options(model, {"logprobs": True, "top_logprobs": settings.top_logprobs})


def with_options(request: ModelRequest, options: Mapping[str, Any]) -> ModelRequest:
    """The request with further options; those that the agent has set stay."""
    return request.override(model_settings={**options, **request.model_settings})


def final_answer(response: ModelResponse[Any]) -> AIMessage | None:
    """The message with the agent's final answer; None if the model calls a tool first."""
    answers = [message for message in response.result if isinstance(message, AIMessage)]
    if not answers or (answers[-1].tool_calls and response.structured_response is None):
        return None
    return answers[-1]


def assessed(
    request: ModelRequest,
    response: ModelResponse[Any],
    settings: Settings,
    score_with: str | BaseChatModel | None,
    decide: Callable[[Assessment], Assessment],
) -> tuple[ModelResponse[Any], Assessment | None]:
    """The response with an assessment on its final answer, and that assessment; None if it is not final."""
    message = final_answer(response)
    if message is None:
        return response, None
    assessment = assessment_of(message)
    if assessment is None:
        system = [request.system_message] if request.system_message else []
        structured = response.structured_response is not None
        assessment = assess_message(
            request.model, [*system, *request.messages], message, settings, score_with, structured
        )
    assessment = decide(assessment)
    dispatch_custom_event(EVENT, assessment.to_dict())
    return replaced(response, message, with_assessment(message, assessment)), assessment


def assess_message(
    model: BaseChatModel,
    messages: Sequence[BaseMessage],
    reply: AIMessage,
    settings: Settings,
    score_with: str | BaseChatModel | None,
    structured: bool = False,
) -> Assessment:
    """Assess a reply of ``model``; without token probabilities, ``score_with`` scores the text if it is given."""
    answer = read_reply(reply, structured=structured)
    if answer.tokens or score_with is None or not answer.text:
        return assess_answer(model, messages, answer, settings)
    try:
        return assess(opened(score_with), as_question(messages), answer=answer.text, settings=settings)
    except CredenceError as error:  # the agent's answer must not fail because of ours
        unscored = replace(answer, missing=f"the text could not be scored: {error}")
        return assess_answer(model, messages, unscored, settings)


def replaced(
    response: ModelResponse[Any], old: AIMessage, new: AIMessage, **fields: Any
) -> ModelResponse[Any]:
    """The response with another message in the place of one."""
    messages: list[BaseMessage] = [new if message is old else message for message in response.result]
    kept: Mapping[str, Any] = {"structured_response": response.structured_response, **fields}
    return ModelResponse(result=messages, **kept)
