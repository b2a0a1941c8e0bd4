"""A LangChain callback that is told of every assessment, whether a model or an agent made it."""

from typing import Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.outputs import ChatGeneration, LLMResult

from chains.with_confidence import assessment_of
from estimators.types import Assessment

EVENT = "credence.assessment"  # the custom event of an agent's final answer; its data is the record


class AssessmentHandler(BaseCallbackHandler):
    """Calls ``assessed`` with the run that each assessment belongs to: a model call, or an agent's whole run."""

    run_inline = True  # in order, also in asynchronous runs

    def __init__(self) -> None:
        self._parents: dict[UUID, UUID | None] = {}

    def assessed(self, run_id: UUID, assessment: Assessment) -> None:
        """Take note of an assessment; to be defined by a subclass."""
        raise NotImplementedError

    def root(self, run_id: UUID) -> UUID:
        """The outermost run that contains this one."""
        while (parent := self._parents.get(run_id)) is not None:
            run_id = parent
        return run_id

    def on_chain_start(
        self, serialized: Any, inputs: Any, *, run_id: UUID, parent_run_id: UUID | None = None, **more: Any
    ) -> None:
        self._parents[run_id] = parent_run_id

    def on_chain_end(self, outputs: Any, *, run_id: UUID, **more: Any) -> None:
        self._parents.pop(run_id, None)

    def on_chain_error(self, error: BaseException, *, run_id: UUID, **more: Any) -> None:
        self._parents.pop(run_id, None)

    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **more: Any) -> None:
        generation = response.generations[0][0] if response.generations and response.generations[0] else None
        assessment = assessment_of(generation.message) if isinstance(generation, ChatGeneration) else None
        if assessment is not None:
            self.assessed(run_id, assessment)

    def on_custom_event(self, name: str, data: Any, *, run_id: UUID, **more: Any) -> None:
        if name == EVENT:
            self.assessed(self.root(run_id), Assessment.from_dict(data))
