"""A scripted model that also calls tools."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk
from langchain_core.runnables import Runnable
from langchain_core.utils.function_calling import convert_to_openai_tool

from tests.chains.script import NotingModel, replies


class ToolCallingModel(NotingModel):
    """Calls the tool ``calls[0]`` with the arguments ``calls[1]`` when tools are bound and a person asked last."""

    calls: tuple[str, dict[str, Any]] | None = None

    def bind_tools(
        self, tools: Sequence[Any], *, tool_choice: Any = None, **options: Any
    ) -> Runnable[Any, Any]:
        choice = {} if tool_choice is None else {"tool_choice": tool_choice}
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], **choice, **options)

    def _stream(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **options: Any
    ) -> Iterator[ChatGenerationChunk]:
        if self.calls is None or not options.get("tools") or messages[-1].type != "human":
            yield from super()._stream(messages, stop, run_manager, **options)
            return
        self._received.append(list(messages))
        self._options.append(options)
        name, arguments = self.calls
        call = {
            "name": name,
            "args": json.dumps(arguments),
            "id": "call-1",
            "index": 0,
            "type": "tool_call_chunk",
        }
        message = AIMessageChunk(content="", tool_call_chunks=[call])
        yield ChatGenerationChunk(message=message, generation_info={"finish_reason": "tool_calls"})


def tool_calling(name: str, arguments: dict[str, Any], *first: Any) -> ToolCallingModel:
    """A model that calls this tool first, and answers by the usual script once it has the result."""
    return ToolCallingModel(replies=replies(*first), calls=(name, arguments))
