"""The replies of LangChain models that a chat function calls, noted without a change to the function."""

import functools
import inspect
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import aclosing, closing
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from gradio.context import LocalContext
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, LLMResult
from langchain_core.tracers.context import register_configure_hook

from plugin.gradio_chat.exchange import same_words

MOST = 200  # replies kept until they are shown


@dataclass(frozen=True, slots=True)
class Captured:
    """What a model was sent, and what it replied."""

    messages: tuple[BaseMessage, ...]
    reply: AIMessage


class _Listener(BaseCallbackHandler):
    """Puts the replies of models called in its context into a store."""

    def __init__(self, store: "ReplyStore", session: str) -> None:
        self._store, self._session = store, session
        self._sent: dict[UUID, tuple[BaseMessage, ...]] = {}

    def on_chat_model_start(
        self, serialized: Any, messages: list[list[BaseMessage]], *, run_id: UUID, **more: Any
    ) -> None:
        self._sent[run_id] = tuple(messages[0])

    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **more: Any) -> None:
        sent = self._sent.pop(run_id, ())
        generation = response.generations[0][0] if response.generations and response.generations[0] else None
        if isinstance(generation, ChatGeneration) and isinstance(generation.message, AIMessage):
            self._store.add(self._session, Captured(sent, generation.message))


_listening: ContextVar[_Listener | None] = ContextVar("credence_listening", default=None)
register_configure_hook(_listening, inheritable=True)


class ReplyStore:
    """The latest replies, by the session of the page and by their words."""

    def __init__(self) -> None:
        self._replies: OrderedDict[tuple[str, str], Captured] = OrderedDict()

    def add(self, session: str, captured: Captured) -> None:
        """Keep a reply; the oldest ones give way. One with an assessment is not replaced by one without."""
        key = (session, same_words(captured.reply.text))
        known = self._replies.get(key)
        if known is None or "credence" not in known.reply.response_metadata:
            self._replies[key] = captured
        while len(self._replies) > MOST:
            self._replies.popitem(last=False)

    def take(self, session: str, text: str) -> Captured | None:
        """The reply with these words, which is then forgotten; None if no model said them."""
        return self._replies.pop((session, same_words(text)), None)

    def listening(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, doing the same, while the replies of the models that it calls are kept here."""
        if inspect.isasyncgenfunction(function):
            return self._async_generator(function)
        if inspect.iscoroutinefunction(function):
            return self._coroutine(function)
        if inspect.isgeneratorfunction(function):
            return self._generator(function)
        return self._plain(function)

    def _listener(self) -> _Listener:
        request = LocalContext.request.get(None)
        return _Listener(self, getattr(request, "session_hash", None) or "")

    def _plain(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(*args: Any, **named: Any) -> Any:
            context = copy_context()
            context.run(_listening.set, self._listener())
            return context.run(function, *args, **named)

        return call

    def _generator(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def steps(*args: Any, **named: Any) -> Generator[Any, None, None]:
            context, end = copy_context(), object()
            context.run(_listening.set, self._listener())
            with closing(function(*args, **named)) as items:
                while (item := context.run(next, items, end)) is not end:
                    yield item

        return steps

    def _coroutine(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        async def call(*args: Any, **named: Any) -> Any:
            token = _listening.set(self._listener())
            try:
                return await function(*args, **named)
            finally:
                _listening.reset(token)

        return call

    def _async_generator(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        async def steps(*args: Any, **named: Any) -> AsyncGenerator[Any, None]:
            listener, end = self._listener(), object()
            async with aclosing(function(*args, **named)) as items:
                while True:
                    token = _listening.set(listener)
                    try:
                        item = await anext(items, end)
                    finally:
                        _listening.reset(token)
                    if item is end:
                        return
                    yield item

        return steps
