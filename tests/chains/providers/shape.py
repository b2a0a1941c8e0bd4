"""The parts that the replies of all providers have in common."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

WORDS = (("It", -0.1), (" is", -0.2), (" Canberra", -0.5), (".", -0.05))
ANSWER = "".join(word for word, _ in WORDS)
THOUGHT = ("Is it Sydney?", " No.")
DONE = "data: [DONE]\n\n"
Json = dict[str, Any]


@dataclass(frozen=True)
class Provider:
    """A provider's replies, and what we should read of them."""

    models: Json
    stream: str
    whole: Json | None = None
    alternatives: int = 0  # at each token; 0: the provider sends no log-probabilities
    reasoning: str = ""
    usage: tuple[int, int] | None = None  # tokens read and written
    refusals: Sequence[tuple[str, int, Any]] = field(default=())  # rejected option, status, error


def event(chunk: Json) -> str:
    """A chunk as a server-sent event."""
    return f"data: {json.dumps(chunk)}\n\n"


def entry(token: str, logprob: float, **more: Any) -> Json:
    """One token of OpenAI's log-probabilities with two alternatives."""
    top = [(token, logprob), (" Sydney", -3.0)]
    others = [{"token": text, "logprob": nats, "bytes": list(text.encode())} for text, nats in top]
    return {
        "token": token,
        "logprob": logprob,
        "bytes": list(token.encode()),
        "top_logprobs": others,
        **more,
    }


def entries() -> Json:
    """The log-probabilities of the whole answer."""
    return {"content": [entry(*word) for word in WORDS]}


def listed(*names: str, **more: Any) -> Json:
    """What ``/models`` lists."""
    return {"object": "list", "data": [{"id": name, "object": "model", **more} for name in names]}
