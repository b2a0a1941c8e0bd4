"""Telling a streamed reply that came to its end from one whose connection broke off.

A server that dies closes the connection, and to a client that looks like the end of the reply. So the
stream of events is watched: it has come to its end when it said why it stopped, or sent ``[DONE]``.
"""

import re
from collections.abc import AsyncIterator, Iterator

import httpx2

# Inside JSON a quotation mark and a new line are escaped, so no text of a model can look like these.
_END = re.compile(rb'(?:^|\n)data: ?\[DONE\]|"finish_reason"\s*:\s*"')
_OVERLAP = 64  # bytes kept of what came before, for an end that is split between two packets
BROKEN = "the event stream ended before the reply did"


class _Watch:
    """Looks for the end of the reply in the bytes that pass."""

    def __init__(self) -> None:
        self._last = b"\n"
        self.ended = False

    def see(self, data: bytes) -> None:
        if not self.ended:
            seen = self._last + data
            self.ended = _END.search(seen) is not None
            self._last = seen[-_OVERLAP:]

    def check(self) -> None:
        """Raise RemoteProtocolError unless the reply came to its end."""
        if not self.ended:
            raise httpx2.RemoteProtocolError(BROKEN)


class _WatchedStream(httpx2.SyncByteStream):
    def __init__(self, stream: httpx2.SyncByteStream) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        watch = _Watch()
        for data in self._stream:
            watch.see(data)
            yield data
        watch.check()

    def close(self) -> None:
        self._stream.close()


class _AsyncWatchedStream(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        watch = _Watch()
        async for data in self._stream:
            watch.see(data)
            yield data
        watch.check()

    async def aclose(self) -> None:
        await self._stream.aclose()


def watch(response: httpx2.Response) -> None:
    """A hook for responses: reading a stream of events raises RemoteProtocolError where it breaks off."""
    if _readable_events(response) and isinstance(response.stream, httpx2.SyncByteStream):
        response.stream = _WatchedStream(response.stream)


async def watch_async(response: httpx2.Response) -> None:
    """The same hook for an asynchronous client."""
    if _readable_events(response) and isinstance(response.stream, httpx2.AsyncByteStream):
        response.stream = _AsyncWatchedStream(response.stream)


def _readable_events(response: httpx2.Response) -> bool:
    events = response.headers.get("Content-Type", "").startswith("text/event-stream")
    return events and response.is_success and "Content-Encoding" not in response.headers
