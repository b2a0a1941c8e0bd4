"""The headers of every reply, and the reply to a request whose handling failed."""

import base64
import hashlib
import logging
import re
from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.faults import INTERNAL, Fault
from service.guards.refusals import reply_of

NO_DEVICES = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
_INLINE = re.compile(rb"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL | re.IGNORECASE)
_SCRIPTS = "script-src 'self'"
_log = logging.getLogger(__name__)


def headers_of(content_policy: str) -> dict[str, str]:
    """The headers that go with a content security policy."""
    return {
        "Content-Security-Policy": content_policy,
        "Permissions-Policy": NO_DEVICES,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }


def api_policy() -> str:
    """What the pages of the API may do: show themselves, styled."""
    return "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def page_policy(frames: str = "'self'") -> str:
    """What the chat may load and run; ``frames``: the sites that may show it in a frame.

    Gradio makes functions of texts (``unsafe-eval``) and sets style attributes. Its inline scripts run only with the hash
    that ``SafeReplies`` adds, so a handler in an attribute, and a script that somebody put into the page, do not.
    """
    return (
        f"default-src 'none'; {_SCRIPTS} 'unsafe-eval'; style-src 'self' 'unsafe-inline'; connect-src 'self'; "
        "img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' blob:; worker-src 'self' blob:; "
        f"manifest-src 'self'; frame-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors {frames}"
    )


def with_hashes(policy: str, page: bytes) -> str:
    """The policy that also allows the inline scripts of a page that the server wrote.

    >>> with_hashes("script-src 'self'; base-uri 'self'", b"<script src='a.js'></script><script>1</script>")
    "script-src 'self' 'sha256-a4ayc/80/OGda4BO/1o/V0etpOqiLx1JwB5S3beHW0s='; base-uri 'self'"
    """
    digests = {
        base64.b64encode(hashlib.sha256(text).digest()).decode(): None for text in _INLINE.findall(page)
    }
    return policy.replace(_SCRIPTS, " ".join([_SCRIPTS, *(f"'sha256-{digest}'" for digest in digests)]))


class SafeReplies:
    """Adds headers to every reply that does not have them, and answers with a sentence if the app fails."""

    def __init__(self, app: ASGIApp, headers: Mapping[str, str]) -> None:
        self._app, self._headers = app, headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start: Message | None = None  # of a page, until its scripts are known
        begun, page = False, b""

        async def sending(message: Message) -> None:
            nonlocal begun, start, page
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                if headers.get("content-type", "").startswith("text/html") and scope["method"] != "HEAD":
                    start = message
                    return
            elif start is not None:
                page += message.get("body", b"")
                if message.get("more_body"):
                    return
                headers = MutableHeaders(scope=start)
                policy = headers["content-security-policy"]
                headers["content-security-policy"] = with_hashes(policy, page)
                await send(start)
                message, start = {**message, "body": page}, None
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception as error:
            _log.error("a request failed", exc_info=error)
            if not begun or start is not None:
                start = None
                await reply_of(Fault(INTERNAL, 500, code="internal_error"))(scope, receive, sending)
