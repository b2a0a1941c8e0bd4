"""Errors of a study; each message is written for the person who sees it.

CredenceError
├── BadDesign          a design file, or its frozen answers, that cannot be run
├── StoreUnavailable   the database cannot be reached; anything not acknowledged is sent again
├── UnsafeStorage      the configured storage would lose the data
├── SessionForbidden   the request belongs to no session
├── NotThisScreen      the session is on a different screen
└── BadAnswer          form fields are missing or invalid
"""

from collections.abc import Mapping, Sequence

from chains.errors import CredenceError
from database.errors import DatabaseUnavailable


class BadDesign(CredenceError):
    """A design that cannot be run; ``faults`` has one sentence per problem, with its line number if known."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


class StoreUnavailable(DatabaseUnavailable):
    """The database cannot be reached; nothing from the request was stored."""


class UnsafeStorage(CredenceError):
    """The study's data would be lost in the storage that was configured."""


class SessionForbidden(CredenceError):
    """The request belongs to no session; the message reveals nothing about any session."""

    def __init__(self) -> None:
        super().__init__(
            "This browser has no session in this study. Open the study link again in the browser you started with."
        )


class NotThisScreen(CredenceError):
    """An answer to a screen that the session has not reached."""

    def __init__(self) -> None:
        super().__init__("Your session is on a different page. Reload to continue there.")


class BadAnswer(CredenceError):
    """Form fields that are missing or invalid: field → sentence."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(" ".join(faults.values()))
        self.faults = dict(faults)
