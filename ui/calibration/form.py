"""The form that starts a calibration, its progress, and the name at the end; escaped HTML."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from estimators.calibration.calibrators import FEWEST
from ui.calibration.job import JobState

LEAST, USUAL = FEWEST, 250  # questions
_ENDINGS = ".jsonl,.json,.ndjson,.csv,.tsv,.parquet,.gz"  # offered by the file dialog
LOCKED = (
    "This page is shared, and a calibration would change the figures for everyone, so here it is read-only. To "
    "calibrate, run Credence on your own machine."
)


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
    at = next((source for source in sources if source.key == chosen and source.usable), None)
    cards = "".join(_card(source, source is at, running) for source in sources)
    most = at.n if at else LEAST
    number = (
        f'<label class="cr-howmany">How many <input type="number" class="cr-count-input" min="{min(LEAST, most)}" '
        f'max="{most:d}" value="{min(USUAL, most)}" required{_off(running)}><small>of {most:,}; half of them '
        "fit the calibration, the other half test it</small></label>"
        if at and at.asks
        else "<p class='cr-quiet'>All of them are used. The model is not asked again.</p>"
        if at
        else ""
    )
    alert = f'<p class="cr-error" role="alert">{escape(error)}</p>' if error else ""
    return (
        '<form class="cr-form" aria-label="Calibrate"><h2>Calibrate</h2>'
        "<p class='cr-quiet'>The model is tested on questions with known answers. After that, the confidence in the chat "
        "says how often such answers were right, and withholding unsure answers can come with a guarantee.</p>"
        f'<fieldset><legend>Questions</legend>{cards}</fieldset>{alert}<div class="cr-begin">{number}'
        f'<button type="submit" class="cr-primary"{_off(running or at is None)}>Start</button></div></form>'
    )


def _card(source: Source, checked: bool, running: bool) -> str:
    pick = (
        f'<span class="cr-plain cr-pick">{"Choose another" if source.usable else "Choose a file"}<input type="file" '
        f'accept="{_ENDINGS}" aria-label="A file of labelled questions"{_off(running)}></span>'
        if source.key == "file"
        else ""
    )
    return (
        f'<label class="cr-source"><input type="radio" name="cr-source" value="{escape(source.key)}"'
        f"{' checked' if checked else ''}{_off(running or not source.usable)}><span><b>{escape(source.title)}</b>"
        f"<small>{escape(source.description)}</small></span>{pick}</label>"
    )


def _off(disabled: bool) -> str:
    return " disabled" if disabled else ""


def locked() -> str:
    """Shown instead of the form if visitors share one page."""
    return f"<h2>Calibration</h2><p class='cr-advice cr-warn' role='note'>{LOCKED}</p>"


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
    failure = ""
    if state.stage == "failed":
        failure = (
            f'<div class="cr-plan"><p class="cr-error" role="alert">{escape(state.error)}</p>'
            '<button type="button" class="cr-plain" data-act="dismiss">Close</button></div>'
        )
    if state.stage == "done" and state.calibration is not None:
        return _naming(state.calibration.name, state.calibration.counted, error, taken)
    return failure + "".join(_unfinished(*row) for row in unfinished)


def _running(state: JobState) -> str:
    progress = state.progress
    if progress is None:
        done, total, words = 0, 1, "Starting …"
    elif progress.stage == "fitting":
        done, total, words = progress.total, progress.total, "All questions asked; fitting and testing …"
    else:
        done, total = progress.done, progress.total
        words = f"{done:,} of {total:,} asked · {remaining(progress.seconds_left)}"
    if state.stage == "stopping":
        words, stop = "Stopping after the current question …", ""
    else:
        stop = '<button type="button" class="cr-plain" data-act="stop">Stop</button>'
    return (
        f'<div class="cr-plan cr-progress" role="status"><label><b>{escape(state.title)}</b><br>{words}'
        f'<progress value="{done:d}" max="{max(1, total)}"></progress></label>{stop}'
        "<small>You can use the chat meanwhile. The calibration continues if you close this page.</small></div>"
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


def _unfinished(key: str, title: str, done: int, total: int) -> str:
    return (
        f'<div class="cr-plan cr-unfinished"><p><b>{escape(title)}</b>: stopped at {done:,} of {total:,}. '
        "The answers so far are kept.</p>"
        f'<button type="button" class="cr-primary" data-act="resume" data-name="{escape(key)}">Continue</button>'
        f'<button type="button" class="cr-plain" data-act="discard" data-name="{escape(key)}">Discard</button></div>'
    )


def _naming(name: str, counted: str, error: str, taken: bool) -> str:
    alert = f'<p class="cr-error" role="alert">{escape(error)}</p>' if error else ""
    replace = '<button type="button" class="cr-plain" data-act="replace">Replace it</button>' if taken else ""
    return (
        f'<div class="cr-plan cr-naming"><p><b>Done.</b> Measured on {escape(counted)}. '
        f"Save it to use it in the chat.</p>{alert}"
        f'<label>Name <input type="text" class="cr-name-input" maxlength="60" value="{escape(name)}"></label>'
        '<button type="button" class="cr-primary" data-act="save">Save and use</button>'
        f'{replace}<button type="button" class="cr-plain" data-act="drop">Discard</button></div>'
    )
