"""Every target of the speed benchmark, from known measurements."""

from dataclasses import replace

import pytest

pytest.importorskip("benchmarks.speed", reason="benchmarks are not in the wheel")

from pytest import approx

from benchmarks.speed.results import Turns
from benchmarks.speed.targets import NOT_MEASURED, targets
from tests.benchmarks.speeds import SPEED, STREAMING

EXPECTED = {  # the beginning of each target → its value, worked out by hand, and whether it is met
    "answer and panel, 60 tokens": (1.5, True),  # 3 s ÷ 2 s
    "answer and panel, one line": (3.0, False),  # 1.5 s ÷ 0.5 s
    "prompt tokens read for answer and panel, 60 tokens": (0.6, False),  # 300 ÷ 500
    "prompt tokens read for answer and panel, one line": (0.3, True),  # 120 ÷ 400
    "consistency check, samples agree": (4.0, True),
    "consistency check, samples differ": (30.0, False),
    "questions per second ÷ those of uqlm 1.0": (2.0, True),  # 4 s ÷ 2 s
    "questions per second ÷ those of lm-polygraph 2.0": (3.0, False),
    "prompt: ": (2.0, True),  # 100 ÷ 50 tokens/s
    "reply: ": (1.5, False),  # 15 ÷ 10 tokens/s
    "tokens per second in the page": (0.95, True),  # 19 ÷ 20
    "seconds until the first token": (1.2, True),  # 0.6 s ÷ 0.5 s
}


def test_values_and_outcomes() -> None:
    rows = targets(SPEED)
    assert len(rows) == len(EXPECTED)
    for row, (what, (value, met)) in zip(rows, EXPECTED.items(), strict=True):
        assert row.what.startswith(what)
        assert row.value == approx(value), what
        assert row.met is met, what


def test_a_missed_target_says_what_prevents_it() -> None:
    outcomes = {row.what: row.outcome for row in targets(SPEED)}
    line = next(text for what, text in outcomes.items() if what.startswith("answer and panel, one line"))
    # 4 calls more; 100 tokens at 100 tokens/s, 10 at 15 tokens/s
    assert line == (
        "missed. The panel adds 1.0 s: 4 calls that read 100 tokens and write 10, which takes 1.0 s and 0.7 s at the "
        "speeds below."
    )
    differ = outcomes["consistency check, samples differ"]
    assert differ == "missed. It draws 10 samples and makes 20 calls, which read 900 tokens and write 90."


def test_what_was_not_measured_is_neither_met_nor_missed() -> None:
    nothing = replace(SPEED, turns=Turns("Some-Model", ()), engines=(), peers=())
    rows = targets(nothing)
    assert len(rows) == len(EXPECTED)
    assert {row.met for row in rows[:-2]} == {None}
    assert {row.outcome for row in rows[:-2]} == {NOT_MEASURED}


def test_a_later_first_token_is_given_in_milliseconds() -> None:
    late = replace(STREAMING, page=tuple(replace(one, first=one.first + 0.1) for one in STREAMING.page))
    row = targets(replace(SPEED, streaming=late))[-1]
    assert row.value == approx(1.4)  # 0.7 s ÷ 0.5 s
    assert row.outcome.startswith("missed. It comes 200 ms later")
