"""Access to the researcher page: one password, compared in constant time, with delays after wrong attempts."""

import asyncio
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

HOURS = 12 * 3600.0  # seconds until a session expires
MOST_SESSIONS = 50
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 8.0  # seconds after a wrong attempt, doubled each time
FORGIVEN = 900.0  # seconds without a wrong attempt after which the delay is reset
MOST_WAITING = 5  # attempts at once; more are rejected


class TooManyTries(Exception):
    """Too many sign-in attempts at once."""


@dataclass(frozen=True, slots=True)
class Session:
    """One signed-in browser."""

    until: float
    form_token: str  # part of every form, against cross-site requests


class Access:
    """The password, the open sessions and the wrong attempts so far; kept in memory only."""

    def __init__(self, password: str, clock: Callable[[], float] = time.monotonic) -> None:
        if not password:
            raise ValueError("the researcher page needs a password")
        self._digest = _digest(password)
        self._clock = clock
        self._sessions: dict[str, Session] = {}
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._wrong, self._last_wrong = 0, 0.0

    async def sign_in(self, password: str) -> str | None:
        """The token of a new session, or None for a wrong password, after a delay that grows with each wrong attempt.

        Attempts are handled one at a time across all visitors, so parallel attempts gain nothing, and no IP address
        needs to be stored. Raises TooManyTries.
        """
        if self._waiting >= MOST_WAITING:
            raise TooManyTries
        self._waiting += 1
        try:
            async with self._turn:
                if hmac.compare_digest(_digest(password), self._digest):
                    self._wrong = 0
                    return self._opened()
                await asyncio.sleep(self._pause())
                return None
        finally:
            self._waiting -= 1

    def session(self, secret: str | None) -> Session | None:
        """The session of a cookie, if it has not expired."""
        session = self._sessions.get(_digest(secret).hex()) if secret else None
        return session if session is not None and session.until > self._clock() else None

    def sign_out(self, secret: str | None) -> None:
        """End a session on the server, not just in the browser."""
        if secret:
            self._sessions.pop(_digest(secret).hex(), None)

    def _opened(self) -> str:
        now = self._clock()
        self._sessions = {name: session for name, session in self._sessions.items() if session.until > now}
        while len(self._sessions) >= MOST_SESSIONS:
            self._sessions.pop(next(iter(self._sessions)))
        secret = secrets.token_urlsafe(32)
        self._sessions[_digest(secret).hex()] = Session(now + HOURS, secrets.token_urlsafe(16))
        return secret

    def _pause(self) -> float:
        """The delay after this wrong attempt, in seconds."""
        now = self._clock()
        if now - self._last_wrong > FORGIVEN:
            self._wrong = 0
        self._wrong, self._last_wrong = self._wrong + 1, now
        return min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(self._wrong - 1, 10))


def _digest(text: str) -> bytes:
    """A digest of fixed length, so that comparing it reveals nothing about the text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
