"""A wrapper that adds an assessment to the messages of any chat model."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.chat_models import generate_from_stream
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable, RunnableBinding

from chains.engines.servers.option_names import named_options
from chains.identity import identity
from chains.messages import from_langchain
from chains.pass_through import stream_through
from chains.pipeline.pipeline import confidence_pipeline
from chains.replies import QUIET, as_question, assess_answer, is_plain, read_reply
from chains.settings import Settings
from estimators.types import Assessment, Question


class ConfidentChatModel(BaseChatModel):
    """Wraps a chat model: the same words, with an assessment on the message.

    Messages are sent unchanged, with tools, images and the schema of a structured
    output. The assessment comes with the last chunk, as a dictionary under
    ``response_metadata["credence"]``, which survives serialization;
    ``assessment_of(message)`` reads it. A reply that calls a tool has none, since it
    is not the answer yet.
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

    def bind_tools(
        self, tools: Sequence[Any], *, tool_choice: Any = None, **options: Any
    ) -> Runnable[Any, AIMessage]:
        """The wrapper with tools that the wrapped model may call, in that model's own form."""
        choice = {} if tool_choice is None else {"tool_choice": tool_choice}
        bound = self.model.bind_tools(tools, **choice, **options)
        own = dict(bound.kwargs) if isinstance(bound, RunnableBinding) else {}
        return self.bind(**own, bound=True, structured="ls_structured_output_format" in options)

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
        changes = {name: options.pop(name) for name in [*options] if name in Settings.model_fields}
        if options or stop or not all(map(is_plain, messages)):
            return self._passed(messages, stop, changes, **options)
        return self._asked(messages, changes)

    def _asked(
        self, messages: list[BaseMessage], changes: Mapping[str, Any]
    ) -> Iterator[ChatGenerationChunk]:
        """Ask a conversation of plain text through the pipeline."""
        *history, last = from_langchain(messages)
        if last.role != "user":
            raise ValueError(f"the last message must be from the user, not from the {last.role}")
        question = Question(last.content, tuple(history))
        shown = 0
        for turn in confidence_pipeline(self.model, self.settings, **changes).stream(question, QUIET):
            text = turn.answer.text if turn.answer else ""
            if len(text) > shown:
                yield ChatGenerationChunk(message=AIMessageChunk(content=text[shown:]))
                shown = len(text)
            if turn.assessment is not None:
                yield _assessed(turn.assessment, turn.assessment.evidence.answer.finish)

    def _passed(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None,
        changes: Mapping[str, Any],
        *,
        bound: bool = False,
        structured: bool = False,
        **options: Any,
    ) -> Iterator[ChatGenerationChunk]:
        """Send messages and options as they are, and assess the reply unless it calls a tool.

        ``bound``: tools are bound, even if the model needs no option for them. ``structured``: the tool call is the
        answer.
        """
        as_question(messages)  # refuses what could not be assessed before the model is asked
        settings = Settings.model_validate({**self.settings.model_dump(), **changes})
        chosen = self.settings.model_fields_set | set(changes)
        asked: dict[str, Any] = {
            name: getattr(settings, name) for name in ("temperature", "max_tokens", "seed") if name in chosen
        }
        asked |= {"logprobs": True, "top_logprobs": settings.top_logprobs}
        whole: AIMessageChunk | None = None
        for chunk in stream_through(self.model, messages, named_options(self.model, asked), options, stop):
            whole = chunk if whole is None else whole + chunk
            yield ChatGenerationChunk(message=chunk)
        if whole is None or ((whole.tool_calls or whole.invalid_tool_calls) and not structured):
            return
        answer = read_reply(whole, structured=structured)
        yield _assessed(assess_answer(self.model, messages, answer, settings))


def _assessed(assessment: Assessment, finish: str = "") -> ChatGenerationChunk:
    """The chunk that carries an assessment, after all words."""
    info = {"credence": assessment.to_dict(), **({"finish_reason": finish} if finish else {})}
    return ChatGenerationChunk(message=AIMessageChunk(content=""), generation_info=info)


def with_confidence(
    chat_model: BaseChatModel, settings: Settings | None = None, **changes: Any
) -> ConfidentChatModel:
    """Wrap a chat model so that each of its messages carries an Assessment; sync, async, batch and stream.

    ``changes`` are fields of Settings, for example ``signals=("p_true_third",)``.
    """
    fields = {**(settings or Settings()).model_dump(exclude_unset=True), **changes}
    wrapped = ConfidentChatModel(model=chat_model, settings=Settings.model_validate(fields))
    wrapped.metadata = {"credence": identity(chat_model)}
    wrapped.profile = chat_model.profile
    return wrapped


def with_assessment(message: AIMessage, assessment: Assessment) -> AIMessage:
    """A copy of a message that carries this assessment."""
    metadata = {**message.response_metadata, "credence": assessment.to_dict()}
    return message.model_copy(update={"response_metadata": metadata})


def assessment_of(message: BaseMessage) -> Assessment | None:
    """The assessment that a message carries, or None."""
    record = message.response_metadata.get("credence")
    return None if record is None else Assessment.from_dict(record)
