"""How often a visitor may call. Addresses are kept in memory only, and only as long as they count."""

import ipaddress
from collections import Counter
from collections.abc import Mapping

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from service.faults import Fault, error_object
from service.limits import LARGE, Rate


class Visitors:
    """Refuses requests of a visitor who calls too often, or who leaves too many open at the same time.

    Parameters
    ----------
    rates : the rate for the addresses that begin in one of these ways; the first that fits applies to a POST
    large : the rate for a POST of more than ``LARGE`` bytes, or of unknown length; None: none
    most_open : requests of one visitor that may be open at the same time; 0: as many as they like
    proxies : how many proxies in front of the server add to ``X-Forwarded-For``
    """

    def __init__(
        self,
        app: ASGIApp,
        rates: Mapping[tuple[str, ...], Rate],
        proxies: int = 0,
        *,
        large: Rate | None = None,
        most_open: int = 0,
    ) -> None:
        self._app, self._rates, self._proxies = app, rates, proxies
        self._large, self._most_open = large, most_open
        self._open: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        visitor, rate = visitor_of(scope, self._proxies), self._rate(scope)
        if wait := rate.wait(visitor) if rate is not None else 0:
            await _refusal("Too many requests from your address.", wait)(scope, receive, send)
            return
        if self._most_open and self._open[visitor] >= self._most_open:
            await _refusal("Too many pages are open at your address. Close some of them.", 60)(
                scope, receive, send
            )
            return
        self._open[visitor] += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._open[visitor] -= 1
            if not self._open[visitor]:
                del self._open[visitor]

    def _rate(self, scope: Scope) -> Rate | None:
        if scope["method"] != "POST":
            return None
        length = dict(scope["headers"]).get(b"content-length", b"")
        if self._large is not None and not (length.isdigit() and int(length) <= LARGE):
            return self._large
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        return next((rate for begins, rate in self._rates.items() if path.startswith(begins)), None)


def _refusal(text: str, wait: int) -> JSONResponse:
    """“Try later”, in words for people and for programs."""
    text = f"{text} Try again in {wait} {'second' if wait == 1 else 'seconds'}."
    fault = Fault(text, 429, code="too_many_requests")
    # “detail” is what Gradio's page shows
    return JSONResponse({**error_object(fault), "detail": text}, 429, headers={"Retry-After": str(wait)})


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
