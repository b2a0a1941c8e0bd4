"""A chat model that follows a script: for tests, and to show the page without a model."""

import math
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.chat_models import generate_from_stream
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from pydantic import ConfigDict, Field, PrivateAttr

from chains.engines.scoring import NO_SCORES, CannotScore, scored
from estimators.parsing.reasoning import cut_tokens
from estimators.types import Token

CONTEXT = 8192  # words


@dataclass(frozen=True, slots=True)
class ScriptedReply:
    """The reply if the last message contains ``match`` (ignoring case; empty: always)."""

    tokens: tuple[Token, ...]
    match: str = ""
    error: Exception | None = None  # raised after the tokens
    finish: str = "stop"
    logprobs: bool = True  # False: like a server without log-probabilities

    @property
    def text(self) -> str:
        """The text of the reply."""
        return "".join(token.text for token in self.tokens)

    @classmethod
    def of(cls, text: str, probability: float = 0.9, match: str = "", **more: Any) -> "ScriptedReply":
        """A reply split into words, every token with the same probability.

        >>> [token.text for token in ScriptedReply.of("a bee flies").tokens]
        ['a', ' bee', ' flies']
        """
        words = re.findall(r"\s*\S+|\s+$", text)
        logprob = math.log(probability)
        return cls(tuple(Token(word, logprob, ((word, logprob),)) for word in words), match, **more)


def _token(text: str, *top: tuple[str, float]) -> Token:
    """A token whose alternatives have the given probabilities, the emitted one among them."""
    nats = tuple((other, math.log(p)) for other, p in top)
    return Token(text, dict(nats)[text], nats)


def _words(*pairs: tuple[str, float]) -> tuple[Token, ...]:
    return tuple(_token(word, (word, p), ("…", 1 - p)) for word, p in pairs)


DEMONSTRATION: tuple[ScriptedReply, ...] = (
    ScriptedReply(
        (_token("True", ("True", 0.55), ("False", 0.43)),), "the language model's answer true or false"
    ),
    ScriptedReply((_token("True", ("True", 0.93), ("False", 0.06)),), "true or false"),
    ScriptedReply(
        (_token("4", ("4", 0.48), ("5", 0.3), ("3", 0.2)),), "the language model's answer is correct"
    ),
    ScriptedReply(_words(("90", 0.7)), "0 (certainly wrong)"),
    ScriptedReply((_token("6", ("6", 0.9), ("5", 0.09)),), "reply with its digit"),
    ScriptedReply.of("quite sure", 0.6, "in your own words"),
    ScriptedReply(
        (
            _token("B", ("B", 0.62), ("A", 0.3), ("C", 0.05)),
            *_words(
                (".", 0.98), (" It", 0.7), (" is", 0.9), (" probably", 0.4), (" this", 0.6), (" one", 0.9)
            ),
            *_words((".", 0.97)),
        ),
        "\nB. ",
    ),
    ScriptedReply(
        (
            *_words(("The", 0.93), (" capital", 0.98), (" of", 0.99), (" Australia", 0.99), (" is", 0.97)),
            _token(" probably", (" Canberra", 0.5), (" probably", 0.34), (" Sydney", 0.1), (" likely", 0.03)),
            _token(
                " Canberra", (" Canberra", 0.71), (" Sydney", 0.22), (" Melbourne", 0.05), (" Perth", 0.01)
            ),
            *_words((".", 0.96)),
        ),
    ),
)


class ScriptedChatModel(BaseChatModel):
    """Gives the first reply of its script whose ``match`` is in the last message."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    continues_begun: ClassVar[bool] = True  # it continues a final assistant message

    replies: Sequence[ScriptedReply] = DEMONSTRATION
    delay: float = 0.0  # seconds before each token
    profile: Any = Field(default_factory=lambda: {"max_input_tokens": CONTEXT})
    metadata: dict[str, Any] | None = Field(
        default_factory=lambda: {"credence": {"model": "scripted", "engine": "script", "model_sha256": None}}
    )
    _received: list[list[BaseMessage]] = PrivateAttr(default_factory=list)

    @property
    def received(self) -> list[list[BaseMessage]]:
        """The messages of every call so far."""
        return self._received

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def get_num_tokens_from_messages(self, messages: list[BaseMessage], tools: Any = None, **_: Any) -> int:
        """The number of words; a script has no tokenizer."""
        return sum(len(str(message.text).split()) for message in messages)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **options: Any,
    ) -> ChatResult:
        return generate_from_stream(self._stream(messages, stop, run_manager, **options))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **options: Any,
    ) -> Iterator[ChatGenerationChunk]:
        self._received.append(list(messages))
        reply = self._choose(messages)
        tokens = reply.tokens[: options.get("max_tokens") or None]
        for token in tokens:
            if self.delay:
                time.sleep(self.delay)
            yield self._chunk(token, reply, options)
        if reply.error is not None:
            raise reply.error
        finish = "length" if len(tokens) < len(reply.tokens) else reply.finish
        read = self.get_num_tokens_from_messages(messages)
        usage = UsageMetadata(input_tokens=read, output_tokens=len(tokens), total_tokens=read + len(tokens))
        last_chunk = AIMessageChunk(content="", usage_metadata=usage)
        yield ChatGenerationChunk(message=last_chunk, generation_info={"finish_reason": finish})

    def score(self, messages: list[BaseMessage], text: str, top_logprobs: int) -> AIMessage:
        """The tokens of the scripted reply with this text; for any other text, words with probability 0.9.

        Raises CannotScore if the script gives no log-probabilities.
        """
        self._received.append(list(messages))
        matching = [reply for reply in self.replies if reply.text == text]
        if not all(reply.logprobs for reply in matching or self.replies):
            raise CannotScore(NO_SCORES)
        tokens = matching[0].tokens if matching else ScriptedReply.of(text).tokens
        read = self.get_num_tokens_from_messages(messages)
        return scored(text, [_scored_entry(token, top_logprobs) for token in tokens], read)

    def _choose(self, messages: list[BaseMessage]) -> ScriptedReply:
        """The reply to the last message; if that is a partial reply, the rest of it."""
        begun = str(messages[-1].text) if messages[-1].type == "ai" else ""
        asked = messages[-2] if begun and len(messages) > 1 else messages[-1]
        last = str(asked.text).lower()
        matching = [reply for reply in self.replies if reply.match.lower() in last]
        if begun:
            longer = [reply for reply in (*matching, *self.replies) if reply.text.startswith(begun)]
            if longer:
                return replace(longer[0], tokens=cut_tokens(longer[0].tokens, len(begun))[1])
        if not matching:
            raise ValueError(f"no scripted reply matches {last[:80]!r}")
        return matching[0]

    @staticmethod
    def _chunk(token: Token, reply: ScriptedReply, options: dict[str, Any]) -> ChatGenerationChunk:
        message = AIMessageChunk(content=token.text)
        if not (reply.logprobs and options.get("logprobs")):
            return ChatGenerationChunk(message=message)
        content = [_scored_entry(token, options.get("top_logprobs") or 0)]
        return ChatGenerationChunk(message=message, generation_info={"logprobs": {"content": content}})


def _scored_entry(token: Token, top: int) -> dict[str, Any]:
    alternatives = [_entry(text, logprob) for text, logprob in token.top[:top]]
    return {**_entry(token.text, token.logprob), "top_logprobs": alternatives}


def _entry(text: str, logprob: float) -> dict[str, Any]:
    return {"token": text, "bytes": list(text.encode()), "logprob": logprob}
