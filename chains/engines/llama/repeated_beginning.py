"""Drops the beginning of an answer that some versions of llama-server send again before what they add to it."""

from typing import Any

from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk

Entries = list[dict[str, Any]]


def beginning(messages: list[BaseMessage]) -> str:
    """The text that a reply goes on from; empty if it begins from nothing."""
    return str(messages[-1].text) if messages and messages[-1].type == "ai" else ""


class RepeatedBeginning:
    """Takes ``begun`` off the first text of a stream, if the tokens sent with that text do not account for it."""

    def __init__(self, begun: str) -> None:
        self._begun = begun

    def __call__(self, chunk: ChatGenerationChunk, entries: Entries) -> ChatGenerationChunk:
        """The chunk without the beginning."""
        begun, text = self._begun, chunk.text
        if not begun or not text:
            return chunk
        self._begun = ""
        if not text.startswith(begun) or _written(entries) == text:
            return chunk
        message = chunk.message.model_copy(update={"content": text[len(begun) :]})
        return ChatGenerationChunk(message=message, generation_info=chunk.generation_info)


def _written(entries: Entries) -> str:
    return b"".join(bytes(entry.get("bytes") or ()) for entry in entries).decode(errors="replace")
