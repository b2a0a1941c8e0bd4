"""Server-sent events: how a reply is sent while it is made."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from starlette.responses import StreamingResponse

KEEP_ALIVE = 15.0  # seconds of silence after which a comment is sent, so that no proxy closes the connection
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def event(data: Any, name: str = "") -> str:
    """One event.

    >>> event({"text": "Rome"}, "answer")
    'event: answer\\ndata: {"text": "Rome"}\\n\\n'
    """
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)}\n\n"


def event_response(events: AsyncIterator[str]) -> StreamingResponse:
    """The events as a response; if the client leaves, the iterator is closed."""
    return StreamingResponse(_kept_alive(events), media_type="text/event-stream", headers=HEADERS)


async def _kept_alive(events: AsyncIterator[str], after: float = KEEP_ALIVE) -> AsyncIterator[str]:
    """The events, and a comment after each silence."""
    source = aiter(events)
    step: asyncio.Task[str] | None = None
    try:
        while True:
            step = step or asyncio.create_task(_following(source))
            done, _ = await asyncio.wait((step,), timeout=after)
            if not done:
                yield ": still working\n\n"
                continue
            text, step = step.result(), None
            if not text:
                return
            yield text
    finally:  # awaits nothing that lasts: a cancelled response is cancelled again at every wait
        if step is not None:
            step.cancel()
        else:
            await source.aclose()  # type: ignore[attr-defined]  # they are generators


async def _following(events: AsyncIterator[str]) -> str:
    return await anext(events, "")
