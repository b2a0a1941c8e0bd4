"""Chat completions as OpenAI's clients read them, whole and in chunks, with the field `credence`."""

import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.language_models import BaseChatModel

from chains.identity import identity
from chains.messages import to_langchain
from chains.pipeline.turn import Turn
from estimators.types import Answer, Token
from service.faults import Fault
from service.openai_proxy.chat_request import ChatRequest
from service.openai_proxy.stopping import sure_length
from service.result import figure_of


@dataclass(slots=True)
class Completion:
    """One completion in progress: what it is called, and what has been sent of it."""

    model: BaseChatModel
    request: ChatRequest
    id: str = field(default_factory=lambda: f"chatcmpl-{secrets.token_hex(12)}")
    created: int = field(default_factory=lambda: int(time.time()))
    characters: int = 0
    tokens: int = 0
    begun: bool = False
    cost: tuple[int | None, int | None] = (None, None)  # tokens read and written for the answer alone

    def note_cost(self, turn: Turn) -> None:
        """Note what the answer alone has cost so far."""
        if turn.stage == "answering" and turn.answer is not None:
            self.cost = (turn.meter.prompt_tokens, turn.meter.new_tokens)

    def chunks(self, turn: Turn) -> Iterator[dict[str, Any]]:
        """The chunks for the part of a turn that has not been sent; the last one has the reason of the end."""
        if not self.begun:
            self.begun = True
            yield self._chunk({"role": "assistant", "content": ""})
        if turn.answer is not None:
            yield from self._text(turn.answer, whole=turn.stage != "answering")
        if turn.assessment is not None:
            answer = turn.assessment.evidence.answer
            yield {**self._chunk({}, finish=answer.finish), "credence": self.figure(turn)}
            if self.request.stream_options and self.request.stream_options.include_usage:
                yield {**self._head("chat.completion.chunk"), "choices": [], "usage": self.usage(turn)}

    def whole(self, turn: Turn) -> dict[str, Any]:
        """The completion of an assessed turn; raises Fault if the model gave no answer."""
        if turn.assessment is None:
            raise Fault("The model gave no answer. Try again.", 502, code="reply_incomplete")
        answer = turn.assessment.evidence.answer
        message: dict[str, Any] = {
            "role": "assistant",
            "content": answer.text,
            "refusal": None,
            "annotations": [],
        }
        choice = {
            "index": 0,
            "message": message,
            "logprobs": self._logprobs(answer.tokens),
            "finish_reason": answer.finish,
        }
        return {
            **self._head("chat.completion"),
            "choices": [choice],
            "usage": self.usage(turn),
            "credence": self.figure(turn),
        }

    def figure(self, turn: Turn) -> dict[str, Any]:
        """The field `credence`: the figure with its signals, and the parameters that had no effect."""
        assert turn.assessment is not None
        values = {**figure_of(turn.assessment).model_dump(mode="json"), "ignored": self.request.ignored}
        if self.request.credence.record:
            values["record"] = turn.assessment.to_dict()
        return values

    def usage(self, turn: Turn) -> dict[str, Any]:
        """The tokens of the answer alone; counted here where the engine does not report them."""
        read, written = self.cost
        if read is None:
            try:
                read = self.model.get_num_tokens_from_messages(to_langchain(turn.sent))
            except (ImportError, NotImplementedError):  # LangChain's own count needs another package
                read = sum(len(message.content.split()) for message in turn.sent)
        if written is None:
            written = len(turn.answer.tokens) or len(turn.answer.text.split()) if turn.answer else 0
        return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}

    def _text(self, answer: Answer, *, whole: bool) -> Iterator[dict[str, Any]]:
        end = len(answer.text) if whole else sure_length(answer.text, self.request.stops)
        text, self.characters = answer.text[self.characters : end], max(end, self.characters)
        tokens: Sequence[Token] = ()
        if self.request.logprobs:
            kept = _tokens_before(answer.tokens, end)
            tokens, self.tokens = answer.tokens[self.tokens : kept], max(kept, self.tokens)
        if text or tokens:
            yield self._chunk({"content": text}, tokens)

    def _chunk(
        self, delta: dict[str, Any], tokens: Sequence[Token] = (), finish: str | None = None
    ) -> dict[str, Any]:
        logprobs = self._logprobs(tokens) if tokens else None
        choice = {"index": 0, "delta": delta, "logprobs": logprobs, "finish_reason": finish}
        return {**self._head("chat.completion.chunk"), "choices": [choice]}

    def _head(self, kind: str) -> dict[str, Any]:
        name = str(identity(self.model)["model"])
        return {"id": self.id, "object": kind, "created": self.created, "model": name}

    def _logprobs(self, tokens: Sequence[Token]) -> dict[str, Any] | None:
        if not self.request.logprobs or not tokens:
            return None
        alternatives = self.request.top_logprobs or 0
        content = [
            {
                **_entry(token.text, token.logprob),
                "top_logprobs": [_entry(*other) for other in token.top[:alternatives]],
            }
            for token in tokens
        ]
        return {"content": content, "refusal": None}


def _entry(text: str, logprob: float) -> dict[str, Any]:
    return {"token": text, "bytes": list(text.encode()), "logprob": logprob}


def _tokens_before(tokens: Sequence[Token], end: int) -> int:
    """How many tokens lie before a character."""
    place = 0
    for number, token in enumerate(tokens):
        place += len(token.text)
        if place > end:
            return number
    return len(tokens)
