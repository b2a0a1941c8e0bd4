"""Runs the pipeline for a request in a thread of its own, and stops it once nobody waits for the result."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import aclosing, closing
from typing import TypeVar

from langchain_core.language_models import BaseChatModel
from pydantic import ValidationError
from starlette.requests import Request

from chains.assess import given, with_choices
from chains.errors import CallCancelled
from chains.models.line import Told, line_of
from chains.models.slot import ModelSlot
from chains.pipeline.pipeline import confidence_pipeline
from chains.pipeline.turn import Turn
from chains.settings import Settings
from estimators.types import Question
from service.faults import Fault, invalid
from service.requests import Asked, Body

T = TypeVar("T")
B = TypeVar("B", bound=Body)


class ClientGone(Exception):
    """The client closed its connection."""


def read(kind: type[B], **fields: object) -> B:
    """A request from values that did not arrive as JSON; raises Fault for what does not fit."""
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        raise invalid(error.errors()) from None


def question_of(asked: Asked) -> Question:
    """The question with its choices as options; raises Fault for choices that cannot be lettered."""
    try:
        return with_choices(asked.as_question(), asked.choices)
    except ValueError as error:
        raise Fault(f"{error}.", param="choices") from None


def turns_of(
    model: BaseChatModel, settings: Settings, question: Question, answer: str | None = None
) -> Generator[Turn, None, None]:
    """Every snapshot of an answered question, or of a given answer; closing it stops the model.

    Raises CredenceError if the model cannot answer.
    """
    start = question if answer is None else given(model, question, answer, settings)
    snapshots: Iterator[Turn] = confidence_pipeline(model, settings).stream(start)
    with closing(snapshots):  # type: ignore[type-var]  # LangChain returns a generator
        yield from snapshots


async def asked_in(
    slot: ModelSlot, ask: Callable[[BaseChatModel], Generator[T, None, None]], *, wait: bool = False
) -> AsyncIterator[T]:
    """What ``ask`` yields of the model in use, in a thread and in the line of the model, which stays open until it ends.

    When this iterator is closed, a wait in the line ends at once, and ``ask`` is closed after its current item.
    ``wait``: for a model that is still being opened; else ModelLoading is raised. Raises ModelUnavailable without one,
    and Busy if the line is full.
    """

    def items(wanted: Told) -> Generator[T, None, None]:
        with (
            slot.use(wanted if wait else None) as model,
            line_of(model).joined(wanted),
            closing(ask(model)) as asked,
        ):
            yield from asked

    async with aclosing(_in_thread(items)) as produced:  # type: ignore[type-var]  # it is a generator
        async for item in produced:
            yield item


def check_room(slot: ModelSlot) -> None:
    """Raise Busy if the line is full: a stream that has begun could not be refused."""
    if slot.state.ready:
        line_of(slot.model).check_room()


async def _in_thread(produce: Callable[[Told], Generator[T, None, None]]) -> AsyncIterator[T]:
    """The items of a generator that runs in a thread; it is closed after its current item when this iterator is closed."""
    loop, items, unwanted = (
        asyncio.get_running_loop(),
        asyncio.Queue[tuple[T] | Exception | None](),
        threading.Event(),
    )

    def tell(item: tuple[T] | Exception | None) -> None:
        with contextlib.suppress(RuntimeError):  # the server has stopped
            loop.call_soon_threadsafe(items.put_nowait, item)

    def run() -> None:
        try:
            with closing(produce(lambda _: not unwanted.is_set())) as produced:
                for item in produced:
                    if unwanted.is_set():
                        return
                    tell((item,))
        except CallCancelled:
            pass  # nobody waits any more
        except Exception as error:
            tell(error)
        finally:
            tell(None)

    threading.Thread(target=run, name="credence-request", daemon=True).start()
    try:
        while (item := await items.get()) is not None:
            if isinstance(item, Exception):
                raise item
            yield item[0]
    finally:
        unwanted.set()


async def last(items: AsyncIterator[T]) -> T:
    """The last of some items, which must not be none."""
    found: tuple[T] | None = None
    async with aclosing(items) as all_items:  # type: ignore[type-var]  # they are generators
        async for item in all_items:
            found = (item,)
    assert found is not None
    return found[0]


async def while_connected(request: Request, items: AsyncIterator[T]) -> T:
    """The last item, unless the client leaves first; then the work stops and ClientGone is raised."""
    work = asyncio.ensure_future(last(items))
    gone = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait((work, gone), return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            raise ClientGone
        return work.result()
    finally:
        for task in (work, gone):
            task.cancel()
        await asyncio.gather(work, gone, return_exceptions=True)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
