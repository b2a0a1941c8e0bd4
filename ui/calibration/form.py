"""The form that starts a calibration, its progress, and the name at the end."""

from collections.abc import Sequence
from dataclasses import dataclass

from estimators.calibration.calibrators import FEWEST
from service.limits import UPLOAD
from ui.calibration.job import JobState
from ui.html import render

LEAST, USUAL = FEWEST, 250  # questions
_ENDINGS = ".jsonl,.json,.ndjson,.csv,.tsv,.parquet,.gz"  # offered by the file dialog


@dataclass(frozen=True, slots=True)
class Source:
    """Something to calibrate from."""

    key: str  # bundled · labels · file
    title: str
    description: str  # how many answers or questions it has, or why it cannot be used
    n: int = 0
    usable: bool = True
    asks: bool = True  # the model is asked; labels and runs already have answers


def form(sources: Sequence[Source], chosen: str, error: str = "", running: bool = False) -> str:
    """The form; ``error`` is what is wrong with the most recently chosen file."""
    source = next((source for source in sources if source.key == chosen and source.usable), None)
    most = source.n if source else LEAST
    return render(
        "calibration/form.html",
        sources=sources,
        chosen=source,
        least=min(LEAST, most),
        usual=min(USUAL, most),
        endings=_ENDINGS,
        largest=UPLOAD,
        error=error,
        running=running,
    )


def locked() -> str:
    """Shown instead of the form if visitors share one page."""
    return render("calibration/locked.html")


def job_html(
    state: JobState,
    unfinished: Sequence[tuple[str, str, int, int]] = (),
    error: str = "",
    taken: bool = False,
) -> str:
    """The progress of a calibration and what can be done next.

    ``unfinished`` lists earlier ones: key, title, questions done, questions in total. ``error`` is what is wrong with
    the chosen name, ``taken`` whether another calibration has it.
    """
    if state.running:
        return _running(state)
    if state.stage == "done" and state.calibration is not None:
        return render("calibration/done.html", calibration=state.calibration, error=error, taken=taken)
    failure = state.error if state.stage == "failed" else ""
    return render("calibration/unfinished.html", error=failure, unfinished=unfinished)


def _running(state: JobState) -> str:
    progress = state.progress
    if progress is None:
        done, total, words = 0, 1, "Starting …"
    elif progress.stage == "fitting":
        done, total, words = progress.total, progress.total, "All questions asked; fitting and testing …"
    else:
        done, total = progress.done, progress.total
        words = f"{done:,} of {total:,} asked · {remaining(progress.seconds_left)}"
    may_stop = state.stage != "stopping"
    if not may_stop:
        words = "Stopping after the current question …"
    return render(
        "calibration/running.html", title=state.title, words=words, done=done, total=total, may_stop=may_stop
    )


def remaining(seconds: float | None) -> str:
    """The remaining time in words, rounded up.

    >>> remaining(None), remaining(40), remaining(61), remaining(4000)
    ('estimating the time left', 'less than a minute left', 'about 2 min left', 'about 1 h 7 min left')
    """
    if seconds is None:
        return "estimating the time left"
    if seconds < 60:
        return "less than a minute left"
    minutes = -int(-seconds // 60)
    return (
        f"about {minutes // 60} h {minutes % 60} min left" if minutes >= 60 else f"about {minutes} min left"
    )
