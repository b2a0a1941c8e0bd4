"""A calibration on its way: one at a time, in a thread that outlives the page that began it."""

import logging
import threading
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from chains import CredenceError
from estimators.calibration.record import Calibration
from evaluation.commands.calibrate import Progress

PERIOD = 0.3  # seconds between two looks of a page
_log = logging.getLogger(__name__)

Work = Callable[[], Generator[Progress, None, Calibration]]


@dataclass(frozen=True, slots=True)
class JobState:
    """How far it is; what a page that opens now shows."""

    stage: Literal["idle", "running", "stopping", "stopped", "failed", "done"] = "idle"
    title: str = ""  # of the questions
    progress: Progress | None = None
    error: str = ""
    calibration: Calibration | None = None  # when done, until it is saved or discarded

    @property
    def running(self) -> bool:
        """Whether the model is being asked, or the last question is still on its way."""
        return self.stage in ("running", "stopping")


class CalibrationJob:
    """Runs one calibration; every page of the app looks at the same one."""

    def __init__(self) -> None:
        self.state = JobState()
        self._lock = threading.Lock()
        self._stop = threading.Event()

    def start(self, title: str, work: Work, said: Callable[[str], str] = str) -> bool:
        """Begin, unless one is running; ``said`` turns the text of an error into that for the page."""
        with self._lock:
            if self.state.running:
                return False
            self.state = JobState("running", title)
            self._stop.clear()
        threading.Thread(target=self._run, args=(work, said), daemon=True).start()
        return True

    def stop(self) -> None:
        """Stop after the question that is being asked; what was done is kept."""
        with self._lock:
            if self.state.stage == "running":
                self._stop.set()
                self.state = replace(self.state, stage="stopping")

    def clear(self) -> None:
        """Forget what is over: it was saved, discarded, or read."""
        with self._lock:
            if not self.state.running:
                self.state = JobState()

    def updates(self, period: float = PERIOD) -> Iterator[JobState]:
        """The state whenever it has changed, until nothing runs any more; ends with the last one."""
        shown: JobState | None = None
        while True:
            state = self.state
            if state != shown:
                yield (shown := state)
            if not state.running:
                return
            time.sleep(period)

    def _run(self, work: Work, said: Callable[[str], str]) -> None:
        steps = work()
        try:
            while True:
                progress = next(steps)
                self._change(progress=progress)
                if self._stop.is_set():
                    steps.close()
                    self._change(stage="stopped")
                    return
        except StopIteration as end:
            self._change(stage="done", calibration=end.value)
        except CredenceError as error:
            self._change(stage="failed", error=said(str(error)))
        except Exception:  # the person gets a sentence and the log the traceback
            _log.exception("a calibration failed")
            self._change(
                stage="failed",
                error="Something went wrong inside Credence while it was calibrating. What was asked is kept: go on, and "
                "if it happens again, see the log.",
            )

    def _change(self, **changes: object) -> None:
        with self._lock:
            self.state = replace(self.state, **changes)  # type: ignore[arg-type]  # mypy cannot check names given so
