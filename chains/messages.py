"""Between LangChain's messages and ours: the one place that reads OpenAI-shaped log-probabilities."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, SystemMessage
from langchain_core.messages.ai import UsageMetadata, add_usage

from estimators.types import Answer, Message, Token

NO_LOGPROBS = "the server returned no log-probabilities"
NOT_JOINING = "the tokens that the server sent do not join to its text"
_CLASSES = {"system": SystemMessage, "user": HumanMessage, "assistant": AIMessage}
_ROLES = {"system": "system", "human": "user", "ai": "assistant", "AIMessageChunk": "assistant"}


def to_langchain(messages: Iterable[Message]) -> list[BaseMessage]:
    """Our messages as LangChain's."""
    return [_CLASSES[message.role](message.content) for message in messages]


def from_langchain(messages: Iterable[BaseMessage]) -> tuple[Message, ...]:
    """LangChain's messages as ours; raises ValueError for a tool message, which has no place here."""
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
    """Collects a streamed reply: its text, its tokens with log-probabilities, what it used.

    Pieces of one character are merged into one token whose log-probability is
    the sum over its pieces; end-of-sequence tokens are left out.
    """

    def __init__(self) -> None:
        self.text = ""
        self.tokens: list[Token] = []
        self.usage: UsageMetadata | None = None
        self.finish = "stop"
        self._pieces: list[Mapping[str, Any]] = []
        self._unknown = False

    def add(self, chunk: AIMessageChunk | AIMessage) -> None:
        """Take the next chunk of the reply (or the whole of it)."""
        self.text += str(chunk.text)
        if chunk.usage_metadata:
            self.usage = add_usage(self.usage, chunk.usage_metadata)
        metadata = chunk.response_metadata
        if metadata.get("finish_reason") == "length":
            self.finish = "length"
        for entry in (metadata.get("logprobs") or {}).get("content") or ():
            self._add_entry(entry)

    def answer(self, finish: str | None = None) -> Answer:
        """The reply as it stands now."""
        finish = finish or self.finish
        if not self.text:
            return Answer("", finish=finish, missing="the reply is empty")
        tokens = _fit(self.tokens, self.text)
        if tokens and not self._unknown:
            return Answer(self.text, tokens, finish=finish)
        return Answer(self.text, finish=finish, missing=NOT_JOINING if self.tokens else NO_LOGPROBS)

    def _add_entry(self, entry: Mapping[str, Any]) -> None:
        if entry.get("logprob") is None:  # a piece whose probability the engine could not tell
            self._unknown = True
            return
        if not _bytes(entry):
            return
        self._pieces.append(entry)
        try:
            text = b"".join(_bytes(piece) for piece in self._pieces).decode()
        except UnicodeDecodeError:
            return
        logprob = sum(_nats(piece["logprob"]) for piece in self._pieces)
        top = _top(entry) if len(self._pieces) == 1 else ()
        self.tokens.append(Token(text, logprob, top))
        self._pieces.clear()


def _bytes(entry: Mapping[str, Any]) -> bytes:
    raw = entry.get("bytes")
    return bytes(raw) if raw is not None else str(entry["token"]).encode()


def _nats(value: float) -> float:
    """Engines report 0.0 with rounding noise above it, and -inf for what cannot be: keep it finite and ≤ 0."""
    return max(min(float(value), 0.0), -9999.0)


def _top(entry: Mapping[str, Any]) -> tuple[tuple[str, float], ...]:
    alternatives = entry.get("top_logprobs") or ()
    pairs = ((_bytes(one).decode(errors="replace"), _nats(one["logprob"])) for one in alternatives)
    return tuple(sorted(pairs, key=lambda pair: -pair[1]))


def _fit(tokens: Sequence[Token], text: str) -> tuple[Token, ...]:
    """The tokens that join to the text: trailing ones beyond it (a stop token) fall away; else none."""
    kept, length = [], 0
    for token in tokens:
        if length == len(text):
            break
        if not text.startswith(token.text, length):
            return ()
        kept.append(token)
        length += len(token.text)
    return tuple(kept) if length == len(text) else ()
