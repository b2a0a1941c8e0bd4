"""The model in use. Another one is opened in a thread and takes its place once it is ready."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from langchain_core.language_models import BaseChatModel

from chains.engines.open import open_chat_model
from chains.errors import CredenceError, ModelLoading, ModelUnavailable, NotEnoughMemory
from chains.models.names import not_open
from chains.opening import Step, listening

LOOK = 0.25  # seconds between two looks of whoever waits for a model
NONE_CHOSEN = "No model is open. Choose one."
CANCELLED = "You stopped loading it."
FAILED = "Credence ran into an internal error while opening this model. Choose another one; the log has the details."
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SlotState:
    """What a slot holds and what it is opening; specs are those of ``open_chat_model``."""

    ready: bool = False  # a model is in use
    spec: str = ""  # of that model; empty if it was opened elsewhere
    loading: str = ""  # of the model that is being opened
    step: Step | None = None  # how far that is
    failed: str = ""  # of the model that could not be opened
    failure: str = ""  # why
    no_room: bool = False  # it would fit if the model in use were closed first
    version: int = 0  # rises whenever another model is put to use

    @property
    def progress(self) -> str:
        """How far the opening is: "430 of 1,093 MB, 30.0 MB/s, about 22 s left"; empty if nothing is opened."""
        if not self.loading:
            return ""
        if self.step is None:
            return "opening it"
        return f"{self.step.count}, {self.step.pace}" if self.step.total else self.step.what


@dataclass(slots=True, eq=False)
class _Opened:
    model: BaseChatModel
    users: int = 0
    replaced: bool = False  # it is closed once nobody uses it


class _NoLongerWanted(Exception):
    """Another model was chosen meanwhile, or the slot was closed."""


class ModelSlot:
    """Holds one model; all methods may be called from several threads.

    ``model`` is never missing: before the first one is ready, it is a stand-in with its name, which refuses every call.
    """

    def __init__(self, opener: Callable[[str], BaseChatModel] = open_chat_model) -> None:
        self._opener = opener
        self._changed = threading.Condition()
        self._state = SlotState()
        self._opened: _Opened | None = None
        self._attempt = 0

    @classmethod
    def of(cls, model: "BaseChatModel | ModelSlot") -> "ModelSlot":
        """A slot with a model that is open already; a slot is returned as it is."""
        if isinstance(model, ModelSlot):
            return model
        slot = cls()
        slot._opened, slot._state = _Opened(model), SlotState(ready=True)
        return slot

    def another(self) -> "ModelSlot":
        """An empty slot that opens models in the same way."""
        return ModelSlot(self._opener)

    @property
    def state(self) -> SlotState:
        """What it holds and does now."""
        return self._state

    @property
    def model(self) -> BaseChatModel:
        """The model in use, to read what it is; to ask it, ``use`` it."""
        with self._changed:
            if self._opened is not None:
                return self._opened.model
            state = self._state
        return not_open(state.loading or state.failed, str(_unavailable(state)))

    def open(self, spec: str, *, alone: bool = False, then: Callable[[], object] = bool) -> None:
        """Begin to open a model, in place of any that is being opened. The model in use stays until it is ready.

        Parameters
        ----------
        alone : close the model in use first, because both do not fit into memory
        then : called once the model is in use
        """
        with self._changed:
            self._attempt += 1
            before = self._opened if alone else None
            if before is not None:
                self._opened, before.replaced = None, True
            self._set(
                ready=self._opened is not None, spec="" if alone else self._state.spec, loading=spec, step=None,
                failed="", failure="", no_room=False,
            )  # fmt: skip
            attempt = self._attempt
        thread = threading.Thread(
            target=self._open, args=(spec, attempt, before, then), daemon=True, name="opening"
        )
        thread.start()

    def cancel(self) -> None:
        """Stop opening a model; a download that was begun goes on from there the next time."""
        with self._changed:
            if self._state.loading:
                self._attempt += 1
                self._set(loading="", step=None, failed=self._state.loading, failure=CANCELLED)

    def dismiss(self) -> None:
        """Forget that a model could not be opened."""
        with self._changed:
            if self._state.ready:
                self._set(failed="", failure="", no_room=False)

    @contextmanager
    def use(self, waiting: Callable[[str], bool] | None = None) -> Iterator[BaseChatModel]:
        """The model in use; it stays open until the block ends, also if another one takes its place.

        ``waiting`` is called several times a second while the first model is being opened, with how far that is, and
        ends the wait if it returns False; without it nobody waits. Raises ModelLoading, and ModelUnavailable if no
        model is being opened.
        """
        opened = self._take(waiting)
        try:
            yield opened.model
        finally:
            with self._changed:
                opened.users -= 1
                unused = opened.replaced and not opened.users
                self._changed.notify_all()
            if unused:
                _close(opened)

    def settled(self, timeout: float | None = None) -> SlotState:
        """Wait until nothing is being opened; the state then."""
        with self._changed:
            self._changed.wait_for(lambda: not self._state.loading, timeout)
            return self._state

    def close(self) -> None:
        """Stop the engine of the model in use, and the opening of another."""
        with self._changed:
            self._attempt += 1
            opened, self._opened = self._opened, None
            self._set(ready=False, loading="", step=None)
        if opened is not None:
            _close(opened)

    # ---- in the thread that opens a model -------------------------------------

    def _open(self, spec: str, attempt: int, before: _Opened | None, then: Callable[[], object]) -> None:
        def told(step: Step) -> None:
            with self._changed:
                if attempt != self._attempt:
                    raise _NoLongerWanted
                self._set(step=step)

        try:
            if before is not None:
                self._close_first(before)
            with listening(told):
                model = self._opener(spec)
        except _NoLongerWanted:
            return
        except CredenceError as error:
            self._fail(attempt, spec, str(error), no_room=isinstance(error, NotEnoughMemory))
        except Exception:  # the person gets a sentence, the log gets the traceback
            _log.exception("a model could not be opened")
            self._fail(attempt, spec, FAILED)
        else:
            if self._put(attempt, spec, model):
                then()

    def _close_first(self, before: _Opened) -> None:
        with self._changed:
            self._changed.wait_for(lambda: not before.users)
        _close(before)

    def _fail(self, attempt: int, spec: str, failure: str, no_room: bool = False) -> None:
        with self._changed:
            if attempt == self._attempt:
                no_room = no_room and self._opened is not None
                self._set(loading="", step=None, failed=spec, failure=failure, no_room=no_room)

    def _put(self, attempt: int, spec: str, model: BaseChatModel) -> bool:
        """Put a model to use, unless it is no longer wanted; returns whether it was."""
        opened = _Opened(model)
        with self._changed:
            wanted = attempt == self._attempt
            unused: _Opened | None = opened
            if wanted:
                unused, self._opened = self._opened, opened
                if unused is not None:
                    unused.replaced = True
                    unused = None if unused.users else unused
                self._set(ready=True, spec=spec, loading="", step=None, version=self._state.version + 1)
        if unused is not None:
            _close(unused)
        return wanted

    # ---- state ----------------------------------------------------------------

    def _take(self, waiting: Callable[[str], bool] | None) -> _Opened:
        while True:
            with self._changed:
                if self._opened is not None:
                    self._opened.users += 1
                    return self._opened
                state = self._state
            if not state.loading or waiting is None or not waiting(state.progress):
                raise _unavailable(state)
            with self._changed:
                self._changed.wait_for(lambda seen=state: self._state is not seen, LOOK)  # type: ignore[misc]

    def _set(self, **changes: Any) -> None:
        self._state = replace(self._state, **changes)
        self._changed.notify_all()


def _unavailable(state: SlotState) -> ModelUnavailable:
    """Why there is no model to ask."""
    if state.loading:
        return ModelLoading(f"The model is still loading: {state.progress}. Try again in a moment.")
    return ModelUnavailable(state.failure or NONE_CHOSEN)


def _close(opened: _Opened) -> None:
    getattr(opened.model, "close", lambda: None)()
