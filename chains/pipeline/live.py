"""A turn that runs in a thread, while a page polls it at a steady rate."""

import logging
import threading
import time
from collections.abc import Generator, Iterator
from dataclasses import replace
from typing import Any

from langchain_core.language_models import BaseChatModel

from chains.errors import CallCancelled, CredenceError, EnginePaused, ModelLoading
from chains.models.line import line_of
from chains.models.slot import ModelSlot
from chains.pipeline.pipeline import confidence_pipeline, judge
from chains.pipeline.turn import Turn
from chains.settings import Settings
from estimators.types import Question

PERIOD = 0.1  # seconds between two updates of the page
STOPPED = "Stopped before the first word."
_log = logging.getLogger(__name__)


class LiveTurn:
    """Runs one turn and keeps its latest snapshot; the page may skip snapshots in between.

    The turn has its model to itself: one that is put in its place meanwhile answers the next turn.
    """

    def __init__(
        self, model: BaseChatModel | ModelSlot, question: Question | Turn, settings: Settings
    ) -> None:
        self.turn: Turn | None = None
        self.error = ""
        self.paused = False  # the error means that the engine waits some seconds before a restart
        self.waiting = (
            ""  # how far the model is that it waits for, or its place in line; empty if it does not wait
        )
        self.model: BaseChatModel | None = None  # the model that answers, once there is one
        self._slot = ModelSlot.of(model)
        self._stopped = threading.Event()
        self._changed = threading.Event()
        self._done = False
        self._thread = threading.Thread(target=self._run, args=(question, settings), daemon=True)
        self._thread.start()

    @property
    def ended(self) -> bool:
        """Whether nothing new will come."""
        return self._done or self._stopped.is_set()

    def stop(self) -> None:
        """Stop the model and keep what it has generated so far."""
        self._stopped.set()
        self._changed.set()

    def updates(self, period: float = PERIOD) -> Iterator[Turn | None]:
        """Each new snapshot, at most one per period, until the turn ends."""
        while not self.ended:
            self._changed.wait()
            self._changed.clear()
            yield self.turn
            time.sleep(period)
        if self._stopped.is_set() and not self.error:
            if self.turn is None:
                self.error = STOPPED
            elif self.turn.stage != "done":
                self.turn = self._as_stopped(self.turn)
        yield self.turn

    def _as_stopped(self, turn: Turn) -> Turn:
        answer = turn.answer
        if answer is None:
            self.error = STOPPED
            return turn
        if turn.stage == "answering":
            answer = replace(answer, finish="cancelled")
        assert self.model is not None
        return judge(self.model, replace(turn, answer=answer, pending=()))

    def _wait(self, progress: str) -> bool:
        """Show how far the model is, or the place in its line; returns whether the turn is still wanted."""
        if progress != self.waiting:
            self.waiting = progress
            self._changed.set()
        return not self._stopped.is_set()

    def _run(self, question: Question | Turn, settings: Settings) -> None:
        try:
            with self._slot.use(self._wait) as self.model:
                self.waiting = ""
                with line_of(self.model).joined(self._wait):
                    self._answer(self.model, question, settings)
        except CallCancelled:
            pass  # it was stopped while it waited
        except CredenceError as error:
            if not (self._stopped.is_set() and isinstance(error, ModelLoading)):
                self.error, self.paused = str(error), isinstance(error, EnginePaused)
        except Exception:  # the person gets a message, the log gets the traceback
            _log.exception("a turn failed")
            self.error = (
                "Credence ran into an internal error while answering. Try again; the log has the details."
            )
        finally:
            self.waiting, self._done = "", True
            self._changed.set()

    def _answer(self, model: BaseChatModel, question: Question | Turn, settings: Settings) -> None:
        pipeline: Any = confidence_pipeline(model, settings)
        snapshots: Generator[Turn, None, None] = pipeline.stream(question)
        for turn in snapshots:
            if self._stopped.is_set():
                snapshots.close()
                break
            self.turn = turn
            self._changed.set()
