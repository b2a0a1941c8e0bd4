"""When a consistency check may stop: its rule against simulation, and its bound on what is lost."""

import math
import random
from dataclasses import replace

import numpy as np
import pytest
from pytest import approx
from scipy import stats

from chains.pipeline.early_stopping import LONGEST, SMALL, SURE, leading_chance, settled, stops, unfollowed
from estimators.signals.uncertainty_fidelity import uncertainty_fidelity
from tests.estimators.signals.test_uncertainty_fidelity import sampled


@pytest.mark.parametrize(("first", "second"), [(4, 0), (5, 1), (6, 1), (7, 3), (1, 1)])
def test_the_chance_is_that_of_the_beta_posterior(first: int, second: int) -> None:
    assert leading_chance((second, first)) == approx(float(stats.beta(first + 1, second + 1).sf(0.5)))


def test_four_that_agree_are_enough_and_a_split_is_not() -> None:
    assert [bool(stops(sizes)) for sizes in ([], [3], [4], [5, 1], [6, 1], [5, 5])] == [
        *(False, False, True, False, True, False)
    ]
    assert stops([4]) == "4 of 4 mean the same, so that meaning stays ahead with a probability of 97 %"


def test_chains_that_are_left_out_change_uf_by_no_more_than_is_promised() -> None:
    chance = random.Random(0)
    left_out = 0
    for _ in range(300):
        letters = "".join(chance.choices("ABCD", (6, 2, 1, 1), k=10))
        chains = {first: first + "".join(chance.sample(sorted(set("ABCD") - {first}), chance.randint(0, 3)))
                  for first in set(letters)}  # fmt: skip
        whole = sampled(letters, *chains.values())
        shares = {letter: letters.count(letter) / 10 for letter in chains}
        left = unfollowed(shares, 4, "A")
        early = replace(whole, chains=tuple(left.get(chain.labels[0], chain) for chain in whole.chains))
        left_out += len(left)
        for reading in ("leftmost", "rightmost", "last"):
            every, few = (uncertainty_fidelity(e, reading).confidence for e in (whole, early))
            assert all(abs(every.get(x, 0) - few.get(x, 0)) <= SMALL + 1e-6 for x in "ABCD")
    assert left_out > 100


def test_nothing_is_asked_if_no_two_samples_agree() -> None:
    assert len(unfollowed(dict.fromkeys("ABCDEFGHIJ", 0.1), 10)) == 10


def test_a_long_chain_needs_no_further_answer() -> None:
    assert not settled("ABC") and settled("ABCD")
    weight = 2**LONGEST / sum(2**i for i in range(1, LONGEST + 1))
    assert weight - 0.5 < 0.04


def test_the_rule_seldom_stops_with_the_wrong_leader() -> None:
    draws = np.random.default_rng(0)
    wrong = stopped = 0
    for _ in range(2000):
        share = draws.uniform()  # of the first of two meanings, as the rule assumes
        sizes = [0, 0]
        for _ in range(10):
            sizes[int(draws.uniform() > share)] += 1
            if stops(sizes):
                stopped += 1
                wrong += (sizes[0] > sizes[1]) != (share > 0.5)
                break
    assert stopped > 800 and wrong / stopped < (1 - SURE) + 3 * math.sqrt(SURE * (1 - SURE) / stopped)
