"""A reply of a model: its tokens, its reasoning and its answer."""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Token:
    """One emitted token; the pieces of a multi-byte character are merged."""

    text: str
    logprob: float  # nats, the emitted token, raw distribution
    top: tuple[tuple[str, float], ...] = ()  # (text, nats), most probable first

    def __post_init__(self) -> None:
        for value in (self.logprob, *(logprob for _, logprob in self.top)):
            if not math.isfinite(value) or value > 0:
                raise ValueError(f"token {self.text!r}: log-probability {value} is not a finite number ≤ 0")


@dataclass(frozen=True, slots=True)
class Reasoning:
    """What a model wrote before its answer, as it wrote it, tags included: shown apart and never scored.

    ``tokens`` either join to ``text`` or are empty; then ``missing`` gives the reason.
    """

    text: str
    tokens: tuple[Token, ...] = ()
    missing: str = ""
    opened: bool = False  # the prompt had opened it, so the text has no opening tag

    def __post_init__(self) -> None:
        _check_joined(self.tokens, self.text)


def _check_joined(tokens: Sequence[Token], text: str) -> None:
    joined = "".join(token.text for token in tokens)
    if tokens and joined != text:
        raise ValueError(f"tokens join to {joined!r}, not to the text {text!r}")


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply of a model, with its tokens if the engine returns them.

    ``tokens`` either join to ``text`` or are empty; then ``missing`` gives the reason.
    """

    text: str
    tokens: tuple[Token, ...] = ()
    span: tuple[int, int] | None = None  # characters to score; None becomes the whole text
    # stop · length (token limit) · cancelled (by the user) · incomplete (broke off) · content_filter ·
    # tool_calls · or a server-specific word; answers with the last four are incomplete and not scored
    finish: str = "stop"
    missing: str = ""  # why there are no tokens
    reasoning: Reasoning | None = None  # what came before the text; None: nothing

    def __post_init__(self) -> None:
        _check_joined(self.tokens, self.text)
        start, end = self.span if self.span is not None else (0, len(self.text))
        if not 0 <= start <= end <= len(self.text):
            raise ValueError(f"span {self.span} is not inside a text of {len(self.text)} characters")
        object.__setattr__(self, "span", (start, end))

    @property
    def begun(self) -> bool:
        """Whether anything was written, if only reasoning."""
        return bool(self.text or self.reasoning)

    @property
    def judged_text(self) -> str:
        """The part of the text that is scored."""
        start, end = self.span or (0, 0)
        return self.text[start:end]

    @property
    def judged_tokens(self) -> tuple[Token, ...]:
        """The tokens that overlap the scored span."""
        return self.tokens_in(*(self.span or (0, 0)))

    def tokens_in(self, start: int, end: int) -> tuple[Token, ...]:
        """The tokens that overlap these characters of the text."""
        if start <= 0 and end >= len(self.text):
            return self.tokens
        overlapping, position = [], 0
        for token in self.tokens:
            if max(position, start) < min(position + len(token.text), end):
                overlapping.append(token)
            position += len(token.text)
        return tuple(overlapping)
