"""Why a reply ended, in one vocabulary, and the sentence that people see about an incomplete one."""

from collections.abc import Mapping
from typing import Any

INCOMPLETE = "incomplete"
WHOLE = ("stop", "length")  # length: cut off at the limit from the settings
BROKE_OFF = "The connection broke off. Try again."
STOPPED = "The model stopped in the middle of this answer. Try again."

_WORDS = {
    "stop": ("stop", "eos", "eos_token", "end", "end_turn", "stop_sequence", "complete", "completed"),
    "length": ("length", "max_tokens", "max_output_tokens", "model_length", "max_length"),
    "content_filter": (
        "content_filter", "content_filtered", "safety", "recitation", "language", "blocklist",
        "prohibited_content", "spii", "refusal", "guardrail", "guardrails", "image_safety",
    ),
    "tool_calls": (
        "tool_calls", "tool_call", "function_call", "tool_use", "malformed_function_call",
        "unexpected_tool_call",
    ),
    INCOMPLETE: ("incomplete", "error", "abort", "aborted", "cancelled", "failed", "insufficient_system_resource"),
}  # fmt: skip
_MEANINGS = {word: meaning for meaning, words in _WORDS.items() for word in words}


def read_finish(metadata: Mapping[str, Any]) -> str:
    """Why a reply ended, from the metadata of one of its chunks; "" if the metadata does not say.

    One of ``stop``, ``length``, ``content_filter``, ``tool_calls`` and ``incomplete``, or the server's own word
    for anything else. OpenAI's Responses API sends a status instead, with the reason next to it.

    >>> read_finish({"finish_reason": "MAX_TOKENS"}), read_finish({"done_reason": "stop"}), read_finish({})
    ('length', 'stop', '')
    """
    details = metadata.get("incomplete_details")
    reason = (
        metadata.get("finish_reason")
        or metadata.get("done_reason")
        or metadata.get("stop_reason")
        or (details.get("reason") if isinstance(details, Mapping) else None)
        or metadata.get("status")
    )
    if not isinstance(reason, str) or reason in ("in_progress", "queued", "null"):
        return ""
    return _MEANINGS.get(reason.lower(), reason)


def explain_finish(finish: str) -> str:
    """The sentence for a reply that ended in this way, before it was complete."""
    if finish == INCOMPLETE:
        return BROKE_OFF
    if finish == "content_filter":
        return "The server's content filter stopped this answer. Rephrase the question, or try another model."
    if finish == "tool_calls":
        return "The model called a tool instead of answering, but there are no tools here. Try again."
    return f"The server ended this answer with “{finish}”, so it may be incomplete. Try again."
