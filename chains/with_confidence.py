"""A wrapper that adds an assessment to the messages of any chat model."""

from collections.abc import Iterator
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.chat_models import generate_from_stream
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult

from chains.identity import identity
from chains.messages import from_langchain
from chains.pipeline.pipeline import confidence_pipeline
from chains.settings import Settings
from estimators.types import Assessment, Question


class ConfidentChatModel(BaseChatModel):
    """Wraps a chat model: the same words, with an assessment on the message.

    Messages are sent unchanged. The assessment comes with the last chunk, as a
    dictionary under ``response_metadata["credence"]``, which survives
    serialization; ``assessment_of(message)`` reads it.
    """

    model: BaseChatModel
    settings: Settings = Settings()

    @property
    def _llm_type(self) -> str:
        return "credence"

    def get_num_tokens_from_messages(
        self, messages: list[BaseMessage], tools: Any = None, **options: Any
    ) -> int:
        return self.model.get_num_tokens_from_messages(messages, **options)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **options: Any,
    ) -> ChatResult:
        return generate_from_stream(self._stream(messages, stop, run_manager, **options))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **options: Any,
    ) -> Iterator[ChatGenerationChunk]:
        *history, last = from_langchain(messages)
        if last.role != "user":
            raise ValueError(f"the last message must be from the user, not from the {last.role}")
        question = Question(last.content, tuple(history))
        changes = {name: value for name, value in options.items() if name in Settings.model_fields}
        shown = 0
        for turn in confidence_pipeline(self.model, self.settings, **changes).stream(question):
            text = turn.answer.text if turn.answer else ""
            if len(text) > shown:
                yield ChatGenerationChunk(message=AIMessageChunk(content=text[shown:]))
                shown = len(text)
            if turn.assessment is not None:
                finish = turn.assessment.evidence.answer.finish
                info = {"credence": turn.assessment.to_dict(), "finish_reason": finish}
                yield ChatGenerationChunk(message=AIMessageChunk(content=""), generation_info=info)


def with_confidence(
    chat_model: BaseChatModel, settings: Settings | None = None, **changes: Any
) -> ConfidentChatModel:
    """Wrap a chat model so that each of its messages carries an Assessment; sync, async, batch and stream.

    ``changes`` are fields of Settings, for example ``signals=("p_true_third",)``.
    """
    fields = {**(settings or Settings()).model_dump(), **changes}
    wrapped = ConfidentChatModel(model=chat_model, settings=Settings.model_validate(fields))
    wrapped.metadata = {"credence": identity(chat_model)}
    wrapped.profile = chat_model.profile
    return wrapped


def assessment_of(message: BaseMessage) -> Assessment | None:
    """The assessment that a message carries, or None."""
    record = message.response_metadata.get("credence")
    return None if record is None else Assessment.from_dict(record)
