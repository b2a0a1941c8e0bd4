"""How a server is open to others: what its environment says, and the guards that follow from it."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.middleware import Middleware

from files.errors import CredenceError
from service.guards.origin import LOCAL, OwnOrigin
from service.guards.replies import SafeReplies, api_policy, headers_of
from service.guards.visitors import Visitors
from service.limits import Rate

SHORTEST = 8  # characters of a password
USUAL_RATE = 30  # questions a minute, for each visitor of a shared page
_LOOPBACK = ("127.", "localhost", "::1", "[::1]")
_FRAME = re.compile(r"\*|'self'|'none'|https?://[\w.*-]+(:[\d*]+)?")


@dataclass(frozen=True, slots=True)
class Public:
    """How a server is open to others.

    Parameters
    ----------
    shared : the page has many visitors, and none of them may change what the others see
    login : name and password of the page; an empty name: any
    key : what programs must send; the password if there is one and no key
    rate : questions a minute for each visitor; 0: as many as they like
    proxies : how many proxies in front of the server add to ``X-Forwarded-For``
    frames : the sites that may show the page in a frame, as a CSP lists them
    hosts : the names that a request may call this server by; empty: any
    """

    shared: bool = False
    login: tuple[str, str] | None = None
    key: str | None = None
    rate: int = 0
    proxies: int = 0
    frames: str = "'self'"
    hosts: tuple[str, ...] = ()

    @property
    def embedded(self) -> bool:
        """Whether the pages of other sites may talk to this server."""
        return self.shared and self.login is None


def public(host: str, environment: Mapping[str, str] = os.environ) -> Public:
    """How the environment opens a server that listens on ``host``.

    Raises CredenceError for a setting that is not valid.
    """
    on_space = "SPACE_ID" in environment
    shared = on_space or environment.get("CREDENCE_SHARED", "").lower() in ("1", "yes", "true", "on")
    login = _login(environment.get("CREDENCE_PASSWORD", ""))
    hosts = tuple(environment.get("CREDENCE_HOSTS", "").lower().replace(",", " ").split())
    return Public(
        shared=shared,
        login=login,
        key=environment.get("CREDENCE_SERVICE_KEY") or (login[1] if login else None),
        rate=_count(environment, "CREDENCE_RATE", USUAL_RATE if shared else 0),
        proxies=_count(environment, "CREDENCE_PROXIES", int(on_space)),
        frames=_frames(environment.get("CREDENCE_FRAMES", ""), on_space),
        hosts=(*LOCAL, *hosts) if host.startswith(_LOOPBACK) else hosts,
    )


def service_guards(how: Public) -> list[Middleware]:
    """The guards of the API where it is served without the page, the outermost first."""
    guards = [
        Middleware(SafeReplies, headers=headers_of(api_policy())),
        Middleware(OwnOrigin, hosts=how.hosts),
    ]
    if how.rate:
        guards.append(Middleware(Visitors, rates={("/",): Rate(how.rate)}, proxies=how.proxies))
    return guards


def _login(text: str) -> tuple[str, str] | None:
    """Name and password of “NAME:PASSWORD” or “PASSWORD”."""
    name, colon, password = text.partition(":")
    if not colon:
        name, password = "", text
    if text and len(password) < SHORTEST:
        raise CredenceError(f"CREDENCE_PASSWORD: the password needs at least {SHORTEST} characters.")
    return (name.strip(), password) if text else None


def _count(environment: Mapping[str, str], name: str, usual: int) -> int:
    text = environment.get(name, "")
    if text and not (text.isascii() and text.isdigit()):
        raise CredenceError(f"{name} must be a whole number, not {text!r}.")
    return int(text) if text else usual


def _frames(text: str, on_space: bool) -> str:
    """The sources of ``frame-ancestors``; a Space is shown in frames everywhere."""
    sources = [f"'{source}'" if source in ("self", "none") else source for source in text.split()]
    wrong = [source for source in sources if not _FRAME.fullmatch(source)]
    if wrong:
        raise CredenceError(
            f"CREDENCE_FRAMES: {wrong[0]!r} is no site. Write sites as https://name.example, or “self”, “none” or “*”."
        )
    return " ".join(sources) or ("*" if on_space else "'self'")
