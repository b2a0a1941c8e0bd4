"""One reply on its way from a server: what is sent for it, and how far it has come."""

from collections.abc import Iterator
from typing import Any

from langchain_core.messages import AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk

from chains.engines.servers.accepted_options import TRIES, accepted, remember
from chains.engines.servers.errors import error_body


class Attempt:
    """The requests for one reply; each further one sends less than the one that was refused."""

    def __init__(self, server: tuple[str, str]) -> None:
        self._server = server
        self._accepted = accepted(server)
        self._sent: dict[str, Any] = {}
        self._tries = 0
        self._ended = False
        self.begun = self.done = False

    def send(self, payload: dict[str, Any]) -> None:
        """Change a payload to what the server takes, in place."""
        self._accepted.apply(payload)
        self._sent = dict(payload)

    def again(self, error: Exception) -> bool:
        """Whether a refused parameter was found in the error, so that the server is to be asked again."""
        self._tries += 1
        if self.begun or self._tries >= TRIES:
            return False
        return self._accepted.learn_from(
            error_body(error) if isinstance(error, ValueError) else error, self._sent
        )

    def got(self, chunk: ChatGenerationChunk) -> None:
        """Take note of a chunk."""
        if not self.begun:
            self.worked()
        self.begun = True
        self._ended = self._ended or bool((chunk.generation_info or {}).get("finish_reason"))

    def worked(self) -> None:
        """Remember what was sent, for the server answered it."""
        if self._tries:
            remember(self._server, self._accepted)

    def end(self, watched: bool) -> Iterator[ChatGenerationChunk]:
        """The end of a stream: a server that said no more than ``[DONE]`` means that the reply is whole."""
        self.done = True
        if watched and not self._ended:  # one that broke off would have been an error
            last = AIMessageChunk(content="")
            yield ChatGenerationChunk(message=last, generation_info={"finish_reason": "stop"})
