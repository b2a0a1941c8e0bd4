"""Converting between LangChain's messages and ours."""

from collections.abc import Iterable

from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, SystemMessage
from langchain_core.messages.ai import UsageMetadata, add_usage

from chains.engines.logprob_shapes import logprob_entries
from chains.engines.token_texts import FittedTokens
from chains.finish import INCOMPLETE, read_finish
from estimators.types import Answer, Message

NO_LOGPROBS = "the server sends no log-probabilities"
INCOMPLETE_LOGPROBS = "the server does not send the log-probability of every token"
NOT_JOINING = "the tokens from the server do not add up to its text"
_CLASSES = {"system": SystemMessage, "user": HumanMessage, "assistant": AIMessage}
_ROLES = {"system": "system", "human": "user", "ai": "assistant", "AIMessageChunk": "assistant"}


def to_langchain(messages: Iterable[Message]) -> list[BaseMessage]:
    """Our messages as LangChain's."""
    return [_CLASSES[message.role](message.content) for message in messages]


def from_langchain(messages: Iterable[BaseMessage]) -> tuple[Message, ...]:
    """LangChain's messages as ours; raises ValueError for a tool message, which we cannot judge."""
    ours = []
    for message in messages:
        role = _ROLES.get(message.type)
        if role is None:
            raise ValueError(
                f"a message of type {message.type!r} cannot be judged; send user and assistant turns"
            )
        ours.append(Message(role, str(message.text)))  # type: ignore[arg-type]
    return tuple(ours)


class ReplyReader:
    """Collects a reply, streamed or whole: its text, tokens with log-probabilities, usage, and why it ended.

    Tokens that together make up one character are merged into one token, whose
    log-probability is the sum of theirs; special tokens are left out.
    """

    def __init__(self, *, tells_end: bool = False) -> None:
        """``tells_end``: the model always reports why a streamed reply ended, so no report means it broke off."""
        self.text = ""
        self.usage: UsageMetadata | None = None
        self._tokens = FittedTokens()
        self._tells_end = tells_end
        self._end = ""

    @property
    def finish(self) -> str:
        """Why the reply ended, as in ``Answer.finish``; ``incomplete`` if the model should have said so but did not."""
        return self._end or (INCOMPLETE if self._tells_end else "stop")

    def add(self, chunk: AIMessageChunk | AIMessage) -> None:
        """Take the next chunk of the reply (or the whole of it)."""
        text = str(chunk.text)
        self.text += text
        if chunk.usage_metadata:
            self.usage = add_usage(self.usage, chunk.usage_metadata)
        self._end = read_finish(chunk.response_metadata) or self._end
        if not isinstance(chunk, AIMessageChunk):
            self._end = self._end or "stop"  # a message that was not streamed is complete
        self._tokens.add(text, logprob_entries(chunk.response_metadata))

    def answer(self, finish: str | None = None) -> Answer:
        """The reply so far."""
        finish = finish or self._end or "stop"
        if not self.text:
            return Answer("", finish=finish, missing="the reply is empty")
        tokens = self._tokens
        if not tokens.seen or (tokens.whole and not tokens.tokens):
            return Answer(self.text, finish=finish, missing=NO_LOGPROBS)
        if not tokens.whole or tokens.unknown:
            return Answer(
                self.text, finish=finish, missing=INCOMPLETE_LOGPROBS if tokens.whole else NOT_JOINING
            )
        return Answer(self.text, tuple(tokens.tokens), finish=finish)
