"""Agent middleware: an assessment on every final answer, and what happens to an answer of low confidence."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, NotRequired

from langchain.agents.middleware import AgentMiddleware, AgentState, ModelRequest, ModelResponse, hook_config
from langchain.agents.middleware.types import ExtendedModelResponse, PrivateStateAttr
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage
from langgraph.runtime import Runtime
from langgraph.types import Command, interrupt

from chains.engines.servers.negotiation import Negotiation
from chains.pipeline.model_calls import server_of
from chains.pipeline.scorer import opened
from chains.settings import Settings
from chains.with_confidence import assessment_of
from estimators.types import Assessment
from plugin.agents.assessing import assessed, final_answer, logprob_options, replaced, with_options
from plugin.agents.review import answer_after, question_for
from plugin.agents.withholding import abstention, at_threshold

Response = ModelResponse[Any]
ACTIONS = ("mark", "abstain", "ask_person")


class ConfidenceState(AgentState[Any]):
    """What the middleware remembers during one run of the agent."""

    credence_handed_over: NotRequired[Annotated[bool, PrivateStateAttr]]  # to the stronger model
    credence_withheld: NotRequired[Annotated[bool, PrivateStateAttr]]  # a structured answer


class ConfidenceMiddleware(AgentMiddleware[ConfidenceState, Any, Any]):
    """Assesses the final answer of an agent; ``assessment_of(message)`` reads it from the message.

    Parameters
    ----------
    on_low_confidence : what happens to an answer of low confidence. "mark": nothing more than the record; "abstain":
        a sentence takes its place; "ask_person": the agent is interrupted until a person decides, which needs a
        checkpointer; a model or its name: that model answers instead.
    threshold : confidence below which an answer is low; None: as the calibration or the settings decide
    score_with : a model, or its name such as "builtin", that scores answers which come without token probabilities
    settings, changes : how answers are assessed, as for ``with_confidence``

    An answer whose confidence is missing is never low: its record says why it is missing.
    """

    state_schema = ConfidenceState

    def __init__(
        self,
        on_low_confidence: str | BaseChatModel = "mark",
        *,
        threshold: float | None = None,
        score_with: str | BaseChatModel | None = None,
        settings: Settings | None = None,
        **changes: Any,
    ) -> None:
        super().__init__()
        if threshold is not None and not 0.0 <= threshold <= 1.0:
            raise ValueError(f"threshold: {threshold} is not a probability from 0 to 1")
        self.action = on_low_confidence if on_low_confidence in ACTIONS else "hand_over"
        self.stronger = opened(on_low_confidence) if self.action == "hand_over" else None
        self.threshold, self.score_with = threshold, score_with
        fields = {**(settings or Settings()).model_dump(exclude_unset=True), **changes}
        self.settings = Settings.model_validate(fields)

    # ---- the model call -----------------------------------------------------

    def wrap_model_call(
        self, request: ModelRequest, handler: Callable[[ModelRequest], Response]
    ) -> Response | ExtendedModelResponse[Any]:
        """Call the model, assess a final answer, and act on low confidence."""
        request = self._chosen(request)
        response, assessment = self._assess(request, _call(request, handler, self.settings))
        if (stronger := self._taking_over(request, assessment)) is None:
            return self._decided(response, assessment)
        request = request.override(model=stronger)
        return self._handed_over(*self._assess(request, _call(request, handler, self.settings)))

    async def awrap_model_call(
        self, request: ModelRequest, handler: Callable[[ModelRequest], Awaitable[Response]]
    ) -> Response | ExtendedModelResponse[Any]:
        """The same for an agent that runs asynchronously; the assessment runs in a thread."""
        request = self._chosen(request)
        response = await _acall(request, handler, self.settings)
        response, assessment = await asyncio.to_thread(self._assess, request, response)
        if (stronger := self._taking_over(request, assessment)) is None:
            return self._decided(response, assessment)
        request = request.override(model=stronger)
        response = await _acall(request, handler, self.settings)
        return self._handed_over(*await asyncio.to_thread(self._assess, request, response))

    def _chosen(self, request: ModelRequest) -> ModelRequest:
        """The request to the stronger model, if it has taken over in this run."""
        handed_over = request.state.get("credence_handed_over")
        return request.override(model=self.stronger) if self.stronger and handed_over else request

    def _assess(self, request: ModelRequest, response: Response) -> tuple[Response, Assessment | None]:
        return assessed(
            request,
            response,
            self.settings,
            self.score_with,
            lambda found: at_threshold(found, self.threshold),
        )

    def _taking_over(self, request: ModelRequest, assessment: Assessment | None) -> BaseChatModel | None:
        """The stronger model, if the agent's own has just given an answer of low confidence."""
        low = assessment is not None and assessment.decision.abstain
        return self.stronger if low and request.model is not self.stronger else None

    def _decided(
        self, response: Response, assessment: Assessment | None
    ) -> Response | ExtendedModelResponse[Any]:
        if self.action != "abstain" or assessment is None or not assessment.decision.abstain:
            return response
        message = final_answer(response)
        assert message is not None
        sentence = abstention(message, assessment)
        if response.structured_response is None:
            return replaced(response, message, sentence)
        withheld = ModelResponse(result=[sentence], structured_response=None)
        return ExtendedModelResponse(withheld, Command(update={"credence_withheld": True}))

    def _handed_over(
        self, response: Response, assessment: Assessment | None
    ) -> Response | ExtendedModelResponse[Any]:
        """The stronger model's response; if it calls a tool, it also gets the result."""
        if assessment is not None:
            return response
        return ExtendedModelResponse(response, Command(update={"credence_handed_over": True}))

    # ---- a run, and a person ------------------------------------------------

    def before_agent(self, state: ConfidenceState, runtime: Runtime[Any]) -> dict[str, Any] | None:
        """A new run starts with the agent's own model."""
        return {"credence_handed_over": False, "credence_withheld": False}

    @hook_config(can_jump_to=["end"])
    def after_model(self, state: ConfidenceState, runtime: Runtime[Any]) -> dict[str, Any] | None:
        """Interrupt the agent for a person if its answer is of low confidence; end it if a structured one is withheld."""
        if state.get("credence_withheld"):  # the agent would ask again until it has a structured answer
            return {"jump_to": "end"}
        if self.action != "ask_person":
            return None
        message = next((one for one in reversed(state["messages"]) if isinstance(one, AIMessage)), None)
        assessment = assessment_of(message) if message else None
        if message is None or assessment is None or not assessment.decision.abstain:
            return None
        decision = interrupt(question_for(assessment))
        return {"messages": [answer_after(decision, message, assessment)]}


def _call(request: ModelRequest, handler: Callable[[ModelRequest], Response], settings: Settings) -> Response:
    """The model's response with log-probabilities, or without them if the server rejects them."""
    negotiation, wanted = Negotiation(server_of(request.model)), logprob_options(request.model, settings)
    while True:
        sent = negotiation.allowed(wanted)
        try:
            response = handler(with_options(request, sent))
        except Exception as error:  # a provider's own class of error
            if not negotiation.goes_on(error, sent):
                raise
            continue
        negotiation.succeeded()
        return response


async def _acall(
    request: ModelRequest, handler: Callable[[ModelRequest], Awaitable[Response]], settings: Settings
) -> Response:
    """The same as ``_call``, for an asynchronous model."""
    negotiation, wanted = Negotiation(server_of(request.model)), logprob_options(request.model, settings)
    while True:
        sent = negotiation.allowed(wanted)
        try:
            response = await handler(with_options(request, sent))
        except Exception as error:  # a provider's own class of error
            if not negotiation.goes_on(error, sent):
                raise
            continue
        negotiation.succeeded()
        return response
