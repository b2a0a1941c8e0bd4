"""A fake OpenAI-compatible server: it rejects parameters with the messages of real servers, and streams its answers."""

import json
from collections.abc import Callable, Iterable
from typing import Any

MODELS = (200, {"data": [{"id": "small"}]})
WORDS = (("It", 0.9), (" is", 0.9), (" Canberra", 0.9), (".", 0.9))
Answer = Callable[[str, dict[str, Any]], tuple[int, Any]]


def entry(token: str, logprob: float | None = -0.1, **more: Any) -> dict[str, Any]:
    return {"token": token, "logprob": logprob, "bytes": list(token.encode()), "top_logprobs": [], **more}


def event(text: str = "", finish: str | None = None, entries: Iterable[dict[str, Any]] | None = ()) -> str:
    """One chunk of a reply as an event."""
    choice: dict[str, Any] = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
    if entries is not None:
        choice["logprobs"] = {"content": list(entries) or ([entry(text)] if text else [])}
    return "data: " + json.dumps({"id": "1", "object": "chat.completion.chunk", "choices": [choice]}) + "\n\n"


def words(count: int = 4, logprobs: bool = True) -> str:
    """The first words of a reply."""
    return "".join(event(text, entries=() if logprobs else None) for text, _ in WORDS[:count])


DONE = "data: [DONE]\n\n"


class Picky:
    """Answers only requests that none of its rules reject; ``seen`` holds the bodies that it received."""

    def __init__(self, *refusals: Callable[[dict[str, Any]], Any]) -> None:
        self.refusals = refusals
        self.seen: list[dict[str, Any]] = []

    def __call__(self, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        if path == "/v1/models":
            return MODELS
        self.seen.append(body)
        for refusal in self.refusals:
            error = refusal(body)
            if error is not None:
                return error if isinstance(error, tuple) else (400, error)
        with_logprobs = bool(body.get("logprobs"))
        if body.get("stream"):
            return 200, words(logprobs=with_logprobs) + event(finish="stop") + DONE
        text = "".join(text for text, _ in WORDS)
        choice: dict[str, Any] = {
            "index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text},
        }  # fmt: skip
        if with_logprobs:
            choice["logprobs"] = {"content": [entry(text) for text, _ in WORDS]}
        return 200, {
            "id": "1",
            "object": "chat.completion",
            "created": 1,
            "model": "small",
            "choices": [choice],
        }


def openai(message: str, param: str | None, code: str | None = None) -> dict[str, Any]:
    """An error as OpenAI, Azure and Groq send it."""
    return {"error": {"message": message, "type": "invalid_request_error", "param": param, "code": code}}


def pydantic(*place: Any, msg: str = "Extra inputs are not permitted", **more: Any) -> dict[str, Any]:
    """An error as FastAPI and Mistral send it."""
    return {
        "object": "error",
        "detail": [{"type": "extra_forbidden", "loc": ["body", *place], "msg": msg, **more}],
    }


def without(name: str, error: Any) -> Callable[[dict[str, Any]], Any]:
    """A refusal of a parameter, whatever its value."""
    return lambda body: error if name in body else None


def at_most(name: str, limit: float, error: Any) -> Callable[[dict[str, Any]], Any]:
    """A refusal of values above a limit."""
    return lambda body: error if body.get(name, 0) > limit else None
