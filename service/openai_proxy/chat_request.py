"""A request for a chat completion, as OpenAI's clients send it."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from chains.settings import Settings
from estimators.types import Message, Question
from service import limits
from service.faults import Fault
from service.requests import Changes, Text

_ROLES: Mapping[str, Literal["system", "user", "assistant"]] = {
    "system": "system", "developer": "system", "user": "user", "assistant": "assistant",
}  # fmt: skip
# What changes the words of a reply but not what they mean to the client; such a parameter is named in `credence.ignored`.
IGNORED = (
    "top_p",
    "frequency_penalty",
    "presence_penalty",
    "logit_bias",
    "top_k",
    "min_p",
    "repetition_penalty",
)
NEUTRAL: Mapping[str, tuple[Any, ...]] = {
    "top_p": (1, 1.0),
    "frequency_penalty": (0,),
    "presence_penalty": (0,),
    "logit_bias": ({},),
}
# What would change what the reply is; without it, the client could not use the reply.
NOT_HERE = {
    "tools": "This service cannot call tools. Send the request without them.",
    "functions": "This service cannot call functions. Send the request without them.",
    "audio": "This service only answers with text. Send the request without it.",
}


class Part(BaseModel):
    """A part of a message's content."""

    type: str
    text: Text | None = None


class ChatMessage(BaseModel):
    """One message; what else clients send along is not used."""

    role: str
    content: Text | list[Part] | None = None


class StreamOptions(BaseModel):
    """What a stream contains besides the text."""

    include_usage: bool = False


class Reporting(Changes):
    """How the reply is assessed: settings of Credence, and whether its `credence` field holds the complete record."""

    record: bool = False


class ChatRequest(BaseModel):
    """A chat completion request. Parameters that only some servers know are accepted and not used."""

    model_config = ConfigDict(extra="allow")

    model: str = Field("", description="Any name: this service has one model, and the reply says which.")
    messages: list[ChatMessage] = Field(
        min_length=1,
        max_length=limits.MESSAGES,
        examples=[[{"role": "user", "content": "What is the capital of Australia?"}]],
    )
    stream: bool = False
    stream_options: StreamOptions | None = None
    temperature: float | None = Field(None, ge=0, le=2)
    max_tokens: int | None = Field(None, ge=1)
    max_completion_tokens: int | None = Field(None, ge=1)
    seed: int | None = None
    stop: Text | list[Text] | None = None
    n: int | None = 1
    logprobs: bool | None = False
    top_logprobs: int | None = Field(None, ge=0, le=20)
    response_format: dict[str, Any] | None = None
    credence: Reporting = Field(
        default_factory=Reporting, description="How the reply is assessed; not part of OpenAI's protocol."
    )

    @property
    def stops(self) -> tuple[str, ...]:
        """The texts at which the answer ends."""
        texts = [self.stop] if isinstance(self.stop, str) else self.stop or []
        return tuple(text for text in texts if text)

    @property
    def ignored(self) -> list[str]:
        """The parameters that were sent and have no effect here, although they would have one elsewhere."""
        sent = self.model_extra or {}
        return [name for name in IGNORED if sent.get(name) not in (None, *NEUTRAL.get(name, ()))]

    def check(self) -> None:
        """Raise Fault for what this service cannot do."""
        sent = self.model_extra or {}
        for name, text in NOT_HERE.items():
            if sent.get(name) and sent.get("tool_choice") != "none":
                raise Fault(text, param=name, code="unsupported_parameter")
        if self.n not in (None, 1):
            raise Fault("n: this service gives one reply to a request. Send n = 1.", param="n")
        if self.response_format and self.response_format.get("type") not in (None, "text"):
            text = "response_format: this service only answers with plain text. Send the request without it."
            raise Fault(text, param="response_format", code="unsupported_parameter")

    def question(self) -> Question:
        """The last message as the question, with the conversation before it; raises Fault if that cannot be done."""
        messages = [self._message(place, message) for place, message in enumerate(self.messages)]
        system = [message.content for message in messages if message.role == "system"]
        turns = [message for message in messages if message.role != "system"]
        if not turns or turns[-1].role != "user":
            raise Fault("messages: the last message must be from the user.", param="messages")
        if not turns[-1].content.strip():
            raise Fault("messages: the last message is empty.", param="messages")
        before = [Message("system", "\n\n".join(system))] if system else []
        return Question(turns[-1].content, (*before, *turns[:-1]))

    def settings(self, settings: Settings) -> Settings:
        """The server's settings with what the request asks for."""
        limit = self.max_completion_tokens or self.max_tokens
        most = Settings.model_fields["max_tokens"].metadata
        largest = next(bound.le for bound in most if hasattr(bound, "le"))
        asked = {
            "temperature": self.temperature,
            "seed": self.seed,
            "max_tokens": None if limit is None else min(limit, largest),
        }
        changed = {name: value for name, value in asked.items() if value is not None}
        return self.credence.applied(settings.model_copy(update=changed))

    @staticmethod
    def _message(place: int, message: ChatMessage) -> Message:
        role = _ROLES.get(message.role)
        where = f"messages.{place}"
        if role is None:
            raise Fault(f"{where}: a message of the role {message.role!r} cannot be read here.", param=where)
        if isinstance(message.content, str) or message.content is None:
            return Message(role, message.content or "")
        return Message(role, _joined(where, message.content))


def _joined(where: str, parts: Sequence[Part]) -> str:
    for part in parts:
        if part.type not in ("text", "input_text", "refusal"):
            raise Fault(f"{where}: this service reads only text, not {part.type!r}.", param=where)
    return "".join(part.text or "" for part in parts)
