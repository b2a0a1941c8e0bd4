"""Calls of a model in lanes: the lanes run at the same time, the calls of one lane one after another.

A lane holds calls whose prompts begin alike, so that an engine with a prefix cache reads that beginning once.
"""

import contextvars
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Sequence
from typing import TypeVar

from langchain_core.language_models import BaseChatModel

from chains.pipeline.model_calls import Meter
from chains.settings import Settings

K = TypeVar("K")
R = TypeVar("R")
Call = Callable[[Meter, threading.Event], R]  # the event tells it to stop


def lanes_at_once(model: BaseChatModel, settings: Settings) -> int:
    """How many lanes run at the same time: as set, else as many as the model says (``at_once``), else one."""
    return settings.at_once or int(getattr(model, "at_once", 1))


def probes_at_once(model: BaseChatModel, settings: Settings) -> int:
    """How many lanes of probes run at the same time: as set, else ``probes_at_once`` of the model, else as any lanes."""
    return settings.at_once or int(getattr(model, "probes_at_once", 0)) or lanes_at_once(model, settings)


def run_lanes(
    lanes: Sequence[Sequence[tuple[K, Call[R]]]], at_once: int, meter: Meter
) -> Generator[tuple[K, R], None, None]:
    """Make all calls and yield each key with its result as it arrives.

    The first error of a call is raised. Closing the generator cancels the calls in progress at their next token and
    waits for their threads. The meter gets the time that passed, not the sum over calls.
    """
    if min(at_once, len(lanes)) <= 1:
        for key, call in (entry for lane in lanes for entry in lane):
            yield key, call(meter, threading.Event())
        return
    waiting, cancelled = deque(lanes), threading.Event()
    arrived: queue.SimpleQueue[tuple[K, R | BaseException, Meter]] = queue.SimpleQueue()

    def work() -> None:
        while not cancelled.is_set():
            try:
                lane = waiting.popleft()
            except IndexError:
                return
            for key, call in lane:
                if cancelled.is_set():
                    return
                own = Meter()
                try:
                    arrived.put((key, call(own, cancelled), own))
                except BaseException as error:  # raised in the thread that waits for the results
                    arrived.put((key, error, own))
                    return

    workers = [
        threading.Thread(
            target=contextvars.copy_context().run, args=(work,), name=f"lane-{number}", daemon=True
        )
        for number in range(min(at_once, len(lanes)))
    ]
    last = time.perf_counter()
    for worker in workers:
        worker.start()
    try:
        for _ in range(sum(map(len, lanes))):
            key, result, own = arrived.get()
            meter.include(own)
            now = time.perf_counter()
            meter.seconds, last = meter.seconds + now - last, now
            if isinstance(result, BaseException):
                raise result
            yield key, result
    finally:
        cancelled.set()
        for worker in workers:
            worker.join()
        while not arrived.empty():
            _, result, own = arrived.get()
            meter.include(own)
