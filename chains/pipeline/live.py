"""A turn that runs in a thread, while a page polls it at a steady rate."""

import logging
import threading
import time
from collections.abc import Generator, Iterator
from dataclasses import replace
from typing import Any

from langchain_core.language_models import BaseChatModel

from chains.errors import CredenceError, EnginePaused
from chains.pipeline.pipeline import confidence_pipeline, judge
from chains.pipeline.turn import Turn
from chains.settings import Settings
from estimators.types import Question

PERIOD = 0.1  # seconds between two updates of the page
_log = logging.getLogger(__name__)


class LiveTurn:
    """Runs one turn and keeps its latest snapshot; the page may skip snapshots in between."""

    def __init__(self, model: BaseChatModel, question: Question | Turn, settings: Settings) -> None:
        self.turn: Turn | None = None
        self.error = ""
        self.paused = False  # the error means that the engine waits some seconds before a restart
        self._model = model
        self._stopped = threading.Event()
        self._changed = threading.Event()
        self._done = False
        pipeline = confidence_pipeline(model, settings)
        self._thread = threading.Thread(target=self._run, args=(pipeline, question), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop the model and keep what it has generated so far."""
        self._stopped.set()
        self._changed.set()

    def updates(self, period: float = PERIOD) -> Iterator[Turn | None]:
        """Each new snapshot, at most one per period, until the turn ends."""
        while not (self._done or self._stopped.is_set()):
            self._changed.wait()
            self._changed.clear()
            yield self.turn
            time.sleep(period)
        if self._stopped.is_set() and self.turn and self.turn.stage != "done" and not self.error:
            self.turn = self._as_stopped(self.turn)
        yield self.turn

    def _as_stopped(self, turn: Turn) -> Turn:
        answer = turn.answer
        if answer is None:
            self.error = "Stopped before the first word."
            return turn
        if turn.stage == "answering":
            answer = replace(answer, finish="cancelled")
        return judge(self._model, replace(turn, answer=answer, pending=()))

    def _run(self, pipeline: Any, question: Question | Turn) -> None:
        try:
            snapshots: Generator[Turn, None, None] = pipeline.stream(question)
            for turn in snapshots:
                if self._stopped.is_set():
                    snapshots.close()
                    break
                self.turn = turn
                self._changed.set()
        except CredenceError as error:
            self.error, self.paused = str(error), isinstance(error, EnginePaused)
        except Exception:  # the person gets a message, the log gets the traceback
            _log.exception("a turn failed")
            self.error = (
                "Credence ran into an internal error while answering. Try again; the log has the details."
            )
        finally:
            self._done = True
            self._changed.set()
