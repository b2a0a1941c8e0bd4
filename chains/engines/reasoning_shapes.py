"""Reading the reasoning that servers and LangChain packages send apart from the answer."""

from collections.abc import Mapping
from typing import Any

from langchain_core.messages import BaseMessage

FIELDS = (
    "reasoning_content",
    "reasoning",
)  # DeepSeek, SGLang, llama.cpp, Ollama · OpenRouter, Groq, newer vLLM


def sent_reasoning(fields: Mapping[str, Any]) -> str:
    """The reasoning among the fields of a message or of a delta; empty if there is none.

    >>> sent_reasoning({"content": "", "reasoning_content": "Hm."}), sent_reasoning({"reasoning": None})
    ('Hm.', '')
    """
    return next((value for name in FIELDS if isinstance(value := fields.get(name), str) and value), "")


def reasoning_of(message: BaseMessage) -> str:
    """The reasoning that a message or chunk carries apart from its text."""
    if text := sent_reasoning(message.additional_kwargs):
        return text
    blocks = message.content if isinstance(message.content, list) else []
    return "".join(_block(block) for block in blocks if isinstance(block, Mapping))


def _block(block: Mapping[str, Any]) -> str:
    """The reasoning in one block of a message's content: a text (Anthropic, Google), or parts of one (Mistral's
    ``thinking``, the ``summary`` of OpenAI's Responses API)."""
    if block.get("type") not in ("thinking", "reasoning"):
        return ""
    text = block.get("thinking") or block.get("reasoning") or block.get("summary")
    if isinstance(text, str):
        return text
    parts = text if isinstance(text, list) else []
    return "".join(str(part.get("text") or "") for part in parts if isinstance(part, Mapping))
