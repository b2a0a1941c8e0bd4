"""Work done in parallel whose rows are kept one by one, so that stopping it loses only what is in progress."""

import threading
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import TypeVar

Job = TypeVar("Job")
Row = TypeVar("Row")


def keep_each(
    jobs: Iterable[Job], do: Callable[[Job], Iterable[Row]], keep: Callable[[Row], None], concurrency: int
) -> Generator[Row, None, None]:
    """Do the jobs in parallel, keep each row as it comes, and yield the rows of every finished job.

    ``keep`` is called by one thread at a time. At most ``concurrency`` jobs are ahead of the rows that were taken.
    When closed or after an error, no further job is started, and the jobs in progress are finished and kept.
    """
    lock = threading.Lock()
    waiting = iter(jobs)
    pool = ThreadPoolExecutor(concurrency)

    def finished(job: Job) -> list[Row]:
        rows = []
        for row in do(job):
            with lock:
                keep(row)
            rows.append(row)
        return rows

    def started(count: int) -> set[Future[list[Row]]]:
        return {pool.submit(finished, job) for job in islice(waiting, count)}

    running = started(concurrency)
    try:
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                rows = future.result()
                running |= started(1)
                yield from rows
    finally:
        pool.shutdown()
