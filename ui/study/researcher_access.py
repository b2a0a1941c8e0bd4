"""Who may see the researcher's page: one password, compared in constant time; wrong tries cost time."""

import asyncio
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

HOURS = 12 * 3600.0  # seconds after which one signs in again
MOST_SESSIONS = 50
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 8.0  # seconds after a wrong try: doubled each time
FORGIVEN = 900.0  # seconds without a wrong try after which it begins anew
MOST_WAITING = 5  # tries at once; more are turned away


class TooManyTries(Exception):
    """More tries at once than are let in."""


@dataclass(frozen=True, slots=True)
class Session:
    """One signed-in browser."""

    until: float
    form_token: str  # stands in every form, so that no other site can send one


class Access:
    """The password, the sessions it opened, and the wrong tries so far; forgotten at a restart."""

    def __init__(self, password: str, clock: Callable[[], float] = time.monotonic) -> None:
        if not password:
            raise ValueError("without a password there is no researcher's page")
        self._digest = _digest(password)
        self._clock = clock
        self._sessions: dict[str, Session] = {}
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._wrong, self._last_wrong = 0, 0.0

    async def sign_in(self, password: str) -> str | None:
        """The secret of a new session, or None for a wrong password, after a pause that grows with every wrong try.

        Tries are looked at one after the other, whoever makes them: many at once are no faster than one. No address
        is kept to tell people apart. Raises TooManyTries.
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
        """The session of a cookie, if it still holds."""
        found = self._sessions.get(_digest(secret).hex()) if secret else None
        return found if found is not None and found.until > self._clock() else None

    def sign_out(self, secret: str | None) -> None:
        """End a session here, not only in the browser."""
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
        """Seconds that this wrong try costs."""
        now = self._clock()
        if now - self._last_wrong > FORGIVEN:
            self._wrong = 0
        self._wrong, self._last_wrong = self._wrong + 1, now
        return min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(self._wrong - 1, 10))


def _digest(text: str) -> bytes:
    """Of one length for every text, so that comparing tells nothing about it."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
