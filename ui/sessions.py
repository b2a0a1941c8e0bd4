"""What the server remembers of open pages: so many of them, and so much of what they hold. The pages used last stay."""

import time
from collections.abc import Iterator
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from estimators.types import Answer
from ui.chat.conversation import Conversation, every

MOST = 2000  # open pages
MOST_BYTES = 2_000_000_000  # of all together, about what 400 conversations of five turns take
EMPTY = 120_000  # bytes of a page without a question, for the most part Gradio's
EVERY = 1.0  # seconds from one look to the next
_TOKEN, _ALTERNATIVE, _CHARACTER = 5000, 500, 4  # bytes, with what Gradio keeps of the page that shows them


class FewSessions:
    """Forgets the pages that were used longest ago once there are too many, or once they hold too much.

    A page that is forgotten starts over, as after a restart; conversations kept in a browser or a database are there still.
    """

    def __init__(
        self, app: ASGIApp, most: int = MOST, most_bytes: int = MOST_BYTES, every: float = EVERY
    ) -> None:
        self._app, self._most, self._most_bytes = app, most, most_bytes
        self._every, self._next = every, 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "POST" and time.monotonic() >= self._next:
            forget(scope["app"].state_holder, self._most, self._most_bytes)
            self._next = time.monotonic() + self._every
        await self._app(scope, receive, send)


def forget(holder: Any, most: int, most_bytes: int) -> None:
    """Forget the sessions used longest ago that are more than ``most`` or hold more than ``most_bytes`` with the later ones.

    One that is being answered stays.
    """
    kept, held = 0, 0
    with holder.lock:
        for name, session in reversed(list(holder.session_data.items())):
            values = list(session.state_data.values())
            conversations = [value for value in values if isinstance(value, Conversation)]
            size = EMPTY + sum(map(memory_of, conversations))
            running = any(conversation.running for conversation in conversations)
            if kept and not running and (kept >= most or held + size > most_bytes):
                del holder.session_data[name]
                holder.time_last_used.pop(name, None)
            else:
                kept, held = kept + 1, held + size


def memory_of(conversation: Conversation) -> int:
    """About how many bytes a conversation takes, by its tokens, their alternatives and its characters."""
    total = 0
    for entry in every(conversation.entries):
        total += _CHARACTER * len(entry.question)
        for answer in _answers(entry.turn) if entry.turn else ():
            alternatives = len(answer.tokens[0].top) if answer.tokens else 0
            total += len(answer.tokens) * (_TOKEN + _ALTERNATIVE * alternatives)
            total += _CHARACTER * (len(answer.text) + (len(answer.reasoning.text) if answer.reasoning else 0))
    return total


def _answers(turn: Any) -> Iterator[Answer]:
    if turn.answer is not None:
        yield turn.answer
    yield from turn.samples
    yield from (probe.reply for probe in turn.probes.values())
