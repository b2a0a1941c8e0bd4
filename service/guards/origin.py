"""Requests that a browser sends for somebody else's page."""

from collections.abc import Collection

from starlette.types import ASGIApp, Receive, Scope, Send

from service.faults import Fault
from service.guards.refusals import reply_of

LOCAL = ("127.0.0.1", "localhost", "[::1]")


class OwnOrigin:
    """Refuses requests of other sites, and, against DNS rebinding, requests that name a host that is not ours.

    Parameters
    ----------
    hosts : the names that a request may call this server by; empty: any
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str] = ()) -> None:
        self._app, self._hosts = app, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = self._fault(scope) if scope["type"] == "http" else None
        if fault is not None:
            await reply_of(fault)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _fault(self, scope: Scope) -> Fault | None:
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        site, mode = headers.get(b"sec-fetch-site"), headers.get(b"sec-fetch-mode")
        if site == "cross-site" and (mode != "navigate" or scope["method"] != "GET"):
            return Fault("This request comes from another site, which may not use this server.", 403)
        name = host_name(headers.get(b"host", ""))
        if self._hosts and name not in self._hosts:
            text = (
                f"This server answers only to {', '.join(self._hosts)}. If a proxy passes on its own name, "
                "set CREDENCE_HOSTS to that name."
            )
            return Fault(text, 421)
        return None


def host_name(host: str) -> str:
    """The host of a Host header, without its port.

    >>> host_name("localhost:7860"), host_name("[::1]:7860"), host_name("Chat.Example")
    ('localhost', '[::1]', 'chat.example')
    """
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdigit() else host).lower()
