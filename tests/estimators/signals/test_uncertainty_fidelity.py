"""Uncertainty and fidelity: by hand and as properties."""

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from estimators import choose
from estimators.parsing.candidates import candidates, label_texts
from estimators.signals.uncertainty_fidelity import (
    Reading,
    UFConfidence,
    chain_weights,
    uncertainty_fidelity,
)
from estimators.types import Answer, ChainEnd, Evidence, FidelityChain, Question, Signal

OPTIONS = ("dog", "bee", "cow", "hen")
READINGS: tuple[Reading, ...] = ("leftmost", "rightmost", "last")


def sampled(letters: str, *chains: str, shown: str = "A", options: tuple[str, ...] = OPTIONS) -> Evidence:
    """Evidence whose samples are these letters, with fidelity chains such as "ACD"."""
    distinct = sorted(set(letters))
    groups = tuple(tuple(i for i, other in enumerate(letters) if other == letter) for letter in distinct)
    return Evidence(
        Question("Which?\nA. dog\nB. bee\nC. cow\nD. hen" if options else "Which?"),
        Answer(shown),
        options,
        samples=tuple(Answer(letter) for letter in letters),
        groups=groups,
        shown_group=distinct.index(shown) if shown in distinct else None,
        chains=tuple(FidelityChain(tuple(chain)) for chain in chains),
    )


def test_chain_weights_match_the_paper() -> None:
    assert chain_weights(FidelityChain(("A",))) == (1.0,)
    assert chain_weights(FidelityChain(("A", "C"))) == pytest.approx((2 / 3, 1 / 3))
    assert chain_weights(FidelityChain(("A", "C", "D"))) == pytest.approx((4 / 7, 2 / 7, 1 / 7))
    assert chain_weights(FidelityChain(("A", "C", "D")), "rightmost") == pytest.approx((1 / 7, 2 / 7, 4 / 7))
    assert chain_weights(FidelityChain(("A", "C", "D")), "last") == pytest.approx((1 / 7, 4 / 7, 2 / 7))


@pytest.mark.parametrize("reading", READINGS)
def test_every_reading_is_a_signal_of_its_own(reading: Reading) -> None:
    names = {"leftmost": "uf", "rightmost": "uf_rightmost", "last": "uf_last"}
    assert [estimator.name for estimator in choose([names[reading]])] == [names[reading]]
    assert UFConfidence(reading).name == names[reading]


def test_by_hand() -> None:
    # 6 A, 3 B, 1 C of four options: H = −.6 ln .6 − .3 ln .3 − .1 ln .1 = 0.8979; / ln 4 = 0.6477
    result = uncertainty_fidelity(sampled("AAAAAABBBC", "A", "BA", "CAB"))
    assert result.uncertainty == pytest.approx(0.6477, abs=1e-4)
    # F(A) = .6 · 1 + .3 · 1/3 + .1 · 2/7 = 0.72857; F(B) = .3 · 2/3 + .1 · 1/7 = 0.21429; F(C) = .1 · 4/7 = 0.05714
    assert result.fidelity == pytest.approx({"A": 0.72857, "B": 0.21429, "C": 0.05714}, abs=1e-5)
    assert result.confidence["A"] == pytest.approx((1 - 0.6477) * 0.72857, abs=1e-4)
    reverse = uncertainty_fidelity(sampled("AAAAAABBBC", "A", "BA", "CAB"), "rightmost")
    # .6 · 1 + .3 · 2/3 + .1 · 2/7 = 0.82857
    assert reverse.fidelity["A"] == pytest.approx(0.82857, abs=1e-5)
    last = uncertainty_fidelity(sampled("AAAAAABBBC", "A", "BA", "CAB"), "last")
    # .6 · 1 + .3 · 2/3 + .1 · 4/7 = 0.85714
    assert last.fidelity["A"] == pytest.approx(0.85714, abs=1e-5)


@pytest.mark.parametrize("letters", ["AB", "ABC", "AAAAAABBBC"])
def test_a_question_with_options_is_normalised_by_all_of_them(letters: str) -> None:
    # The published formula: ln M also where there are fewer samples than options.
    shares = [letters.count(letter) / len(letters) for letter in sorted(set(letters))]
    expected = -sum(p * math.log(p) for p in shares) / math.log(4)
    assert uncertainty_fidelity(sampled(letters, *sorted(set(letters)))).uncertainty == pytest.approx(
        expected
    )


def test_a_free_question_is_normalised_by_the_number_of_samples() -> None:
    result = uncertainty_fidelity(sampled("AABB", "A", "BC", options=()))  # C = none of these
    assert result.uncertainty == pytest.approx(math.log(2) / math.log(4))
    assert label_texts(sampled("AABB", options=())) == {"A": "A", "B": "B", "C": "none of these"}


@pytest.mark.parametrize("reading", READINGS)
def test_unanimous_and_faithful_samples_give_full_confidence(reading: Reading) -> None:
    assert UFConfidence(reading)(sampled("AAAAA", "A")).confidence == 1.0


@settings(max_examples=80, deadline=None)
@given(st.text("ABCD", min_size=2, max_size=12), st.data(), st.sampled_from(READINGS))
def test_fidelity_sums_to_one_and_confidence_to_what_uncertainty_leaves(
    letters: str, data: st.DataObject, reading: Reading
) -> None:
    chains = []
    for first in sorted(set(letters)):
        rest = [letter for letter in "ABCD" if letter != first]
        steps = data.draw(st.integers(0, 3))
        chains.append(first + "".join(data.draw(st.permutations(rest))[:steps]))
    evidence = sampled(letters, *chains)
    result = uncertainty_fidelity(evidence, reading)
    assert math.fsum(result.fidelity.values()) == pytest.approx(1)
    assert math.fsum(result.confidence.values()) == pytest.approx(1 - result.uncertainty)
    assert math.fsum(candidate.share for candidate in candidates(evidence)) == pytest.approx(1)
    shuffled = "".join(data.draw(st.permutations(letters)))
    assert uncertainty_fidelity(sampled(shuffled, *chains), reading).confidence == pytest.approx(
        result.confidence
    )


@pytest.mark.parametrize(
    ("evidence", "reason"),
    [
        (Evidence(Question("?"), Answer("A")), "no samples were drawn"),
        (Evidence(Question("?"), Answer("A"), samples=(Answer(""),)), "no sample could be read"),
        (sampled("A", "A", options=()), "at least two samples are needed"),
        (sampled("AB", "A"), "chains are incomplete"),
        (sampled("AB", "A", "B", shown="I do not know"), "names no option"),
    ],
)
def test_a_missing_value_has_a_reason(evidence: Evidence, reason: str) -> None:
    signal = UFConfidence()(evidence)
    assert signal.confidence is None
    assert reason in signal.missing


def test_a_shown_answer_that_was_never_sampled_has_confidence_zero() -> None:
    assert UFConfidence()(sampled("BBC", "BA", "C", shown="A")) == Signal("uf", 0.0)


@pytest.mark.parametrize("end", ["capped", "failed"])
def test_a_truncated_chain_counts_as_missing(end: ChainEnd) -> None:
    evidence = sampled("AB", "A")
    cut = FidelityChain(("B",), "any words", end)
    whole = Evidence(
        evidence.question, evidence.answer, evidence.options, samples=evidence.samples,
        groups=evidence.groups, shown_group=0, chains=(*evidence.chains, cut),
    )  # fmt: skip
    assert "incomplete" in UFConfidence()(whole).missing


@pytest.mark.parametrize("text", ["A", "A\n\nThe bee cannot bark.", "A, because bees fly."])
def test_samples_that_chose_a_are_those_of_a(text: str) -> None:
    evidence = sampled("AAAB", "A", "BA")
    regrouped = replace(
        evidence,
        answer=Answer(text),
        samples=(*(Answer(text) for _ in range(3)), Answer("A bee, of course.")),
    )
    assert [(candidate.label, candidate.count) for candidate in candidates(regrouped)] == [("A", 3), ("B", 1)]
    assert UFConfidence()(regrouped).confidence == UFConfidence()(evidence).confidence is not None
