"""Errors of a request: an HTTP status, and one JSON object in the shape that OpenAI's clients read.

``{"error": {"message": "…", "type": "invalid_request_error", "param": "question", "code": "…"}}``
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from chains.errors import (
    Busy,
    CredenceError,
    EnginePaused,
    MessageTooLong,
    ModelLoading,
    ModelUnavailable,
    ReplyNotWhole,
)

INTERNAL = "Credence ran into an internal error. Try again; the server's log has the details."
_log = logging.getLogger(__name__)

_NAMES = {
    bool: "true or false", int: "a number", float: "a number", str: "a text", list: "a list", dict: "an object",
    type(None): "null",
}  # fmt: skip
_WANTED = {
    "string": "a text", "int": "a whole number", "float": "a number", "bool": "true or false", "list": "a list",
    "tuple": "a list", "dict": "an object", "model": "an object", "model_attributes": "an object",
}  # fmt: skip


class Fault(CredenceError):
    """A request that cannot be served, and its HTTP status; the text says what is wrong and what to do."""

    def __init__(self, text: str, status: int = 400, *, param: str | None = None, code: str = "") -> None:
        super().__init__(text)
        self.status, self.param, self.code = status, param, code or None


def fault_of(error: Exception) -> Fault:
    """Any error as a fault; one that is not written for people becomes a general sentence, and goes to the log."""
    if isinstance(error, Fault):
        return error
    if isinstance(error, Busy):
        return Fault(str(error), 429, code="busy")
    if isinstance(error, MessageTooLong):
        return Fault(str(error), 400, code="context_length_exceeded")
    if isinstance(error, EnginePaused):
        return Fault(str(error), 503, code="engine_paused")
    if isinstance(error, ModelLoading):
        return Fault(str(error), 503, code="model_loading")
    if isinstance(error, ModelUnavailable):
        return Fault(str(error), 503, code="model_unavailable")
    if isinstance(error, ReplyNotWhole):
        return Fault(str(error), 502, code="reply_incomplete")
    if isinstance(error, CredenceError):
        return Fault(str(error), 400)
    _log.error("a request failed", exc_info=error)
    return Fault(INTERNAL, 500, code="internal_error")


def error_object(fault: Fault) -> dict[str, Any]:
    """The reply to a request that cannot be served.

    >>> error_object(Fault("question: it is missing.", param="question"))["error"]["type"]
    'invalid_request_error'
    """
    kinds = {401: "authentication_error", 429: "rate_limit_error"}
    kind = "server_error" if fault.status >= 500 else kinds.get(fault.status, "invalid_request_error")
    return {"error": {"message": str(fault), "type": kind, "param": fault.param, "code": fault.code}}


def invalid(details: Sequence[Mapping[str, Any]]) -> Fault:
    """The fault for a request that does not fit its schema: its first error, in a sentence.

    >>> str(invalid([{"type": "string_type", "loc": ("body", "question"), "msg": "", "input": 5}]))
    'question: this must be a text, not a number.'
    """
    first = details[0]
    unread = first["type"] == "json_invalid" or isinstance(first.get("input"), bytes)
    places = (
        [] if unread else [str(place) for place in first["loc"] if place not in ("body", "query", "path")]
    )
    place = ".".join(places)
    sentence = _sentence(first)
    if not place:
        return Fault(f"The request {sentence.removeprefix('this ')}", 400)
    return Fault(f"{place}: {sentence}", 400, param=place)


def _sentence(error: Mapping[str, Any]) -> str:
    kind, limits, got = str(error["type"]), error.get("ctx") or {}, error.get("input")
    wanted, _, how = kind.rpartition("_")
    if isinstance(got, bytes):
        return "must be JSON, sent with the header “Content-Type: application/json”."
    if kind == "missing":
        return "this is missing."
    if kind == "extra_forbidden":
        return "there is no such field. The API's description lists the fields."
    if kind == "json_invalid":
        return f"is not valid JSON ({limits.get('error', 'unreadable')})."
    if how in ("type", "parsing") and wanted in _WANTED:
        return f"this must be {_WANTED[wanted]}, not {_NAMES.get(type(got), 'something else')}."
    if kind == "int_from_float":
        return "this must be a whole number, not a fraction."
    if kind in ("string_too_long", "too_long"):
        unit = "characters" if kind == "string_too_long" else "entries"
        return f"this has more than {limits['max_length']:,} {unit}. Shorten it."
    if kind in ("string_too_short", "too_short"):
        return "this is empty."
    if kind in _BOUNDS:
        (bound,) = limits.values()
        return f"this must be {_BOUNDS[kind]} {bound:g}."
    if kind == "literal_error":
        return f"this must be {limits['expected']}."
    if kind == "string_unicode":
        return "this contains half a character (a lone surrogate). Send whole characters."
    if kind == "value_error":
        return f"{str(limits['error']).rstrip('.')}."
    return f"{str(error['msg']).lower().rstrip('.')}."


_BOUNDS = {
    "greater_than_equal": "at least",
    "less_than_equal": "at most",
    "greater_than": "more than",
    "less_than": "less than",
}
