"""A calibration in its thread: progress, stop, errors, one at a time; a test controls each step of the work."""

import threading
from collections.abc import Generator

import pytest

from chains import CredenceError
from estimators.calibration.record import Calibration
from evaluation.calibration.calibrating import Progress
from tests.ui.measured import measured
from ui.calibration.job import CalibrationJob


class Work:
    """Three questions; waits before each until it is released."""

    def __init__(self, error: Exception | None = None) -> None:
        self.gate, self.closed, self.error = threading.Semaphore(0), False, error

    def __call__(self) -> Generator[Progress, None, Calibration]:
        try:
            for done in range(3):
                assert self.gate.acquire(timeout=20)
                yield Progress("asking", done, 3, None)
            if self.error:
                raise self.error
            return measured("Done")
        except GeneratorExit:
            self.closed = True
            raise

    def release(self, times: int = 1) -> None:
        self.gate.release(times)


def last(job: CalibrationJob) -> str:
    return [state.stage for state in job.updates(0.01)][-1]


def test_a_job_runs_from_the_first_question_to_a_calibration() -> None:
    job, work = CalibrationJob(), Work()
    assert job.start("mine.jsonl", work)
    assert job.state.running and job.state.title == "mine.jsonl"
    assert not job.start("another", work)  # one at a time
    work.release(3)
    assert last(job) == "done"
    assert job.state.calibration is not None and job.state.calibration.name == "Done"
    job.clear()
    assert job.state.stage == "idle"


def test_stop_closes_the_work_after_the_current_question() -> None:
    job, work = CalibrationJob(), Work()
    job.start("mine.jsonl", work)
    job.stop()
    assert job.state.stage == "stopping" and not work.closed
    job.clear()
    assert job.state.stage == "stopping"  # a running job is not cleared
    work.release()
    assert last(job) == "stopped" and work.closed
    again = Work()
    assert job.start("mine.jsonl", again)
    again.release(3)
    assert last(job) == "done"


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (CredenceError("/tmp/x/mine.jsonl: one class only."), "mine.jsonl: one class only."),
        (OSError("disk"), "Credence ran into an internal error"),
    ],
)
def test_an_error_is_a_message(error: Exception, text: str) -> None:
    job, work = CalibrationJob(), Work(error)
    job.start("mine.jsonl", work, rephrase=lambda text: text.replace("/tmp/x/", ""))
    work.release(3)
    assert last(job) == "failed"
    assert job.state.error.startswith(text)
