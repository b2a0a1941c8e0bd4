"""What the calibration screen shows, as HTML, without a browser."""

import re
from pathlib import Path

import pytest
from pytest import approx

from chains.calibration.store import Saved
from evaluation.calibration.calibrating import Progress
from tests.ui.measured import held_out, measured
from tests.ui.panel.test_panel import read
from ui.calibration.drawings import applied, marked, pairs
from ui.calibration.form import Source, form, job_html, locked, remaining
from ui.calibration.job import JobState
from ui.calibration.list import comparison, saved_list
from ui.calibration.results import results, title_of

HOSTILE = "<script>alert(1)</script>"
BUNDLED = Source("bundled", "Questions", "100 questions.", 100)
LABELS = Source("labels", "My own labels", "13 answers labelled; at least 24 are needed.", 13, usable=False)
RUN = Source("file", "run.jsonl", "60 answers of a run.", 60, asks=False)


def test_the_results_show_before_and_after_guarantees_signals_and_weights() -> None:
    page = read(results(measured(kinds=("free", "choice")), 0.4, "in use"))
    for part in (
        "Small in use", "240 answers to short.jsonl (120 questions without options and 120 questions with options)",
        "120 graded answers, 60 % right", "Questions without options",
        "Questions with options", "0.1720.051", "81 %63 %", "Guarantees: 3 of 8", "5–25 %no guarantee: too many of the 60",
        "30 %60 %50 %4 of 3025 %", "0.640 0.50–0.77", "temperature", "platt higher confidence went with more errors",
        "no answer has it", "Likert (expected), third person: missing", "-0.30",
        "The mark shows a risk of 40 %: answers from 50 % up are shown.",
    ):  # fmt: skip
        assert part in page.text, part
    assert page.tags.count("svg") == 6
    assert "Not calibrated for" not in page.text


def test_an_unmeasured_kind_says_why_and_a_missing_guarantee_is_a_notice() -> None:
    text = read(results(measured(guaranteed=False), 0.2)).text
    assert "Not calibrated for questions with options: none were asked." in text
    assert "Guarantees: none" in text and "No guarantee for open questions. Why?" in text
    assert "could be guaranteed" in text
    assert "How the error rate changes as fewer answers are shown." in text


def test_plots_use_the_colours_of_the_page() -> None:
    html = results(measured(), 0.3)
    assert "var(--accent)" in html and "var(--doubt)" in html
    assert not re.search(r"#0[1-5]0[1-5]0[1-5]", html)


def test_the_point_on_the_curve_is_share_and_risk_at_the_threshold() -> None:
    (part,) = measured().parts
    unmarked, mark = (marked(point) for point in part.points[4:6])
    assert unmarked is None and mark == approx((30 / 60, 4 / 30))
    assert applied(part) == pairs(part.held_out, after=True)  # an older file without scores
    assert len(pairs(held_out(), after=False)) == 59  # one has no raw figure


def test_the_form_offers_usable_sources_and_says_what_others_lack() -> None:
    html = form((BUNDLED, LABELS, RUN), "bundled")
    assert re.search(r'value="bundled" checked', html) and re.search(r'value="labels" disabled', html)
    assert 'min="24" max="100" value="100"' in html
    assert "at least 24 are needed" in read(html).text
    usual = form((Source("bundled", "Questions", "", 900),), "bundled")
    assert 'max="900" value="250"' in usual
    asked = read(form((BUNDLED, LABELS, RUN), "file")).text
    assert "The model is not asked again" in asked and "How many" not in asked
    running = form((BUNDLED, LABELS, RUN), "bundled", running=True)
    assert running.count("disabled") == 6  # three sources, the file, the number, the button
    assert '<p class="cr-error" role="alert">mine.csv, line 3: no JSON.</p>' in form(
        (BUNDLED,), "bundled", "mine.csv, line 3: no JSON."
    )
    assert "Start</button>" in form((LABELS,), "labels") and "disabled>Start" in form((LABELS,), "labels")
    assert "it is read-only" in read(locked()).text


@pytest.mark.parametrize(
    ("state", "parts", "buttons"),
    [
        (JobState(), (), ()),
        (JobState("running", "mine.jsonl"), ("mine.jsonl", "Starting …"), ("stop",)),
        (JobState("running", "x", Progress("asking", 34, 250, 61.0)), ("34 of 250 asked", "about 2 min left"), ("stop",)),
        (JobState("running", "x", Progress("fitting", 250, 250, None)), ("fitting and testing",), ("stop",)),
        (JobState("stopping", "x", Progress("asking", 3, 9, None)), ("Stopping after the current question",), ()),
        (JobState("failed", "x", error="Only right answers."), ("Only right answers.",), ("dismiss",)),
        (JobState("done", "x", calibration=measured()), ("Measured on 120 questions", "Save"), ("save", "drop")),
    ],
)  # fmt: skip
def test_every_job_state_is_described(
    state: JobState, parts: tuple[str, ...], buttons: tuple[str, ...]
) -> None:
    html = job_html(state)
    text = read(html).text
    assert all(part in text for part in parts)
    assert tuple(re.findall(r'data-act="(\w+)"', html)) == buttons


def test_a_stopped_calibration_can_be_continued_or_discarded() -> None:
    html = job_html(JobState("stopped"), [("a|250|0", "mine.jsonl", 34, 250)])
    assert "mine.jsonl: stopped at 34 of 250." in read(html).text
    assert re.findall(r'data-act="(\w+)" data-name="([^"]+)"', html) == [
        ("resume", "a|250|0"),
        ("discard", "a|250|0"),
    ]


def test_a_taken_name_can_be_replaced() -> None:
    done = JobState("done", "x", calibration=measured())
    assert 'data-act="replace"' in job_html(done, error="That name is taken.", taken=True)
    assert 'data-act="replace"' not in job_html(done, error="A name has at most 60 characters.")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0, "less than a minute left"), (60, "about 1 min left"), (3600, "about 1 h 0 min left")],
)
def test_remaining_time_is_rounded_up(seconds: float, text: str) -> None:
    assert remaining(seconds) == text


def saved(name: str, misfit: str = "") -> Saved:
    return Saved(measured(name), Path(f"{name}.json"), misfit)


def test_the_list_offers_the_possible_actions() -> None:
    mine, misfit = saved("Mine"), saved("Old", "the prompts have changed")
    shipped = Saved(measured("Shipped"), None)
    html = saved_list((mine, misfit, shipped), in_use="Mine", shown="Mine")
    acts = re.findall(r'data-act="([\w-]+)" data-name="(\w+)"', html)
    assert acts == [
        ("leave", "Mine"), ("delete", "Mine"), ("show", "Old"), ("compare", "Old"), ("delete", "Old"), ("show", "Shipped"),
        ("compare", "Shipped"), ("use", "Shipped"),
    ]  # fmt: skip
    assert "Does not fit: the prompts have changed" in html
    looking = saved_list((mine, shipped), in_use="Mine", shown="Mine", may_change=False)
    assert re.findall(r'data-act="([\w-]+)"', looking) == ["show", "compare"]


def test_deleting_asks_first() -> None:
    html = saved_list((saved("Mine"), saved("Other")), in_use="Mine", leaving="Mine")
    assert "Delete “Mine”?" in read(html).text
    assert re.findall(r'data-act="(delete-now|keep)"', html) == ["delete-now", "keep"]
    assert "No calibrations yet" in read(saved_list((), None)).text


def test_two_calibrations_are_shown_side_by_side() -> None:
    html = comparison(measured("One", kinds=("free", "choice")), measured("Two", guaranteed=False))
    text = read(html).text
    assert "One and Two" in text
    assert "Shown at a risk of 30 %50 % from 60 % up–" in text
    assert "Calibration error0.172 → 0.0510.172 → 0.051" in text
    assert "not measured" in text
    assert html.count("<svg") == 3  # Two has no questions with options


def test_names_from_people_and_files_are_escaped() -> None:
    hostile = measured(HOSTILE, model=HOSTILE)
    for html in (
        results(hostile, 0.3, HOSTILE),
        comparison(hostile, hostile),
        saved_list((Saved(hostile, Path("x"), HOSTILE),), HOSTILE, None, error=HOSTILE),
        form((Source("file", HOSTILE, HOSTILE, 30),), "file", HOSTILE),
        job_html(JobState("failed", HOSTILE, error=HOSTILE), [(HOSTILE, HOSTILE, 1, 2)]),
        job_html(JobState("done", HOSTILE, calibration=hostile), error=HOSTILE),
    ):
        assert "script" not in read(html).tags
        assert HOSTILE in read(html).text or "&lt;script" in html
    assert title_of("msp") == "Answer letter (MSP)"
