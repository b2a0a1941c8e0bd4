"""Sample-based signals: by hand, compared with scipy, and as properties."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest import approx
from scipy.stats import entropy

from estimators.signals.consistency import SelfConsistency, SemanticEntropy
from estimators.types import Answer, Evidence, Question

READINGS = (SelfConsistency(), SemanticEntropy())
Groups = tuple[tuple[int, ...], ...]


def sampled(groups: Groups, shown: int | None = 0, samples: int | None = None, options: int = 0) -> Evidence:
    count = sum(map(len, groups)) if samples is None else samples
    drawn = tuple(Answer(f"answer {number}") for number in range(count))
    listed = tuple(f"option {number}" for number in range(options))
    return Evidence(Question("Q?"), Answer("A"), listed, samples=drawn, groups=groups, shown_group=shown)


def by_size(*sizes: int) -> Groups:
    ends = np.cumsum(sizes)
    return tuple(tuple(range(end - size, end)) for size, end in zip(sizes, ends.tolist(), strict=True))


sizes = st.lists(st.integers(1, 6), min_size=1, max_size=6).filter(lambda group_sizes: sum(group_sizes) > 1)


def test_by_hand() -> None:
    # 10 samples as 6, 3, 1: H = −(.6 ln .6 + .3 ln .3 + .1 ln .1) = .306495 + .361192 + .230259 = .897946;
    # ln 10 = 2.302585; 1 − .897946 / 2.302585 = .610027
    evidence = sampled(by_size(6, 3, 1), shown=1)
    assert SelfConsistency()(evidence).confidence == approx(3 / 10)
    assert SemanticEntropy()(evidence).confidence == approx(0.610027, abs=1e-6)


def test_two_halves_by_hand() -> None:
    # 4 samples as 2, 2: H = ln 2, over ln 4 = 1/2
    assert SemanticEntropy()(sampled(by_size(2, 2))).confidence == approx(0.5)


@pytest.mark.parametrize(
    ("group_sizes", "options", "most"),
    [
        ((4, 3, 3), 4, 4),  # 10 samples of 4 options: ln 4, not ln 10
        ((5, 5), 2, 2),
        ((3, 3, 2, 2), 4, 4),
        ((1, 1, 1), 5, 3),  # 3 samples of 5 options differ in 3 at most
        ((2, 1), 26, 3),
        ((6, 3, 1), 10, 10),
        ((6, 3, 1), 0, 10),  # a free question: as many meanings as samples
    ],
)
def test_entropy_is_normalized_by_the_maximum_number_of_meanings(
    group_sizes: tuple[int, ...], options: int, most: int
) -> None:
    expected = 1 - entropy(np.array(group_sizes) / sum(group_sizes)) / math.log(most)
    signal = SemanticEntropy()(sampled(by_size(*group_sizes), options=options))
    assert signal.confidence == approx(float(expected), abs=1e-9)


@given(st.integers(2, 8), st.integers(1, 4))
def test_samples_spread_evenly_over_all_options_leave_no_confidence(options: int, each: int) -> None:
    assert SemanticEntropy()(sampled(by_size(*[each] * options), options=options)).confidence == approx(
        0, abs=1e-9
    )


@given(sizes)
def test_against_scipy(group_sizes: list[int]) -> None:
    expected = 1 - entropy(np.array(group_sizes) / sum(group_sizes)) / math.log(sum(group_sizes))
    assert SemanticEntropy()(sampled(by_size(*group_sizes))).confidence == approx(float(expected), abs=1e-9)


@given(st.integers(2, 20))
def test_all_differ_is_0_and_unanimous_is_1(count: int) -> None:
    assert SemanticEntropy()(sampled(by_size(*[1] * count))).confidence == approx(0, abs=1e-12)
    assert SemanticEntropy()(sampled(by_size(count))).confidence == 1.0
    assert SelfConsistency()(sampled(by_size(count))).confidence == 1.0
    assert SelfConsistency()(sampled(by_size(*[1] * count))).confidence == approx(1 / count)


@given(sizes, st.randoms(use_true_random=False))
def test_the_order_of_samples_and_groups_changes_nothing(group_sizes: list[int], random: object) -> None:
    groups = by_size(*group_sizes)
    renamed = list(range(sum(group_sizes)))
    random.shuffle(renamed)  # type: ignore[attr-defined]
    order = list(range(len(groups)))
    random.shuffle(order)  # type: ignore[attr-defined]
    other = tuple(tuple(sorted(renamed[place] for place in groups[index])) for index in order)
    for reading in READINGS:
        first = reading(sampled(groups, shown=0)).confidence
        assert reading(sampled(other, shown=order.index(0))).confidence == approx(first)


@given(sizes)
def test_the_shares_of_all_groups_add_up(group_sizes: list[int]) -> None:
    groups = by_size(*group_sizes)
    shares = [SelfConsistency()(sampled(groups, shown=index)).confidence or 0 for index in range(len(groups))]
    assert sum(shares) == approx(1)


def test_a_sample_without_a_group_is_left_out() -> None:
    # 5 samples, one unreadable: 3 and 1 of 4; H = .75 ln(4/3) + .25 ln 4 = .562335, over ln 4 = .405639
    evidence = sampled(((0, 1, 4), (2,)), samples=5)
    assert SelfConsistency()(evidence).confidence == approx(0.75)
    assert SemanticEntropy()(evidence).confidence == approx(1 - 0.405639, abs=1e-6)


def test_no_sample_agrees_with_the_shown_answer() -> None:
    assert SelfConsistency()(sampled(by_size(4, 1), shown=None)).confidence == 0.0
    assert SemanticEntropy()(sampled(by_size(4), shown=None)).confidence == 1.0


@pytest.mark.parametrize("reading", READINGS, ids=lambda reading: reading.name)
def test_missing(reading: SelfConsistency | SemanticEntropy) -> None:
    assert reading(sampled((), samples=0)).missing == "no samples were drawn"
    assert reading(sampled((), samples=3)).missing == "the samples were not grouped by meaning"
    ungrouped = Evidence(
        Question("Q?"), Answer(""), samples=(Answer("a"),), ungrouped="no embeddings are installed"
    )
    assert reading(ungrouped).missing == "no embeddings are installed"


def test_one_sample() -> None:
    evidence = sampled(((0,),))
    assert SelfConsistency()(evidence).confidence == 1.0
    assert SemanticEntropy()(evidence).missing == "at least two samples are needed"


@pytest.mark.parametrize("text", ["A", "A\n\nThe bee cannot bark.", "A, because bees fly."])
def test_an_answer_that_chose_a_has_the_share_of_a(text: str) -> None:
    samples = tuple(Answer(sample_text) for sample_text in (text, text, "A bee, of course."))
    shown = Evidence(
        Question("Q?"), Answer(text), ("dog", "bee"), samples=samples, groups=((0, 1), (2,)), shown_group=0
    )
    assert SelfConsistency()(shown).confidence == approx(2 / 3)


def test_an_article_is_not_an_option() -> None:
    shown = Evidence(
        Question("Q?"), Answer("A horse"), ("dog", "bee"), samples=(Answer("B"),), groups=((0,),)
    )
    assert SelfConsistency()(shown).missing == "the answer names no option"
