"""The distinct alternatives to an answer: which they are, and the signals that ask about them, by hand."""

import pytest

from estimators.missing import Missing
from estimators.signals.alternatives import (
    ALTERNATIVES,
    CHOICE,
    ClusteredSelfAssessment,
    Dinco,
    alternatives,
    listed_answers,
)
from estimators.types import Answer, Evidence, Probe, Question
from tests.estimators.evidence import probe, token

CHOSEN = ClusteredSelfAssessment()
OPTIONS = ("dog", "bee", "cow")


def true(name: str, p: float) -> Probe:
    return probe(name, token("True", p, {"True": p, "False": 1 - p}))


def choice(**letters: float) -> Probe:
    text, p = max(letters.items(), key=lambda pair: pair[1])
    return probe(CHOICE, token(text, p, letters))


def drawn(*probes: Probe, shown_group: int | None = 0) -> Evidence:
    """Six samples: three say Rome, two Milan (in two spellings), one Turin."""
    samples = tuple(Answer(text) for text in ("Rome", "Milan", "Rome.", "Milano", "Turin", "Rome"))
    groups = ((0, 2, 5), (1, 3), (4,))
    asked = {probe.name: probe for probe in probes}
    shown = Answer("Rome" if shown_group == 0 else "Pisa")
    return Evidence(
        Question("Which city?"), shown, probes=asked, samples=samples, groups=groups, shown_group=shown_group
    )


def test_the_alternatives_are_the_other_groups() -> None:
    assert alternatives(drawn()) == (
        "Milan",
        "Turin",
    )  # of two equally frequent spellings, the first by alphabet
    assert alternatives(drawn(shown_group=None)) == ("Rome", "Milan", "Turin")
    assert listed_answers(drawn()) == ("Rome", "Milan", "Turin")


def test_an_answer_is_listed_on_one_line_and_without_what_is_not_scored() -> None:
    shown = Answer("  Rome,\nthe city. ", span=(2, 17))
    evidence = Evidence(Question("?"), shown, samples=(Answer("x"),), groups=((0,),))
    assert listed_answers(evidence) == ("Rome, the city.", "x")


def test_of_options_their_texts_are_listed() -> None:
    samples = tuple(Answer(text) for text in ("B. It flies", "C", "C"))
    evidence = Evidence(
        Question("?\nA. dog\nB. bee\nC. cow"),
        Answer("B"),
        OPTIONS,
        samples=samples,
        groups=((1, 2), (0,)),
        shown_group=1,
    )
    assert alternatives(evidence) == ("C",)
    assert listed_answers(evidence) == ("bee", "cow")


def test_without_groups_they_are_missing() -> None:
    with pytest.raises(Missing, match="no samples were drawn"):
        alternatives(Evidence(Question("?"), Answer("Rome")))
    ungrouped = Evidence(Question("?"), Answer("Rome"), samples=(Answer("Rome"),), ungrouped="no embedder")
    with pytest.raises(Missing, match="no embedder"):
        alternatives(ungrouped)


# ── clustered self-assessment ──────────────────────────────────────────────────────────────────


def test_the_shown_answer_is_letter_a() -> None:
    assert CHOSEN(drawn(choice(A=0.5, B=0.3, C=0.1, D=0.05))).confidence == pytest.approx(0.5)
    assert CHOSEN(drawn(choice(B=0.6, A=0.2))).confidence == pytest.approx(0.2)
    assert CHOSEN(drawn(choice(D=0.9, B=0.05))).confidence == 0.0  # none of these


def test_only_the_letters_of_the_list_count() -> None:
    assert (
        CHOSEN(drawn(choice(E=0.6, A=0.3))).missing == "no answer (the letters hold 30 % of the probability)"
    )


def test_the_letter_is_read_at_the_first_content_token_only() -> None:
    later = probe(CHOICE, token("Not", 0.9, {"Not": 0.9}), token(" A", 0.9, {" A": 0.9}))
    assert CHOSEN(drawn(later)).missing == "no answer (the letters hold 0 % of the probability)"
    marked = probe(CHOICE, token("**", 0.9, {"**": 0.9}), token("A", 0.8, {"A": 0.8}))
    assert CHOSEN(drawn(marked)).confidence == pytest.approx(0.8)


def test_a_choice_is_missing_with_a_reason() -> None:
    assert CHOSEN(drawn()).missing == "the model was not asked"
    assert (
        CHOSEN(drawn(probe(CHOICE, text="A", missing="no log-probabilities"))).missing
        == "no log-probabilities"
    )


# ── DINCO ──────────────────────────────────────────────────────────────────────────────────────


def test_dinco_by_hand() -> None:
    asked = (true("p_true_third", 0.9), true(ALTERNATIVES[0], 0.6), true(ALTERNATIVES[1], 0.3))
    assert Dinco()(drawn(*asked)).confidence == pytest.approx((0.9 / 1.8 + 3 / 6) / 2)


def test_a_total_below_1_raises_nothing() -> None:
    asked = (true("p_true_third", 0.2), true(ALTERNATIVES[0], 0.1), true(ALTERNATIVES[1], 0.1))
    assert Dinco()(drawn(*asked)).confidence == pytest.approx((0.2 + 0.5) / 2)


def test_an_answer_that_no_sample_gave_has_only_its_share_of_trust() -> None:
    asked = (true("p_true_third", 0.5), *(true(name, 0.5) for name in ALTERNATIVES[:3]))
    assert Dinco()(drawn(*asked, shown_group=None)).confidence == pytest.approx((0.5 / 2 + 0) / 2)


def test_dinco_is_missing_with_a_reason() -> None:
    own, first = true("p_true_third", 0.9), true(ALTERNATIVES[0], 0.6)
    assert Dinco()(drawn(first)).missing == "the model was not asked"
    assert Dinco()(drawn(own, first)).missing == "the model was not asked about every alternative"
    unread = probe(ALTERNATIVES[1], token("Maybe", 0.9, {"Maybe": 0.9}))
    assert Dinco()(drawn(own, first, unread)).missing == (
        "an alternative got no answer (“True” and “False” hold 0 % of the probability)"
    )


def test_at_most_five_alternatives_are_asked_about() -> None:
    samples = tuple(Answer(text) for text in ("Rome", "a", "b", "c", "d", "e", "f"))
    asked = {name: true(name, 0.4) for name in ("p_true_third", *ALTERNATIVES)}
    evidence = Evidence(
        Question("?"),
        Answer("Rome"),
        probes=asked,
        samples=samples,
        groups=tuple((i,) for i in range(7)),
        shown_group=0,
    )
    assert len(alternatives(evidence)) == 6
    assert Dinco()(evidence).confidence == pytest.approx((0.4 / (6 * 0.4) + 1 / 7) / 2)
