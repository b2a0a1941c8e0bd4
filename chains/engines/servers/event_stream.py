"""Telling complete streamed replies from those whose connection broke off.

When a server dies, the connection closes, which looks to a client like the end of the reply. So the
event stream is watched: it is complete once it gives a finish reason or sends ``[DONE]``.
"""

import re
from collections.abc import AsyncIterator, Iterator

import httpx2

# Quotation marks and newlines are escaped in JSON, so no text from a model can look like these.
_END = re.compile(rb'(?:^|\n)data: ?\[DONE\]|"finish_reason"\s*:\s*"')
_OVERLAP = 64  # bytes kept from the previous packet, for an end that is split between two packets
BROKEN = "the event stream ended before the reply did"


class _Watch:
    """Looks for the end of the reply in the bytes of the stream."""

    def __init__(self) -> None:
        self._last = b"\n"
        self.ended = False

    def see(self, data: bytes) -> None:
        if not self.ended:
            seen = self._last + data
            self.ended = _END.search(seen) is not None
            self._last = seen[-_OVERLAP:]

    def check(self) -> None:
        """Raise RemoteProtocolError unless the reply is complete."""
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
    """A response hook: reading an event stream that breaks off raises RemoteProtocolError."""
    if _readable_events(response) and isinstance(response.stream, httpx2.SyncByteStream):
        response.stream = _WatchedStream(response.stream)


async def watch_async(response: httpx2.Response) -> None:
    """The same hook for asynchronous clients."""
    if _readable_events(response) and isinstance(response.stream, httpx2.AsyncByteStream):
        response.stream = _AsyncWatchedStream(response.stream)


def _readable_events(response: httpx2.Response) -> bool:
    events = response.headers.get("Content-Type", "").startswith("text/event-stream")
    return events and response.is_success and "Content-Encoding" not in response.headers
