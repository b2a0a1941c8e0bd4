"""The requests for one reply of a server, and how much of the reply has arrived."""

from collections.abc import Iterator
from typing import Any

from langchain_core.messages import AIMessageChunk
from langchain_core.messages.ai import UsageMetadata, subtract_usage
from langchain_core.outputs import ChatGenerationChunk

from chains.engines.servers.accepted_options import TRIES, accepted, remember
from chains.engines.servers.errors import error_body


class Attempt:
    """The requests for one reply; after a rejection, the next request sends less."""

    def __init__(self, server: tuple[str, str]) -> None:
        self._server = server
        self._accepted = accepted(server)
        self._sent: dict[str, Any] = {}
        self._tries = 0
        self._ended = False
        self._usage: UsageMetadata | None = None
        self.begun = self.done = False

    def send(self, payload: dict[str, Any]) -> None:
        """Change a payload in place to what the server accepts."""
        self._accepted.apply(payload)
        self._sent = dict(payload)

    def again(self, error: Exception) -> bool:
        """Whether to send the request again, because the error names a rejected parameter."""
        self._tries += 1
        if self.begun or self._tries >= TRIES:
            return False
        return self._accepted.learn_from(
            error_body(error) if isinstance(error, ValueError) else error, self._sent
        )

    def got(self, chunk: ChatGenerationChunk) -> None:
        """Record a chunk; its usage becomes what is new, because servers that report it repeatedly report the total."""
        if not self.begun:
            self.worked()
        self.begun = True
        message = chunk.message
        if isinstance(message, AIMessageChunk) and (total := message.usage_metadata):
            message.usage_metadata = subtract_usage(total, self._usage) if self._usage else total
            self._usage = total
        self._ended = self._ended or bool((chunk.generation_info or {}).get("finish_reason"))

    def worked(self) -> None:
        """Remember what was sent, because the server answered."""
        if self._tries:
            remember(self._server, self._accepted)

    def end(self, watched: bool) -> Iterator[ChatGenerationChunk]:
        """End a stream: if the server sent only ``[DONE]``, the reply is complete."""
        self.done = True
        if watched and not self._ended:  # a broken stream would have raised an error
            last = AIMessageChunk(content="")
            yield ChatGenerationChunk(message=last, generation_info={"finish_reason": "stop"})
