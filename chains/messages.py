"""Converting between LangChain's messages and ours."""

from collections.abc import Iterable, Sequence

from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, SystemMessage
from langchain_core.messages.ai import UsageMetadata, add_usage

from chains.engines.logprob_shapes import Entry, logprob_entries
from chains.engines.reasoning_shapes import reasoning_of
from chains.engines.token_texts import FittedTokens
from chains.finish import INCOMPLETE, read_finish
from estimators.parsing.reasoning import STILL_REASONING, answer_start, split_reply, written_with_reasoning
from estimators.types import Answer, Message, Reasoning, Token

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
    log-probability is the sum of theirs; special tokens are left out. Reasoning
    that comes before the answer, in tags or in a field of its own, is kept apart.
    """

    def __init__(self, *, tells_end: bool = False, opened: bool = False, begun: Answer | None = None) -> None:
        """Start to read.

        Parameters
        ----------
        tells_end : the model always reports why a streamed reply ended, so no report means it broke off
        opened : the prompt ends with the tag that opens the reasoning
        begun : the reply goes on from here
        """
        own = written_with_reasoning(begun or Answer(""))
        reasoning = begun.reasoning if begun else None
        apart = reasoning if begun and own.text == begun.text else None
        self.usage: UsageMetadata | None = None
        self._own = _Text(own.text, own.tokens, own.missing)
        self._apart = _Text(apart.text, apart.tokens, apart.missing) if apart else _Text()
        self._opened = reasoning.opened if reasoning else opened
        self._start = 0  # where the answer begins in the text, once it has begun
        self._tells_end = tells_end
        self._end = ""

    def __len__(self) -> int:
        """The characters so far."""
        return len(self._own.text) + len(self._apart.text)

    @property
    def begun(self) -> bool:
        """Whether anything has arrived, if only reasoning."""
        return len(self) > 0

    @property
    def finish(self) -> str:
        """Why the reply ended, as in ``Answer.finish``; ``incomplete`` if the model should have said so but did not."""
        return self._end or (INCOMPLETE if self._tells_end else "stop")

    def add(self, chunk: AIMessageChunk | AIMessage) -> bool:
        """Take the next chunk of the reply (or the whole of it); returns whether it holds text."""
        text, apart = str(chunk.text), reasoning_of(chunk)
        entries = logprob_entries(chunk.response_metadata)
        if apart:
            scored = not text or _covers(entries, apart)  # some servers leave out those of the reasoning
            self._apart.add(apart, entries if scored else [])
            if scored:
                entries = self._apart.left_over() if text else []
        # A tag that the server left out has entries, but no text. Google sends all entries after the text.
        if text or self._own.text or not self._apart.text:
            self._own.add(text, entries)
        if chunk.usage_metadata:
            self.usage = add_usage(self.usage, chunk.usage_metadata)
        self._end = read_finish(chunk.response_metadata) or self._end
        if not isinstance(chunk, AIMessageChunk):
            self._end = self._end or "stop"  # a message that was not streamed is complete
        return bool(text or apart)

    def answer(self, finish: str | None = None) -> Answer:
        """The reply so far; ``finish``: it has ended, for this reason."""
        growing = finish is None and not self._end
        finish = finish or self._end or "stop"
        text, tokens, missing = self._own.read()
        if self._apart.text:
            reasoning = Reasoning(*self._apart.read())
            return Answer(
                text, tokens, finish=finish, missing=missing if text else STILL_REASONING, reasoning=reasoning
            )
        reply = Answer(text, tokens, finish=finish, missing=missing)
        cut_off = growing or finish != "stop"
        start = self._start or answer_start(text, opened=self._opened, growing=cut_off)
        self._start = start if start < len(text) else 0
        return split_reply(reply, start, opened=self._opened)


def _covers(entries: list[Entry], text: str) -> bool:
    """Whether entries begin with the tokens of a text."""
    fitted = FittedTokens()
    fitted.add(text, entries)
    return fitted.whole


class _Text:
    """A text with its tokens; ``lost`` says why those of its beginning are missing."""

    def __init__(self, text: str = "", tokens: Sequence[Token] = (), lost: str = "") -> None:
        self.text = text
        self._begun, self._lost = text, lost if text and not tokens else ""
        self._fitted = FittedTokens(tokens)

    def add(self, text: str, entries: list[Entry]) -> None:
        self.text += text
        self._fitted.add(text, entries)

    def left_over(self) -> list[Entry]:
        """The entries that come after the text."""
        return self._fitted.take_waiting()

    def read(self) -> tuple[str, tuple[Token, ...], str]:
        """The text, its tokens, and why there are none."""
        fitted = self._fitted
        if not self.text:
            return "", (), "the reply is empty"
        if self._lost:
            return self.text, (), self._lost
        if self.text != self._begun and (not fitted.seen or (fitted.whole and not fitted.tokens)):
            return self.text, (), NO_LOGPROBS
        if not fitted.whole or fitted.unknown:
            return self.text, (), INCOMPLETE_LOGPROBS if fitted.whole else NOT_JOINING
        return self.text, tuple(fitted.tokens), ""
