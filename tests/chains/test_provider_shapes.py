"""Where every LangChain package puts log-probabilities and the end of a reply, recorded from its own classes.

The same two tokens came from a fake server through each package; what its chunks carried is written down here,
with the version, so that no package has to be installed.
"""

from typing import Any

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk
from pydantic import BaseModel

from chains.engines.logprob_shapes import logprob_entries
from chains.messages import NO_LOGPROBS, ReplyReader
from estimators.types import Answer


class Logprob(BaseModel):
    """What ollama 0.6.3 makes of an entry."""

    token: str
    logprob: float
    top_logprobs: list["Logprob"] | None = None


def entry(token: str, logprob: float, raw: bool = True, top: bool = True) -> dict[str, Any]:
    fields: dict[str, Any] = {"token": token, "logprob": logprob}
    if raw:
        fields["bytes"] = list(token.encode())
    if top:
        others = ((token, logprob), (" cow", -3.0))
        fields["top_logprobs"] = [entry(other, nats, raw, top=False) for other, nats in others]
    return fields


def content(token: str, logprob: float, **more: Any) -> dict[str, Any]:
    return {"content": [entry(token, logprob)], **more}


def lists(token: str, logprob: float, **more: Any) -> dict[str, Any]:
    tops = [{token: logprob, " cow": -3.0}]
    return {"tokens": [token], "token_logprobs": [logprob], "top_logprobs": tops, **more}


def plain(token: str, logprob: float) -> dict[str, Any]:
    return {"content": [entry(token, logprob, raw=False)]}


def ollama(token: str, logprob: float) -> list[Logprob]:
    top = [Logprob(token=token, logprob=logprob), Logprob(token=" cow", logprob=-3.0)]
    return [Logprob(token=token, logprob=logprob, top_logprobs=top)]


def ollama_tables(token: str, logprob: float) -> list[dict[str, Any]]:
    return [item.model_dump() for item in ollama(token, logprob)]


def google(token: str, logprob: float) -> dict[str, Any]:
    top = [{"token": token, "log_probability": logprob}, {"token": " cow", "log_probability": -3.0}]
    return {
        "chosen_candidates": [{"token": token, "log_probability": logprob}],
        "top_candidates": [{"candidates": top}],
    }


def google_json(token: str, logprob: float) -> dict[str, Any]:
    top = [{"token": token, "logProbability": logprob}, {"token": " cow", "logProbability": -3.0}]
    return {
        "chosenCandidates": [{"token": token, "logProbability": logprob}],
        "topCandidates": [{"candidates": top}],
    }


UNUSED = {
    "text_offset": None,
    "token_ids": None,
    "token_logprobs": None,
    "tokens": None,
    "top_logprobs": None,
}
# package → (key of the metadata, what stands there for a token, metadata of the last chunk)
SHAPES: dict[str, tuple[str, Any, dict[str, Any]]] = {
    "langchain-openai 1.7.4": ("logprobs", lambda t, p: content(t, p, refusal=None), {"finish_reason": "stop"}),
    "langchain-deepseek 1.1.1": ("logprobs", lambda t, p: content(t, p, refusal=None), {"finish_reason": "stop"}),
    "langchain-xai 1.3.0": ("logprobs", lambda t, p: content(t, p, refusal=None), {"finish_reason": "stop"}),
    "langchain-xai 1.3.0, lists": (
        "logprobs", lambda t, p: lists(t, p, content=None, refusal=None), {"finish_reason": "stop"}),
    "langchain-together 0.4.0": (
        "logprobs", lambda t, p: lists(t, p, content=None, refusal=None), {"finish_reason": "eos"}),
    "langchain-together 0.4.0, content": ("logprobs", content, {"finish_reason": "stop"}),
    "langchain-groq 1.1.3": ("logprobs", content, {"finish_reason": "stop"}),
    "langchain-huggingface 1.2.3": ("logprobs", plain, {"finish_reason": "eos_token"}),
    "langchain-fireworks 1.7.1": ("logprobs", lambda t, p: {**UNUSED, **content(t, p)}, {"finish_reason": "stop"}),
    "langchain-fireworks 1.7.1, lists": (
        "logprobs", lambda t, p: {**lists(t, p), "text_offset": None}, {"finish_reason": "stop"}),
    "langchain-ollama 1.1.0": ("logprobs", ollama, {"done": True, "done_reason": "stop", "logprobs": None}),
    "langchain-ollama 1.1.0, as JSON": ("logprobs", ollama_tables, {"done_reason": "stop", "logprobs": None}),
    "google-genai 3.6.1": ("logprobs_result", google, {"finish_reason": "STOP", "avg_logprobs": -0.375}),
    "google's JSON": ("logprobs_result", google_json, {"finish_reason": "STOP", "avg_logprobs": -0.375}),
}  # fmt: skip


@pytest.mark.parametrize("package", SHAPES)
def test_the_tokens_of_every_package(package: str) -> None:
    key, shape, last = SHAPES[package]
    reader = ReplyReader(tells_end=True)
    for token, logprob in (("The", -0.25), (" bee", -0.5)):
        reader.add(AIMessageChunk(content=token, response_metadata={key: shape(token, logprob)}))
    reader.add(AIMessageChunk(content="", response_metadata=last))
    answer = reader.answer(reader.finish)
    assert (answer.text, answer.finish, answer.missing) == ("The bee", "stop", "")
    assert [(token.text, token.logprob, token.top) for token in answer.tokens] == [
        ("The", -0.25, (("The", -0.25), (" cow", -3.0))),
        (" bee", -0.5, ((" bee", -0.5), (" cow", -3.0))),
    ]


def test_a_whole_message_carries_all_tokens_at_once() -> None:
    both = {"tokens": ["The", " bee", "</s>"], "token_logprobs": [-0.25, -0.5, -0.1], "top_logprobs": None}
    reader = ReplyReader(tells_end=True)
    reader.add(AIMessage("The bee", response_metadata={"logprobs": both}))
    assert [token.logprob for token in reader.answer().tokens] == [-0.25, -0.5]
    assert reader.finish == "stop"


# Packages that hand over the end of a reply and no log-probabilities, and what else may stand there.
WITHOUT: dict[str, dict[str, Any]] = {
    "langchain-mistralai 1.1.6": {"finish_reason": "stop", "model_provider": "mistralai"},
    "langchain-google-genai 4.4.3": {"finish_reason": "STOP", "model_provider": "google_genai"},
    "a mean alone": {"finish_reason": "STOP", "avg_logprobs": -0.375},
    "null": {"logprobs": None},
    "an empty table": {"logprobs": {}},
    "an empty list": {"logprobs": []},
    "empty lists": {"logprobs": {"tokens": [], "token_logprobs": []}},
    "no content": {"logprobs": {"content": None}},
    "a number": {"logprobs": -0.5},
    "a text": {"logprobs": "none"},
    "a list of numbers": {"logprobs": [-0.5, -0.25]},
    "entries without a token": {"logprobs": [{"logprob": -0.5}]},
}


def test_without_log_probabilities_the_reason_is_given() -> None:
    for what, metadata in WITHOUT.items():
        reader = ReplyReader()
        reader.add(AIMessageChunk(content="bee", response_metadata=metadata))
        assert logprob_entries(metadata) == [], what
        assert reader.answer() == Answer("bee", missing=NO_LOGPROBS), what


def test_short_lists_leave_a_token_unknown() -> None:
    metadata = {"logprobs": {"tokens": ["a", " bee"], "token_logprobs": [-0.5]}}
    assert [entry["logprob"] for entry in logprob_entries(metadata)] == [-0.5, None]
