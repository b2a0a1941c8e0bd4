"""The key of the service, which programs send with every request."""

import hmac

from starlette.types import ASGIApp, Receive, Scope, Send

from service.faults import Fault
from service.guards.refusals import reply_of


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
