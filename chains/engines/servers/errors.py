"""Plain sentences for the errors of OpenAI-compatible servers."""

import re
from typing import Any
from urllib.parse import urlsplit

import httpx2
import openai

from chains.errors import CredenceError, EngineStopped, MessageTooLong, ModelUnavailable
from chains.finish import BROKE_OFF

FILTERED = "The server's content filter rejected the question. Rephrase it, or try another model."


def is_openai(address: str | None) -> bool:
    return not address or urlsplit(address).hostname == "api.openai.com"


def unreachable(address: str) -> str:
    return f"The server at {address} cannot be reached. Check the address and that the server is running."


def refused_key(address: str, status: int) -> str:
    variable = "OPENAI_API_KEY" if is_openai(address) else "CREDENCE_API_KEY"
    return f"The server at {address} rejected the key ({status}). Set {variable} to a valid key."


def no_such_path(address: str) -> str:
    return (
        f"The server at {address} does not answer like an OpenAI-compatible server. Check the address, "
        "which usually ends in /v1, and the model's name after #."
    )


def cause(error: Exception) -> Exception | None:
    """The error to chain; none for a rejected key, because servers quote the key in the error."""
    return None if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError) else error


def plain_error(error: Exception, address: str, *, begun: bool) -> CredenceError:
    """Our error, with a sentence for the person, for an error of a server."""
    if _lost_connection(error):
        return EngineStopped(BROKE_OFF)
    if begun:
        return EngineStopped(f"The server at {address} stopped in the middle of this answer. Try again.")
    if isinstance(error, openai.APITimeoutError):
        return ModelUnavailable(f"The server at {address} took too long to answer. Try again.")
    if isinstance(error, openai.APIConnectionError):
        return ModelUnavailable(unreachable(address))
    body = error_body(error)
    if not isinstance(error, openai.APIError) and not body:
        return ModelUnavailable(no_such_path(address))  # not JSON, or unexpected JSON
    status = getattr(error, "status_code", None) or _code(body)
    if _filtered(body):
        return ModelUnavailable(FILTERED)
    return _plain_status(status, address, _too_long(body) if status in (400, None) else None)


def _plain_status(status: int | None, address: str, long: MessageTooLong | None) -> CredenceError:
    if long is not None:
        return long
    if status in (401, 403):
        return ModelUnavailable(refused_key(address, status))
    if status == 402:
        return ModelUnavailable(
            f"Your account at {address} has no credit left (402). Add credit, or choose another model."
        )
    if status == 404:
        return ModelUnavailable(no_such_path(address))
    if status == 429:
        return ModelUnavailable(
            f"The server at {address} is busy or your quota is used up (429). "
            "Wait, then send the message again."
        )
    if status is not None and status < 500:
        return ModelUnavailable(
            f"The server at {address} does not accept the request ({status}). "
            "Check that the model is a chat model."
        )
    code = f" ({status})" if status is not None else ""
    return ModelUnavailable(f"The server at {address} failed{code}. Try again in a moment.")


def error_body(error: Exception) -> dict[str, Any]:
    """The body of an error, even of one that came with a success status."""
    body = getattr(error, "body", None) or (error.args[0] if error.args else None)
    return body if isinstance(body, dict) else {}


def _filtered(body: dict[str, Any]) -> bool:
    """Whether a filter rejected the question: Azure gives a code, OpenRouter the reasons of its moderation."""
    metadata = body.get("metadata")
    return body.get("code") == "content_filter" or (
        isinstance(metadata, dict) and "flagged_input" in metadata
    )


def _code(body: dict[str, Any]) -> int | None:
    """The status given in an error inside a stream."""
    code = body.get("code")
    return code if isinstance(code, int) and 400 <= code < 600 else None


def _lost_connection(error: BaseException | None) -> bool:
    """Whether an established connection broke off."""
    while error is not None:
        if isinstance(error, httpx2.TransportError):
            return not isinstance(error, httpx2.ConnectError | httpx2.TimeoutException)
        error = error.__cause__
    return False


def _too_long(body: dict[str, Any]) -> MessageTooLong | None:
    """Read tokens and limit from the error of llama.cpp, vLLM or OpenAI."""
    if body.get("type") == "exceed_context_size_error":
        return MessageTooLong(int(body.get("n_prompt_tokens", 0)), int(body.get("n_ctx", 0)))
    text = str(body.get("message", ""))
    limit = re.search(r"maximum context length is (\d+)", text)
    tokens = re.search(r"(\d+) (?:in the messages|input tokens)", text)
    tokens = tokens or re.search(r"(?:requested|resulted in|at least) (\d+)", text)
    return MessageTooLong(int(tokens[1]), int(limit[1])) if limit and tokens else None
