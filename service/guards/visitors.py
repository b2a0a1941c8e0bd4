"""How often a visitor may call. Addresses are kept in memory only, and only as long as they count."""

import ipaddress
from collections.abc import Mapping

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from service.faults import Fault, error_object
from service.limits import Rate


class Visitors:
    """Refuses requests of a visitor who calls too often.

    Parameters
    ----------
    rates : the rate for the addresses that begin in one of these ways; the first that fits applies to a POST
    proxies : how many proxies in front of the server add to ``X-Forwarded-For``
    """

    def __init__(self, app: ASGIApp, rates: Mapping[tuple[str, ...], Rate], proxies: int = 0) -> None:
        self._app, self._rates, self._proxies = app, rates, proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        rate = self._rate(scope)
        wait = rate.wait(visitor_of(scope, self._proxies)) if rate is not None else 0
        if wait:
            text = f"Too many requests from your address. Try again in {wait} {'second' if wait == 1 else 'seconds'}."
            fault = Fault(text, 429, code="too_many_requests")
            # “detail” is what Gradio's page shows
            reply = JSONResponse(
                {**error_object(fault), "detail": text}, 429, headers={"Retry-After": str(wait)}
            )
            await reply(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _rate(self, scope: Scope) -> Rate | None:
        if scope["type"] != "http" or scope["method"] != "POST":
            return None
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        return next((rate for begins, rate in self._rates.items() if path.startswith(begins)), None)


def visitor_of(scope: Scope, proxies: int) -> str:
    """Whom a request comes from: an IPv4 address, or the network of an IPv6 address, of which a household has many.

    >>> visitor_of({"client": ("2001:db8:1:2:3::4", 1), "headers": []}, 0)
    '2001:db8:1:2::'
    >>> visitor_of({"client": ("10.0.0.1", 1), "headers": [(b"x-forwarded-for", b"6.6.6.6, 9.9.9.9")]}, 1)
    '9.9.9.9'
    """
    address = str((scope.get("client") or ("",))[0])
    if proxies:
        sent = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
        hops = [hop.strip() for hop in ",".join(sent).split(",") if hop.strip()]
        address = hops[-min(proxies, len(hops))] if hops else address
    try:
        network = ipaddress.ip_address(address)
    except ValueError:
        return address[:50]
    if network.version == 6:
        return str(ipaddress.ip_network((network, 64), strict=False).network_address)
    return str(network)
