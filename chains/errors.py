"""The errors that people see; each says what is wrong and what to do next.

CredenceError
├── ModelUnavailable      a model cannot be opened or reached
│   ├── DiskFull          the disk has no room for a model that is downloaded
│   ├── NotEnoughMemory   a model does not fit into free memory
│   ├── ModelLoading      the model is still being opened
│   ├── EngineStopped     an open model stopped during a reply
│   └── EnginePaused      an engine kept stopping and is not restarted for some seconds
├── Busy                  the model has too many questions to answer already
├── ReplyNotWhole         a reply ended before it was complete
└── MessageTooLong        a message does not fit into the model's context
"""

from files.errors import CredenceError

__all__ = [
    "Busy",
    "CallCancelled",
    "CredenceError",
    "EnginePaused",
    "EngineStopped",
    "MessageTooLong",
    "ModelLoading",
    "ModelUnavailable",
    "NotEnoughMemory",
    "ReplyNotWhole",
]


class ModelUnavailable(CredenceError):
    """The model cannot be opened or reached; the text names the cause and the next step."""


class DiskFull(ModelUnavailable):
    """The disk has no room for a model that is downloaded; ``reason`` says how much is needed, and where."""

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class NotEnoughMemory(ModelUnavailable):
    """A model does not fit into free memory; the text says how much it needs."""


class ModelLoading(ModelUnavailable):
    """The model is still being opened; the text says how far that is."""


class EngineStopped(ModelUnavailable):
    """The engine stopped during an answer; the conversation can continue once it has restarted."""


class Busy(CredenceError):
    """The model has too many questions to answer already; the text says how many."""


class CallCancelled(Exception):
    """A reply is no longer wanted, so nobody reads this."""


class ReplyNotWhole(CredenceError):
    """A reply broke off, or the server stopped it; ``finish`` says how, as in ``Answer.finish``."""

    def __init__(self, message: str, finish: str) -> None:
        super().__init__(message)
        self.finish = finish


class EnginePaused(ModelUnavailable):
    """The engine stopped several times and is not restarted until a pause is over.

    ``reason`` says why it stopped; ``seconds`` is what is left of the pause.
    """

    def __init__(self, message: str, reason: str, seconds: int) -> None:
        super().__init__(message)
        self.reason, self.seconds = reason, seconds


class MessageTooLong(CredenceError):
    """A single message is longer than the model's context."""

    def __init__(self, tokens: int, limit: int, kept: int = 0) -> None:
        free = f", of which {kept:,} are reserved for the answer and the questions about it" if kept else ""
        super().__init__(
            f"This message is {tokens:,} tokens long, but the model can read at most {limit:,}{free}. "
            "Shorten it, or open a model with a longer context."
        )
        self.tokens, self.limit = tokens, limit
