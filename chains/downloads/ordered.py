"""Wheels in their order, fetched in parallel."""

from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path

from chains.downloads.transfer_line import TransferLine
from chains.downloads.wheels import Wheel, WheelDownloads

AT_ONCE = 3  # downloads
AHEAD = AT_ONCE + 1  # wheels that may be on the disk before it is their turn
OFTEN = 0.25  # seconds between two looks at the downloads


def in_order(
    downloads: WheelDownloads, wheels: Sequence[Wheel], line: TransferLine
) -> Generator[tuple[Wheel, Path], None, None]:
    """Yield every wheel with its file once it and all before it have arrived. Raises DownloadFailed and OSError.

    When closed, it ends the downloads in progress.
    """
    rest: deque[Wheel] = deque(wheels)
    started: deque[tuple[Wheel, Future[Path]]] = deque()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            while rest or started:
                while rest and len(started) < AHEAD:
                    started.append((rest[0], pool.submit(downloads.fetch, rest.popleft())))
                wheel, future = started[0]
                while not future.done():
                    wait([future], timeout=OFTEN)
                    line.show(downloads.received())
                yield wheel, future.result()
                started.popleft()
        finally:
            downloads.stop()
            pool.shutdown(cancel_futures=True)
