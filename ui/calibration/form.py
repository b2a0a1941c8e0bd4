"""What a calibration is made from and how far it is: the form, its progress, and the name at the end; HTML, escaped."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from estimators.calibration.calibrators import FEWEST
from ui.calibration.job import JobState

LEAST, USUAL = FEWEST, 250  # questions
_ENDINGS = ".jsonl,.json,.ndjson,.csv,.tsv,.parquet,.gz"  # that the file dialog offers
LOCKED = (
    "This page is shared, and a calibration changes the figures that everybody sees: here it can only be looked at. "
    "Run Credence on a machine of your own to calibrate."
)


@dataclass(frozen=True, slots=True)
class Source:
    """Something to calibrate from."""

    key: str  # bundled · labels · file
    title: str
    told: str  # how many there are, or why it cannot be used
    n: int = 0
    usable: bool = True
    asks: bool = True  # the model is asked; labels and runs have their answers already


def form(sources: Sequence[Source], chosen: str, error: str = "", running: bool = False) -> str:
    """The form; ``error`` is what is wrong with the file that was chosen last."""
    at = next((source for source in sources if source.key == chosen and source.usable), None)
    cards = "".join(_card(source, source is at, running) for source in sources)
    most = at.n if at else LEAST
    number = (
        f'<label class="cr-howmany">How many <input type="number" class="cr-count-input" min="{min(LEAST, most)}" '
        f'max="{most:d}" value="{min(USUAL, most)}" required{_off(running)}><small>of {most:,}; half of them '
        "fit the figure, the other half check it</small></label>"
        if at and at.asks
        else "<p class='cr-quiet'>All of them are used; the model is not asked again.</p>"
        if at
        else ""
    )
    told = f'<p class="cr-error" role="alert">{escape(error)}</p>' if error else ""
    return (
        '<form class="cr-form" aria-label="Calibrate"><h2>Calibrate</h2>'
        "<p class='cr-quiet'>The model answers questions whose right answers are known. From then on the figure in the chat "
        "says how often such answers were right, and withholding the unsure ones comes with a guarantee.</p>"
        f'<fieldset><legend>Questions</legend>{cards}</fieldset>{told}<div class="cr-begin">{number}'
        f'<button type="submit" class="cr-primary"{_off(running or at is None)}>Start</button></div></form>'
    )


def _card(one: Source, checked: bool, running: bool) -> str:
    pick = (
        f'<span class="cr-plain cr-pick">{"Choose another" if one.usable else "Choose a file"}<input type="file" '
        f'accept="{_ENDINGS}" aria-label="A file of labelled questions"{_off(running)}></span>'
        if one.key == "file"
        else ""
    )
    return (
        f'<label class="cr-source"><input type="radio" name="cr-source" value="{escape(one.key)}"'
        f"{' checked' if checked else ''}{_off(running or not one.usable)}><span><b>{escape(one.title)}</b>"
        f"<small>{escape(one.told)}</small></span>{pick}</label>"
    )


def _off(disabled: bool) -> str:
    return " disabled" if disabled else ""


def locked() -> str:
    """What stands in place of the form where visitors share one page."""
    return f"<h2>Calibration</h2><p class='cr-advice cr-warn' role='note'>{LOCKED}</p>"


def job_html(
    state: JobState,
    unfinished: Sequence[tuple[str, str, int, int]] = (),
    error: str = "",
    taken: bool = False,
) -> str:
    """How far the calibration is, and what can be done about it.

    ``unfinished`` are earlier ones: key, title, questions done, questions in all. ``error`` is what is wrong with
    the name given at the end, ``taken`` whether another calibration has it.
    """
    if state.running:
        return _running(state)
    told = ""
    if state.stage == "failed":
        told = (
            f'<div class="cr-plan"><p class="cr-error" role="alert">{escape(state.error)}</p>'
            '<button type="button" class="cr-plain" data-act="dismiss">Close</button></div>'
        )
    if state.stage == "done" and state.calibration is not None:
        return _naming(state.calibration.name, state.calibration.counted, error, taken)
    return told + "".join(_unfinished(*one) for one in unfinished)


def _running(state: JobState) -> str:
    progress = state.progress
    if progress is None:
        done, total, words = 0, 1, "Beginning …"
    elif progress.stage == "fitting":
        done, total, words = progress.total, progress.total, "All are asked; fitting and checking …"
    else:
        done, total = progress.done, progress.total
        words = f"{done:,} of {total:,} asked · {remaining(progress.seconds_left)}"
    if state.stage == "stopping":
        words, stop = "Stopping after the question that is being asked …", ""
    else:
        stop = '<button type="button" class="cr-plain" data-act="stop">Stop</button>'
    return (
        f'<div class="cr-plan cr-progress" role="status"><label><b>{escape(state.title)}</b><br>{words}'
        f'<progress value="{done:d}" max="{max(1, total)}"></progress></label>{stop}'
        "<small>The chat can be used meanwhile; it goes on when this page is closed.</small></div>"
    )


def remaining(seconds: float | None) -> str:
    """How long it still takes, rounded up to what people say.

    >>> remaining(None), remaining(40), remaining(61), remaining(4000)
    ('measuring the time it takes', 'less than a minute left', 'about 2 min left', 'about 1 h 7 min left')
    """
    if seconds is None:
        return "measuring the time it takes"
    if seconds < 60:
        return "less than a minute left"
    minutes = -int(-seconds // 60)
    return (
        f"about {minutes // 60} h {minutes % 60} min left" if minutes >= 60 else f"about {minutes} min left"
    )


def _unfinished(key: str, title: str, done: int, total: int) -> str:
    return (
        f'<div class="cr-plan cr-unfinished"><p><b>{escape(title)}</b>: stopped at {done:,} of {total:,}. '
        "What was asked is kept.</p>"
        f'<button type="button" class="cr-primary" data-act="resume" data-name="{escape(key)}">Go on</button>'
        f'<button type="button" class="cr-plain" data-act="discard" data-name="{escape(key)}">Discard</button></div>'
    )


def _naming(name: str, counted: str, error: str, taken: bool) -> str:
    told = f'<p class="cr-error" role="alert">{escape(error)}</p>' if error else ""
    replace = '<button type="button" class="cr-plain" data-act="replace">Replace it</button>' if taken else ""
    return (
        f'<div class="cr-plan cr-naming"><p><b>Done.</b> Measured on {escape(counted)}. '
        f"Save it to use it in the chat.</p>{told}"
        f'<label>Name <input type="text" class="cr-name-input" maxlength="60" value="{escape(name)}"></label>'
        '<button type="button" class="cr-primary" data-act="save">Save and use</button>'
        f'{replace}<button type="button" class="cr-plain" data-act="drop">Discard</button></div>'
    )
