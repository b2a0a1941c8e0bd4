"""A calibration in progress: one at a time, in a thread that continues after the page is closed."""

import logging
import threading
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from chains import CredenceError
from estimators.calibration.record import Calibration
from evaluation.calibration.calibrating import Progress

PERIOD = 0.3  # seconds between two checks by a page
_log = logging.getLogger(__name__)

Work = Callable[[], Generator[Progress, None, Calibration]]


@dataclass(frozen=True, slots=True)
class JobState:
    """The state of the job, as a newly opened page shows it."""

    stage: Literal["idle", "running", "stopping", "stopped", "failed", "done"] = "idle"
    title: str = ""  # of the questions
    progress: Progress | None = None
    error: str = ""
    calibration: Calibration | None = None  # once done, until it is saved or discarded

    @property
    def running(self) -> bool:
        """Whether the model is being asked or the last question is still pending."""
        return self.stage in ("running", "stopping")


class CalibrationJob:
    """Runs one calibration at a time, shared by all pages of the app."""

    def __init__(self) -> None:
        self.state = JobState()
        self._lock = threading.Lock()
        self._stop = threading.Event()

    def start(self, title: str, work: Work, rephrase: Callable[[str], str] = str) -> bool:
        """Start, unless one is running; ``rephrase`` turns an error message into the text for the page."""
        with self._lock:
            if self.state.running:
                return False
            self.state = JobState("running", title)
            self._stop.clear()
        threading.Thread(target=self._run, args=(work, rephrase), daemon=True).start()
        return True

    def stop(self) -> None:
        """Stop after the current question; the answers so far are kept."""
        with self._lock:
            if self.state.stage == "running":
                self._stop.set()
                self.state = replace(self.state, stage="stopping")

    def clear(self) -> None:
        """Reset after a finished job was saved, discarded or dismissed."""
        with self._lock:
            if not self.state.running:
                self.state = JobState()

    def updates(self, period: float = PERIOD) -> Iterator[JobState]:
        """Each new state, until the job ends; the last one is the final state."""
        shown: JobState | None = None
        while True:
            state = self.state
            if state != shown:
                yield (shown := state)
            if not state.running:
                return
            time.sleep(period)

    def _run(self, work: Work, rephrase: Callable[[str], str]) -> None:
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
            self._change(stage="failed", error=rephrase(str(error)))
        except Exception:  # the person gets a message, the log gets the traceback
            _log.exception("a calibration failed")
            self._change(
                stage="failed",
                error="Credence ran into an internal error while calibrating. The answers so far are kept. Try to "
                "continue; if it fails again, see the log.",
            )

    def _change(self, **changes: object) -> None:
        with self._lock:
            self.state = replace(self.state, **changes)  # type: ignore[arg-type]  # mypy cannot check these names
