"""Parallel work keeps every row, also when it is closed or fails."""

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from files.resumable import keep_each


def doubled(job: int) -> Iterator[int]:
    yield 2 * job
    yield 2 * job + 1


@pytest.mark.parametrize("concurrency", [1, 3])
def test_every_row_is_kept_and_yielded_once(concurrency: int) -> None:
    kept: list[int] = []
    rows = list(keep_each(range(20), doubled, kept.append, concurrency))
    assert sorted(rows) == sorted(kept) == list(range(40))


def test_when_closed_the_jobs_in_progress_are_kept_and_no_other_is_started() -> None:
    kept: list[int] = []
    with closing(keep_each(range(100), lambda job: [job], kept.append, 3)) as rows:
        next(rows)
    assert 1 <= len(kept) <= 4


def test_at_most_so_many_jobs_run_at_once() -> None:
    running, most, lock = 0, 0, threading.Lock()
    barrier = threading.Barrier(2, timeout=20)

    def do(job: int) -> list[int]:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        barrier.wait()
        with lock:
            running -= 1
        return [job]

    assert len(list(keep_each(range(6), do, lambda _: None, 2))) == 6
    assert most == 2


def test_an_error_ends_the_work_and_what_came_before_is_kept() -> None:
    kept: list[int] = []

    def do(job: int) -> Iterator[int]:
        yield job
        if job == 2:
            raise ValueError("the server is gone")

    with pytest.raises(ValueError, match="the server is gone"):
        list(keep_each(range(100), do, kept.append, 1))
    assert kept[:3] == [0, 1, 2]
    assert len(kept) <= 4
