"""Agents around scripted models: one unsure of its answer, one sure, and one that looks something up first."""

from typing import Any

from langchain_core.messages import AIMessage

from chains.engines.scripted import ScriptedReply
from tests.chains.script import QUESTION, NotingModel, replies
from tests.chains.tool_model import ToolCallingModel

ASKED: Any = {"messages": [{"role": "user", "content": QUESTION}]}
SURE = "Canberra, for certain."


def look_up(q: str) -> str:
    """Look something up."""
    return f"about the {q}"


def unsure(**more: Any) -> ToolCallingModel:
    """Answers with a probability of 40 % for the word that answers."""
    return ToolCallingModel(replies=replies(), **more)


def sure(**more: Any) -> ToolCallingModel:
    """Answers with a token probability of 99 %."""
    sentence = ScriptedReply.of(SURE, 0.99, match="capital")
    probes = [reply for reply in replies() if reply.match and "B. " not in reply.match]
    return ToolCallingModel(replies=(*probes, sentence), **more)


def without_logprobs() -> NotingModel:
    """Answers like ``unsure``, from a server without log-probabilities."""
    return NotingModel(replies=replies(logprobs=False))


def last(result: dict[str, Any]) -> AIMessage:
    message = result["messages"][-1]
    assert isinstance(message, AIMessage)
    return message
