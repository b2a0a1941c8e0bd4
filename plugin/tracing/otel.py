"""OpenTelemetry spans for model calls and agents, with the confidence of their answers.

Names follow the semantic conventions for generative AI; texts of messages are never recorded.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from langchain_core.outputs import ChatGeneration, LLMResult
from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer, TracerProvider

from estimators.types import Assessment
from plugin.tracing.assessments import AssessmentHandler

AGENT = "langchain_create_agent"
_REQUEST = {
    "ls_provider": "gen_ai.provider.name",
    "ls_model_name": "gen_ai.request.model",
    "ls_temperature": "gen_ai.request.temperature",
    "ls_max_tokens": "gen_ai.request.max_tokens",
}


class OpenTelemetrySpans(AssessmentHandler):
    """A callback that records a span for each chat model call and each agent run.

    The span of an answer has ``credence.confidence`` (or ``credence.missing``, the reason why there is none),
    ``credence.calibrated``, ``credence.abstain`` and ``credence.signal``, and the event ``gen_ai.evaluation.result``.
    ``provider``: where the spans go; None: the provider of the process.
    """

    def __init__(self, provider: TracerProvider | None = None) -> None:
        super().__init__()
        self._tracer: Tracer = trace.get_tracer("credence", tracer_provider=provider)
        self._spans: dict[UUID, Span] = {}

    def assessed(self, run_id: UUID, assessment: Assessment) -> None:
        """Put the confidence on the span of the run."""
        if span := self._spans.get(run_id):
            span.set_attributes(attributes(assessment))
            span.add_event("gen_ai.evaluation.result", evaluation(assessment))

    def on_chat_model_start(
        self,
        serialized: Any,
        messages: Any,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        metadata: dict[str, Any] | None = None,
        **more: Any,
    ) -> None:
        known = {name: (metadata or {}).get(key) for key, name in _REQUEST.items()}
        asked = {name: value for name, value in known.items() if value is not None}
        name = f"chat {asked.get('gen_ai.request.model', '')}".strip()
        asked["gen_ai.operation.name"] = "chat"
        self._start(run_id, parent_run_id, name, SpanKind.CLIENT, asked)

    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **more: Any) -> None:
        super().on_llm_end(response, run_id=run_id, **more)
        if span := self._spans.pop(run_id, None):
            span.set_attributes(_reply_attributes(response))
            span.end()

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **more: Any) -> None:
        self._failed(run_id, error)

    def on_chain_start(
        self,
        serialized: Any,
        inputs: Any,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        metadata: dict[str, Any] | None = None,
        **more: Any,
    ) -> None:
        super().on_chain_start(serialized, inputs, run_id=run_id, parent_run_id=parent_run_id)
        if parent_run_id is None and (metadata or {}).get("ls_integration") == AGENT:
            agent = (metadata or {}).get("lc_agent_name", "")
            named = {"gen_ai.agent.name": agent} if agent else {}
            about = {"gen_ai.operation.name": "invoke_agent", **named}
            self._start(run_id, None, f"invoke_agent {agent}".strip(), SpanKind.INTERNAL, about)

    def on_chain_end(self, outputs: Any, *, run_id: UUID, **more: Any) -> None:
        super().on_chain_end(outputs, run_id=run_id)
        if span := self._spans.pop(run_id, None):
            span.end()

    def on_chain_error(self, error: BaseException, *, run_id: UUID, **more: Any) -> None:
        super().on_chain_error(error, run_id=run_id)
        self._failed(run_id, error)

    def _start(
        self, run_id: UUID, parent: UUID | None, name: str, kind: SpanKind, about: Mapping[str, Any]
    ) -> None:
        """A span inside that of its parent run, or inside the current span of the process."""
        outer = self._spans.get(self.root(parent)) if parent else None
        context = trace.set_span_in_context(outer) if outer else None
        self._spans[run_id] = self._tracer.start_span(name, context, kind, about)

    def _failed(self, run_id: UUID, error: BaseException) -> None:
        if span := self._spans.pop(run_id, None):
            span.set_attribute("error.type", type(error).__qualname__)
            span.set_status(Status(StatusCode.ERROR, str(error)))
            span.end()


def attributes(assessment: Assessment) -> dict[str, str | bool | float]:
    """The confidence of an answer as attributes of a span; without a confidence, the reason."""
    decision = assessment.decision
    confidence = decision.confidence
    known = (
        {"credence.missing": decision.reason} if confidence is None else {"credence.confidence": confidence}
    )
    return {
        **known,
        "credence.calibrated": decision.calibrated,
        "credence.abstain": decision.abstain,
        "credence.signal": decision.signal,
    }


def evaluation(assessment: Assessment) -> dict[str, str | float]:
    """The confidence as the attributes of an evaluation result."""
    decision = assessment.decision
    score = {} if decision.confidence is None else {"gen_ai.evaluation.score.value": decision.confidence}
    label = "missing" if decision.confidence is None else "abstain" if decision.abstain else "show"
    return {
        "gen_ai.evaluation.name": "credence.confidence",
        **score,
        "gen_ai.evaluation.score.label": label,
        "gen_ai.evaluation.explanation": decision.reason,
    }


def _reply_attributes(response: LLMResult) -> dict[str, Any]:
    generation = response.generations[0][0] if response.generations and response.generations[0] else None
    if not isinstance(generation, ChatGeneration):
        return {}
    message, found = generation.message, {}
    metadata, usage = message.response_metadata, getattr(message, "usage_metadata", None) or {}
    for key, name in (("model_name", "gen_ai.response.model"), ("id", "gen_ai.response.id")):
        if isinstance(metadata.get(key), str):
            found[name] = metadata[key]
    if finish := metadata.get("finish_reason"):
        found["gen_ai.response.finish_reasons"] = [str(finish)]
    for key in ("input_tokens", "output_tokens"):
        if key in usage:
            found[f"gen_ai.usage.{key}"] = usage[key]
    return found
