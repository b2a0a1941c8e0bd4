"""What is not there."""

from collections.abc import Callable

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from service.guards.refusals import http_fault, reply_of


class Closed:
    """Answers as if there were no such address, for those that ``shut(method, path)`` names."""

    def __init__(self, app: ASGIApp, shut: Callable[[str, str], bool]) -> None:
        self._app, self._shut = app, shut

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "").removeprefix(scope.get("root_path", ""))
        if scope["type"] == "http" and self._shut(scope["method"], path):
            await reply_of(http_fault(HTTPException(404)))(scope, receive, send)
            return
        await self._app(scope, receive, send)
