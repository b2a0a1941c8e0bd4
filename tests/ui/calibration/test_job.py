"""A calibration in its thread: progress, stop, errors, one at a time; with work that a test holds in its hand."""

import threading
from collections.abc import Generator

import pytest

from chains import CredenceError
from estimators.calibration.record import Calibration
from evaluation.commands.calibrate import Progress
from tests.ui.measured import measured
from ui.calibration.job import CalibrationJob


class Work:
    """Three questions; waits before each until it is let on."""

    def __init__(self, error: Exception | None = None) -> None:
        self.on, self.closed, self.error = threading.Semaphore(0), False, error

    def __call__(self) -> Generator[Progress, None, Calibration]:
        try:
            for done in range(3):
                assert self.on.acquire(timeout=20)
                yield Progress("asking", done, 3, None)
            if self.error:
                raise self.error
            return measured("Done")
        except GeneratorExit:
            self.closed = True
            raise

    def let(self, times: int = 1) -> None:
        self.on.release(times)


def last(job: CalibrationJob) -> str:
    return [state.stage for state in job.updates(0.01)][-1]


def test_it_goes_from_the_first_question_to_a_calibration() -> None:
    job, work = CalibrationJob(), Work()
    assert job.start("mine.jsonl", work)
    assert job.state.running and job.state.title == "mine.jsonl"
    assert not job.start("another", work)  # one at a time
    work.let(3)
    assert last(job) == "done"
    assert job.state.calibration is not None and job.state.calibration.name == "Done"
    job.clear()
    assert job.state.stage == "idle"


def test_stop_closes_the_work_after_the_question_in_flight() -> None:
    job, work = CalibrationJob(), Work()
    job.start("mine.jsonl", work)
    job.stop()
    assert job.state.stage == "stopping" and not work.closed
    job.clear()
    assert job.state.stage == "stopping"  # what runs is not forgotten
    work.let()
    assert last(job) == "stopped" and work.closed
    again = Work()
    assert job.start("mine.jsonl", again)
    again.let(3)
    assert last(job) == "done"


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (CredenceError("/tmp/x/mine.jsonl: one class only."), "mine.jsonl: one class only."),
        (OSError("disk"), "Something went wrong"),
    ],
)
def test_an_error_is_a_sentence(error: Exception, text: str) -> None:
    job, work = CalibrationJob(), Work(error)
    job.start("mine.jsonl", work, said=lambda told: told.replace("/tmp/x/", ""))
    work.let(3)
    assert last(job) == "failed"
    assert job.state.error.startswith(text)
