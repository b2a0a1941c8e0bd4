import re

import pytest

from evaluation.metrics import Bin
from evaluation.reports.reliability import reliability_diagram

BINS = (Bin(0.5, 0.6, 10, 0.5, 0.5), Bin(0.9, 1.0, 30, 1.0, 0.5))


def test_answers_that_are_right_as_often_as_stated_lie_on_the_diagonal() -> None:
    dots = [(float(x), float(y)) for x, y in re.findall(r'<use [^>]*x="([\d.]+)" y="([\d.]+)"', dotted(BINS))]
    left, bottom, side = 0.15 * 216, 252 * (1 - 0.29), 2.4 * 72  # points
    assert dots == [
        pytest.approx((left + side * bin_.confidence, bottom - side * bin_.accuracy), abs=0.1)
        for bin_ in BINS
    ]


def dotted(bins: tuple[Bin, ...]) -> str:
    """The part of the diagram that draws the dots: the only marks in the accent."""
    drawn = reliability_diagram("x", bins)
    return "".join(group for group in drawn.split("<g") if "fill: var(--accent)" in group and "<use" in group)


def test_intervals_are_drawn_only_for_independent_answers() -> None:
    with_intervals, without = (reliability_diagram("x", BINS, wilson=wilson) for wilson in (True, False))
    assert with_intervals.count("stroke: var(--faint)") == without.count("stroke: var(--faint)") + len(BINS)


def test_the_names_of_the_axes_are_those_of_the_description() -> None:
    drawn = reliability_diagram("People", BINS, share="share right", counted="trials")
    assert ">share right</text>" in drawn and ">confidence, and trials in each tenth</text>" in drawn
    assert 'aria-label="People. confidence 0.50, share right 0.50, 10 trials; confidence 1.00, ' in drawn
