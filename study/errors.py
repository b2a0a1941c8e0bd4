"""What can go wrong in a study, each said to the person who meets it.

CredenceError
├── BadDesign          a design file, or its frozen answers, that cannot be run
├── StoreUnavailable   the database cannot be reached; what was not acknowledged is sent again
├── NoSafePlace        there is nowhere to keep the data where they would survive
├── NotYours           no session belongs to this request
├── NotThisScreen      the session is at another screen
└── BadAnswer          fields that are missing or out of range
"""

from collections.abc import Mapping, Sequence

from chains.errors import CredenceError


class BadDesign(CredenceError):
    """A design that cannot be run; ``faults`` holds one sentence each, with its line where it has one."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


class StoreUnavailable(CredenceError):
    """The database cannot be reached; nothing of the request was stored."""


class NoSafePlace(CredenceError):
    """A study was to start where its data would be lost."""


class NotYours(CredenceError):
    """The request belongs to no session; nothing of any session is told."""

    def __init__(self) -> None:
        super().__init__(
            "This browser has no session here. Open the link of the study again, in the browser in which you began."
        )


class NotThisScreen(CredenceError):
    """An answer to a screen at which the session is not, nor ever was."""

    def __init__(self) -> None:
        super().__init__("Your session is at another page. Reload to go on there.")


class BadAnswer(CredenceError):
    """Fields of a form that are missing or wrong: field → sentence."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(" ".join(faults.values()))
        self.faults = dict(faults)
