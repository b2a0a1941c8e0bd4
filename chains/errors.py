"""Every error a person may meet, each saying what is wrong and what to do next.

CredenceError
├── ModelUnavailable      a model cannot be opened or reached
│   ├── EngineStopped     it was open and stopped during a reply
│   └── EnginePaused      it kept stopping and is not tried again for some seconds
├── ReplyNotWhole         a reply ended before it was whole
└── MessageTooLong        a message does not fit into the model's context
"""


class CredenceError(Exception):
    """Base of our own errors; its text is written for the person in front of the page."""


class ModelUnavailable(CredenceError):
    """The model cannot be opened or reached; the text names the cause and the next step."""


class EngineStopped(ModelUnavailable):
    """The engine stopped while it was answering; the conversation can go on once it is back."""


class ReplyNotWhole(CredenceError):
    """A reply broke off or was stopped by the server; ``finish`` says how, as ``Answer.finish`` does."""

    def __init__(self, message: str, finish: str) -> None:
        super().__init__(message)
        self.finish = finish


class EnginePaused(ModelUnavailable):
    """The engine stopped several times and is not tried again before a pause is over.

    ``reason`` says why it stopped; ``seconds`` of the pause are left.
    """

    def __init__(self, told: str, reason: str, seconds: int) -> None:
        super().__init__(told)
        self.reason, self.seconds = reason, seconds


class MessageTooLong(CredenceError):
    """The message alone is longer than the model's context."""

    def __init__(self, tokens: int, limit: int, kept: int = 0) -> None:
        free = f", of which {kept:,} are kept free for the answer and the questions about it" if kept else ""
        super().__init__(
            f"This message is {tokens:,} tokens long, but the model can read {limit:,} at most{free}. "
            "Shorten it, or open a model with a longer context."
        )
        self.tokens, self.limit = tokens, limit
