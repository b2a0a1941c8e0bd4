"""A model that is opened while the server already answers, because clients do not wait long for a server to start."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future

from langchain_core.language_models import BaseChatModel


class LateModel:
    """A model that a thread opens; whoever needs it waits for it."""

    def __init__(self, open_model: Callable[[], BaseChatModel]) -> None:
        self._opened: Future[BaseChatModel] = Future()
        threading.Thread(target=self._open, args=(open_model,), daemon=True, name="opening").start()

    @classmethod
    def of(cls, model: BaseChatModel) -> "LateModel":
        """A model that is open already."""
        return cls(lambda: model)

    async def get(self) -> BaseChatModel:
        """The model; raises CredenceError if it could not be opened."""
        return await asyncio.wrap_future(self._opened)

    def close(self) -> None:
        """Stop the model's engine, if it was opened."""
        if self._opened.done() and not self._opened.exception():
            getattr(self._opened.result(), "close", lambda: None)()

    def _open(self, open_model: Callable[[], BaseChatModel]) -> None:
        try:
            self._opened.set_result(open_model())
        except Exception as error:
            self._opened.set_exception(error)
