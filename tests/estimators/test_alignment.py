"""Expressed against internal confidence of one answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest import approx

from estimators.alignment import alignment
from estimators.types import Signal

INSIDE, OUTSIDE = "p_ic", "likert_third_oc_expected"


@pytest.mark.parametrize(
    ("internal", "expressed", "type"),
    [
        (0.9, 0.8, "consistent alignment"),
        (0.9, 0.2, "internal overconfidence"),
        (0.1, 0.8, "external overconfidence"),
        (0.1, 0.2, "consistent discordance"),
        (0.5, 0.5, "consistent alignment"),  # at the cut is high
        (0.5, 0.49, "internal overconfidence"),
        (0.49, 0.5, "external overconfidence"),
    ],
)
def test_type_and_gap(internal: float, expressed: float, type: str) -> None:
    aligned = alignment([Signal(OUTSIDE, expressed), Signal(INSIDE, internal)])
    assert aligned is not None
    assert (aligned.type, aligned.cut) == (type, 0.5)
    assert aligned.gap == approx(expressed - internal)  # positive: it sounds more certain than its tokens are


def test_what_fails_the_screen_is_no_side_of_it() -> None:
    signals = [Signal(INSIDE, 0.9), Signal("msp", 0.6), Signal(OUTSIDE, 0.8), Signal("p_true_own", 0.7)]
    aligned = alignment(signals, failed={INSIDE, OUTSIDE})
    assert aligned is not None
    assert (aligned.internal.name, aligned.expressed.name) == ("msp", "p_true_own")
    assert aligned.gap == approx(0.1)
    assert alignment(signals[:1] + signals[2:3], failed={INSIDE}) is None


def test_another_cut_is_used_and_told() -> None:
    aligned = alignment([Signal(INSIDE, 0.6), Signal(OUTSIDE, 0.6)], cut=0.7)
    assert aligned is not None
    assert (aligned.type, aligned.cut) == ("consistent discordance", 0.7)


@pytest.mark.parametrize(
    ("signals", "pair"),
    [
        ([INSIDE, "sequence_probability", OUTSIDE, "likert_third_oc_label"], (INSIDE, OUTSIDE)),
        (["sequence_probability", "likert_third_label"], ("sequence_probability", "likert_third_label")),
        (["likert_third_label", "likert_third_expected", INSIDE], (INSIDE, "likert_third_expected")),
        (["likert_third_expected", "likert_third_oc_label", INSIDE], (INSIDE, "likert_third_oc_label")),
        ([INSIDE], None),
        ([OUTSIDE], None),
        ([INSIDE, "likert_own_expected", "numeric"], None),  # the paper's VC is third person
        ([INSIDE, "likert_own_expected", "p_true_own", "p_true_third"], (INSIDE, "p_true_third")),
        (["msp", "sequence_probability", OUTSIDE], ("msp", OUTSIDE)),
        ([], None),
    ],
)
def test_which_two_are_compared(signals: list[str], pair: tuple[str, str] | None) -> None:
    aligned = alignment([Signal(name, 0.5) for name in signals])
    assert (aligned and (aligned.internal.name, aligned.expressed.name)) == pair


def test_a_missing_signal_gives_way_to_the_next() -> None:
    missing = [Signal(INSIDE, None, "no letter"), Signal(OUTSIDE, None, "no answer")]
    assert alignment(missing) is None
    aligned = alignment(
        [*missing, Signal("sequence_probability", 0.25), Signal("likert_third_oc_label", 1.0)]
    )
    assert aligned is not None
    assert aligned.gap == approx(0.75)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_the_type_names_the_side_that_is_high(internal: float, expressed: float, cut: float) -> None:
    aligned = alignment([Signal(INSIDE, internal), Signal(OUTSIDE, expressed)], cut)
    assert aligned is not None
    assert -1 <= aligned.gap <= 1
    assert aligned.type.startswith("consistent") == ((internal >= cut) == (expressed >= cut))
    if aligned.type == "external overconfidence":
        assert aligned.gap > 0
    if aligned.type == "internal overconfidence":
        assert aligned.gap < 0
