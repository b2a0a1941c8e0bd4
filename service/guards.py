"""What every request must pass before it is read: the key of the service, and the largest size."""

import hmac

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.faults import Fault
from service.safe_route import http_fault, reply_of


class NeedsKey:
    """Refuses requests without the key; the health of the service is open to all."""

    def __init__(self, app: ASGIApp, key: str) -> None:
        self._app, self._expected = app, f"Bearer {key}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].endswith("/credence/health"):
            sent = dict(scope["headers"]).get(b"authorization", b"")
            if not hmac.compare_digest(sent, self._expected):
                text = "This service needs a key. Send it as “Authorization: Bearer KEY”."
                await reply_of(Fault(text, 401, code="invalid_api_key"))(scope, receive, send)
                return
        await self._app(scope, receive, send)


class LimitedBody:
    """Refuses a request that is larger than ``most`` bytes, as soon as that is known."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app, self._most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = dict(scope["headers"]).get(b"content-length", b"")
        if declared.isdigit() and int(declared) > self._most:
            await reply_of(http_fault(HTTPException(413)))(scope, receive, send)
            return
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._most:
                raise HTTPException(413)
            return message

        await self._app(scope, counted, send)
