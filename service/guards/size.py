"""The largest request."""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.guards.refusals import reply_of, too_large


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
            await reply_of(too_large(self._most))(scope, receive, send)
            return
        read, begun, refused = 0, False, False

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._most:
                raise HTTPException(413)
            return message

        async def sending(message: Message) -> None:
            nonlocal begun, refused
            if read <= self._most or begun:
                begun = True
                await send(message)
            elif not refused:  # whatever the app made of the exception
                refused = True
                await reply_of(too_large(self._most))(scope, receive, send)

        await self._app(scope, counted, sending)
