"""Assesses a reply that a model has already given, after any conversation: with tools, images, structured output."""

import json
from collections.abc import Sequence
from dataclasses import replace

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, SystemMessage, ToolCall, ToolMessage
from langchain_core.runnables import RunnableConfig
from langgraph.constants import TAG_NOSTREAM

from chains.calibration.apply import needed_signals
from chains.calibration.fitting import fitting
from chains.engines.absent import absent_model
from chains.errors import MessageTooLong
from chains.identity import identity
from chains.messages import ReplyReader
from chains.pipeline.pipeline import begin, confidence_pipeline
from chains.pipeline.probing.needs import missing_probes
from chains.pipeline.turn import Turn, answered
from chains.settings import Settings
from estimators.parsing.options import find_options
from estimators.types import Answer, Assessment, Message, Probe, Question

QUIET: RunnableConfig = {"tags": [TAG_NOSTREAM]}  # our own calls do not appear in the stream of an agent
STRUCTURED = "a structured answer comes without token probabilities"
UNSEEN = "a follow-up question carries only text, and the conversation has more ({})"
_TEXT = ("text", "reasoning", "tool_call", "invalid_tool_call", "non_standard")


def is_plain(message: BaseMessage) -> bool:
    """Whether a message is only text, without tools, images or other parts."""
    calls = isinstance(message, AIMessage) and bool(message.tool_calls)
    return not (calls or isinstance(message, ToolMessage) or other_parts((message,)))


def other_parts(messages: Sequence[BaseMessage]) -> tuple[str, ...]:
    """The kinds of parts in a conversation that are not text, such as "image", each once."""
    blocks = (
        block["type"]
        for message in messages
        if isinstance(message.content, list)
        for block in message.content_blocks
    )
    return tuple(dict.fromkeys(kind for kind in blocks if not kind.startswith(_TEXT)))


def as_question(messages: Sequence[BaseMessage]) -> Question:
    """A conversation as the question that its reply answers, in words.

    The results of tools follow the message that led to them, since the reply is an answer to both. What a model said
    while it called a tool is left out; an image is named. System messages come first, as one. Raises ValueError if
    the last message is the model's own, or is of an unknown kind.
    """
    system: list[str] = []
    turns: list[Message] = []
    calls: dict[str, ToolCall] = {}
    for message in messages:
        if isinstance(message, SystemMessage):
            system.append(_words(message))
        elif isinstance(message, AIMessage):
            calls |= {call["id"] or "": call for call in message.tool_calls}
            if not message.tool_calls:
                turns.append(Message("assistant", _words(message)))
        elif isinstance(message, ToolMessage):
            _add(turns, f"{_call_words(message, calls)}\n{_words(message)}")
        elif message.type == "human":
            _add(turns, _words(message))
        else:
            raise ValueError(
                f"a message of type {message.type!r} cannot be judged; send system, user, assistant and tool messages"
            )
    if not turns or turns[-1].role != "user":
        raise ValueError("the last message must be from the user or a tool, not from the assistant")
    first = (Message("system", "\n\n".join(system)),) if system else ()
    return Question(turns[-1].content, (*first, *turns[:-1]))


def _add(turns: list[Message], text: str) -> None:
    """Add a text of the user's side; two in a row are one message."""
    if turns and turns[-1].role == "user":
        text = f"{turns.pop().content}\n\n{text}"
    turns.append(Message("user", text))


def _words(message: BaseMessage) -> str:
    parts = [str(message.text), *(f"[{kind}]" for kind in other_parts((message,)))]
    return "\n".join(part for part in parts if part)


def _call_words(message: ToolMessage, calls: dict[str, ToolCall]) -> str:
    call = calls.get(message.tool_call_id)
    name = message.name or (call["name"] if call else "a tool")
    arguments = json.dumps(call["args"], ensure_ascii=False) if call else ""
    return f"Result of {name}({arguments}):"


def read_reply(reply: AIMessage, *, structured: bool = False) -> Answer:
    """The answer in a reply, with its tokens; ``structured``: its tool call is the answer."""
    if structured and reply.tool_calls:
        text = json.dumps(reply.tool_calls[0]["args"], ensure_ascii=False)
        return Answer(text, missing=STRUCTURED)
    reader = ReplyReader()
    reader.add(reply)
    return reader.answer()


def assess_answer(
    model: BaseChatModel,
    messages: Sequence[BaseMessage],
    answer: Answer,
    settings: Settings | None = None,
) -> Assessment:
    """Assess an answer that the model gave to these messages; the model is asked about it, but not for it.

    A follow-up question carries text only. If the conversation has images or other parts, none is asked, and the
    signals that need one are missing, with the reason; likewise if the conversation is too long to be sent again.
    """
    settings = settings or Settings()
    question = as_question(messages)
    try:
        turn = begin(model, settings, question)
    except (
        MessageTooLong
    ) as error:  # with the results of tools, a conversation can be longer than the model reads
        model = absent_model(identity(model), str(error))
        turn = begin(model, settings, question)
    fit = fitting(model, settings.calibration)
    asked = next((str(message.text) for message in reversed(messages) if message.type == "human"), "")
    turn = replace(turn, options=find_options(asked)[1], fit=fit)
    turn = answered(replace(turn, needed=needed_signals(fit.part(turn.kind), settings)), answer)
    if unseen := other_parts(messages):
        turn = _without_probes(turn, UNSEEN.format(", ".join(unseen)))
    assessment = confidence_pipeline(model, turn.settings).invoke(turn, QUIET).assessment
    assert assessment is not None
    return assessment


def _without_probes(turn: Turn, reason: str) -> Turn:
    """The turn with an empty reply for each of its probes, and no claims or samples."""
    turn = replace(turn, settings=turn.settings.model_copy(update={"claims": 0, "samples": 0}))
    probes = {kind.name: Probe(kind.name, (), Answer("", missing=reason)) for kind in missing_probes(turn)}
    return replace(turn, probes=probes)
