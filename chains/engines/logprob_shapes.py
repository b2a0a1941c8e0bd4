"""Converting the different formats of log-probabilities from servers and LangChain packages into one."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Entry = Mapping[str, Any]  # token, logprob, and optionally bytes and top_logprobs


def logprob_entries(metadata: Mapping[str, Any]) -> list[Entry]:
    """The tokens of a message or chunk as OpenAI-style entries; empty if it has none.

    Reads ``logprobs.content`` (OpenAI, vLLM, llama.cpp, xAI, DeepSeek, Groq, Hugging Face), a plain list
    (Ollama), the lists ``tokens``, ``token_logprobs`` and ``top_logprobs`` of Completions (Together, Fireworks),
    and ``logprobs_result`` (Google). A mean over the reply (``avg_logprobs``) says nothing about its tokens and is ignored.
    """
    logprobs = _plain(metadata.get("logprobs") or metadata.get("logprobs_result"))
    if isinstance(logprobs, Mapping):
        if _is_list(logprobs.get("content")):
            return _entries(logprobs["content"])
        if _is_list(logprobs.get("tokens")):
            return _from_completions(logprobs)
        chosen = logprobs.get("chosen_candidates") or logprobs.get("chosenCandidates")
        return _from_google(chosen or [], logprobs) if _is_list(chosen) else []
    return _entries(logprobs) if _is_list(logprobs) else []


def alternatives(entry: Entry) -> list[Entry]:
    """The alternatives of an entry, as entries; servers send a list, or a mapping from text to log-probability."""
    top = _plain(entry.get("top_logprobs"))
    if isinstance(top, Mapping):
        return [{"token": token, "logprob": logprob} for token, logprob in top.items()]
    return _entries(top) if _is_list(top) else []


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _plain(value: Any) -> Any:
    """Pydantic models, which Ollama's client returns, as dictionaries; other values unchanged."""
    return value.model_dump() if hasattr(value, "model_dump") else value


def _entries(values: Iterable[Any]) -> list[Entry]:
    plain = [_plain(value) for value in values]
    return [value for value in plain if isinstance(value, Mapping) and value.get("token") is not None]


def _from_completions(lists: Mapping[str, Any]) -> list[Entry]:
    tokens = lists["tokens"]
    logprobs, tops = lists.get("token_logprobs") or [], lists.get("top_logprobs") or []
    return [
        {
            "token": token,
            "logprob": logprobs[place] if place < len(logprobs) else None,
            "top_logprobs": tops[place] if place < len(tops) else None,
        }
        for place, token in enumerate(tokens)
    ]


def _from_google(chosen: Sequence[Any], result: Mapping[str, Any]) -> list[Entry]:
    """Entries from Google's candidates: the chosen token of each step and the most probable ones."""
    steps = result.get("top_candidates") or result.get("topCandidates") or []
    tops = [_plain(step).get("candidates") or [] for step in steps]
    return [
        {
            **_google_entry(candidate),
            "top_logprobs": [_google_entry(top) for top in tops[place]] if place < len(tops) else None,
        }
        for place, candidate in enumerate(chosen)
    ]


def _google_entry(candidate: Any) -> dict[str, Any]:
    plain = _plain(candidate)
    logprob = plain.get("log_probability", plain.get("logProbability"))
    return {"token": plain.get("token") or "", "logprob": logprob}
