"""One process at a time."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

from files.locking import lock as lock_file


@contextlib.contextmanager
def only_one(lock: Path, what: str) -> Iterator[None]:
    """Hold a lock file; the system frees it when the process ends, however it ends. Says so if it has to wait."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a") as file:
        if not lock_file(file, wait=False):
            print(
                f"{what} is being downloaded by another process; waiting for it", file=sys.stderr, flush=True
            )
            lock_file(file, wait=True)
        yield
