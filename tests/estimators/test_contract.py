"""What holds for every estimator, whatever the evidence."""

import random
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from estimators import ESTIMATORS, Estimator, choose, default_signals
from estimators.abstention import DECIDING
from estimators.missing import Missing
from estimators.signals.letter_again import LETTER
from estimators.types import Answer, Evidence, Probe, Question, Signal
from tests.estimators.evidence import PROBES, evidences, probes

fast = settings(max_examples=40, deadline=None)
every = pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda estimator: estimator.name)
CLAIMS = {"claims", "claims_third"}
ONLY_FROM_PROBES = [
    estimator for estimator in ESTIMATORS if estimator.needs and set(estimator.needs) <= set(PROBES)
]
SIDES = {"tokens": "token", LETTER: "token", "internals": "token", "samples": "sample"}


@fast
@given(evidences())
def test_a_confidence_or_a_reason(evidence: Evidence) -> None:
    for estimator in ESTIMATORS:
        signal = estimator(evidence)
        assert signal.name == estimator.name
        if signal.confidence is None:
            assert signal.missing == signal.missing.strip() != "", estimator.name
            assert signal.missing[-1] != "."  # reasons are used inside sentences
            assert signal.per_option == ()
        else:
            assert 0 <= signal.confidence <= 1
            assert signal.missing == ""
        if signal.per_option:
            assert sum(signal.per_option) == pytest.approx(1)
            assert len(signal.per_option) == len(evidence.options)


@fast
@given(evidences(), st.permutations(PROBES), st.sampled_from(PROBES).flatmap(probes))
def test_only_what_it_needs_counts(evidence: Evidence, order: list[str], other: Probe) -> None:
    asked = evidence.probes
    reordered = replace(evidence, probes={name: asked[name] for name in order if name in asked})
    for estimator in ESTIMATORS:
        signal = estimator(evidence)
        assert estimator(evidence) == estimator(reordered) == signal, estimator.name
        needed = {name: asked_probe for name, asked_probe in asked.items() if name in estimator.needs}
        assert estimator(replace(evidence, probes=needed)) == signal, estimator.name
        if other.name not in estimator.needs:
            assert estimator(replace(evidence, probes={**asked, other.name: other})) == signal, estimator.name
        if "samples" not in estimator.needs:
            bare = replace(evidence, samples=(), groups=(), shown_group=None, chains=())
            assert estimator(bare) == signal, estimator.name
        if "internals" not in estimator.needs:
            assert estimator(replace(evidence, internals=None)) == signal, estimator.name
        if not CLAIMS & set(estimator.needs):
            assert estimator(replace(evidence, claims=())) == signal, estimator.name
        if estimator in ONLY_FROM_PROBES:  # only the reply is read, so words in the answer cannot change it
            elsewhere = replace(evidence, answer=Answer("I am very certain."), question=Question("Other?"))
            assert estimator(elsewhere) == signal, estimator.name


@fast
@given(evidences(), st.randoms(use_true_random=False))
def test_the_order_of_samples_and_chains_does_not_count(evidence: Evidence, chance: random.Random) -> None:
    order = list(range(len(evidence.samples)))
    chance.shuffle(order)  # old place at each new place
    new = {old: place for place, old in enumerate(order)}
    moved = replace(
        evidence,
        samples=tuple(evidence.samples[old] for old in order),
        groups=tuple(tuple(sorted(new[old] for old in group)) for group in evidence.groups),
    )
    if evidence.options:  # a candidate is an option: its chains may come in any order
        moved = replace(moved, chains=tuple(reversed(evidence.chains)))
        firsts = [chain.labels[0] for chain in evidence.chains]
        if len(set(firsts)) < len(firsts):  # the pipeline never makes two chains for a candidate
            moved = replace(moved, chains=evidence.chains)
    for estimator in ESTIMATORS:
        before, after = estimator(evidence), estimator(moved)
        assert after.missing == before.missing, estimator.name
        assert after.confidence == (None if before.confidence is None else pytest.approx(before.confidence))


@every
def test_it_documents_its_range_cost_source_and_an_example(estimator: Estimator) -> None:
    text = type(estimator).__doc__ or ""
    for pattern in (r"Range 0", r"\bcalls?\b", r"References?:", r">>> "):
        assert re.search(pattern, text), (estimator.name, pattern)


@every
def test_nothing_gathered_is_missing_for_all(estimator: Estimator) -> None:
    signal = estimator(Evidence(Question("Q?"), Answer("")))
    assert signal.confidence is None


@every
def test_it_says_what_it_needs_and_means(estimator: Estimator) -> None:
    gathered = {"tokens", "options", "samples", "chains", "internals", LETTER}
    assert set(estimator.needs) <= {*gathered, *CLAIMS, *PROBES}
    assert estimator.side == next((SIDES[need] for need in estimator.needs if need in SIDES), "verbal")
    assert re.fullmatch(r"[A-Z][^.!?\n]{20,}\.", estimator.meaning)  # one sentence
    assert not re.search(r"\b(?:logprob|Σ|exp|log)\b", estimator.meaning)  # for people
    assert re.fullmatch(r"[a-z][a-z_]+", estimator.name)
    assert 0 < len(estimator.title) <= 45


class Broken(Estimator):
    name, title, meaning, side, needs = "broken", "Broken", "It always fails.", "verbal", ()

    def __init__(self, error: Exception) -> None:
        self.error = error

    def read(self, evidence: Evidence) -> float:
        raise self.error


def test_only_a_missing_value_becomes_a_reason() -> None:
    evidence = Evidence(Question("Q?"), Answer("It is."))
    assert Broken(Missing("no scale"))(evidence) == Signal("broken", None, "no scale")
    for error in (ValueError("x"), TypeError("x"), ZeroDivisionError("x")):  # mistakes of the code
        with pytest.raises(type(error)):
            Broken(error)(evidence)


def test_names_titles_and_meanings_are_told_apart() -> None:
    assert len({estimator.name for estimator in ESTIMATORS}) == len(ESTIMATORS)
    assert len({estimator.title for estimator in ESTIMATORS}) == len(ESTIMATORS)


def test_every_probe_is_needed() -> None:
    assert {need for estimator in ESTIMATORS for need in estimator.needs} >= set(PROBES)


def test_choosing_keeps_the_order_of_the_list_and_names_what_there_is_not() -> None:
    assert [estimator.name for estimator in choose(["p_true_own", "p_ic", "p_ic"])] == ["p_ic", "p_true_own"]
    assert choose([]) == ()
    with pytest.raises(
        ValueError, match=r"no signal named foo, nope; the signals are p_ic, msp, .*linguistic"
    ):
        choose(["nope", "p_ic", "foo"])


@pytest.mark.parametrize("options", [(), ("dog", "bee")])
def test_the_default_signals_exist_and_one_of_them_decides(options: tuple[str, ...]) -> None:
    names = default_signals(options)
    chosen = choose(names)
    assert len(chosen) == len(names)
    assert DECIDING[0 if options else 1] in names
    if not options:
        assert not [name for name in names if "_oc" in name]  # nothing to weigh
