"""When the app advises to withhold an answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from estimators.abstention import decide
from estimators.types import Signal

MSP, WORDS, SEQUENCE = "msp", "key_span_probability", "sequence_probability"


@pytest.mark.parametrize(("confidence", "abstain"), [(0.0, True), (0.5999, True), (0.6, False), (1.0, False)])
@pytest.mark.parametrize("name", [MSP, WORDS, SEQUENCE])
def test_below_the_threshold_it_abstains(name: str, confidence: float, abstain: bool) -> None:
    decision = decide([Signal("numeric", 1.0), Signal(name, confidence)], 0.6)
    assert (decision.abstain, decision.confidence, decision.threshold) == (abstain, confidence, 0.6)
    assert (decision.signal, decision.calibrated) == (name, False)


def test_the_reason_holds_both_numbers() -> None:
    for name in (MSP, WORDS, SEQUENCE):
        reason = decide([Signal(name, 0.31)], 0.6).reason
        assert "31 %" in reason
        assert "60 %" in reason
    assert decide([Signal(MSP, 0.7)], 0.6).reason == "70 % is at or above the threshold of 60 %"


def test_msp_decides_before_the_sequence_whatever_their_order() -> None:
    for signals in ([Signal(SEQUENCE, 0.1), Signal(MSP, 0.9)], [Signal(MSP, 0.9), Signal(SEQUENCE, 0.1)]):
        decision = decide(signals, 0.5)
        assert (decision.abstain, decision.signal) == (False, MSP)


def test_the_answer_words_decide_before_all_words_and_all_words_where_there_are_none() -> None:
    decision = decide([Signal(SEQUENCE, 0.74), Signal(WORDS, 0.12)], 0.5)  # a branch to another city
    assert (decision.abstain, decision.confidence, decision.signal) == (True, 0.12, WORDS)
    assert decision.reason == "I was only 12 % sure of the words that answer, and the threshold is 50 %"
    given = decide([Signal(WORDS, 0.12)], 0.5, given=True)  # a text that the model did not write
    assert given.reason == "I find the words that answer only 12 % probable, and the threshold is 50 %"
    decision = decide([Signal(SEQUENCE, 0.74), Signal(WORDS, None, "it makes several statements")], 0.5)
    assert (decision.abstain, decision.confidence, decision.signal) == (False, 0.74, SEQUENCE)


def test_where_msp_is_missing_the_sequence_decides() -> None:
    decision = decide([Signal(MSP, None, "it lists no options"), Signal(SEQUENCE, 0.2)], 0.5)
    assert (decision.abstain, decision.confidence, decision.signal) == (True, 0.2, SEQUENCE)


@pytest.mark.parametrize(
    ("signals", "reason"),
    [
        ([], "no advice: no token probabilities were requested"),
        ([Signal("numeric", 0.0)], "no advice: no token probabilities were requested"),
        ([Signal(SEQUENCE, None, "none came")], "no advice: none came"),
        ([Signal(SEQUENCE, None, "none came"), Signal(MSP, None, "no letter")], "no advice: no letter"),
    ],
)
def test_what_is_missing_decides_nothing(signals: list[Signal], reason: str) -> None:
    decision = decide(signals, 1.0)
    assert (decision.abstain, decision.confidence, decision.reason) == (False, None, reason)
    assert decision.signal == ""


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_a_surer_answer_is_never_the_one_withheld(low: float, high: float, threshold: float) -> None:
    low, high = sorted((low, high))
    withheld = [decide([Signal(MSP, p)], threshold).abstain for p in (low, high)]
    assert withheld[0] >= withheld[1]
