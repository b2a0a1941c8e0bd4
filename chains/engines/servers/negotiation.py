"""Finding out which options a server accepts, over several requests for the same reply."""

import copy
from collections.abc import Mapping
from typing import Any

from chains.engines.servers.accepted_options import TRIES, accepted, remember
from chains.errors import CredenceError


class Negotiation:
    """The requests for one reply: each sends only what the server (an address and a model) is known to accept.

    >>> talk = Negotiation(("http://host", "m"))
    >>> talk.allowed({"seed": 1})
    {'seed': 1}
    """

    def __init__(self, server: tuple[str, str]) -> None:
        self._server, self._limits = server, accepted(server)
        self._left, self._learned = TRIES - 1, False

    def allowed(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """A copy of the options, changed to what the server accepts."""
        sent = copy.deepcopy(dict(options))
        self._limits.apply(sent)
        return sent

    def goes_on(self, error: Exception, sent: Mapping[str, Any]) -> bool:
        """Whether another request is worth it, because the error rejects an option that was sent."""
        if isinstance(error, CredenceError) or not self._left:
            return False
        self._left -= 1
        self._learned = self._limits.learn_from(error, sent)
        return self._learned

    def succeeded(self) -> None:
        """Remember what the requests have shown about this server."""
        if self._learned:
            remember(self._server, self._limits)
