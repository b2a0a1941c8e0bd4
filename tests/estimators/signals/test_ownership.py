"""Own turn minus third person."""

import pytest

from estimators import ESTIMATORS
from estimators.signals.ownership import ownership_biases
from estimators.types import Signal


def test_every_pair_by_hand() -> None:
    signals = (
        Signal("p_true_own", 0.9),
        Signal("p_true_third", 0.75),
        Signal("likert_own_oc_expected", 0.4),
        Signal("likert_third_oc_expected", 0.6),
        Signal("weakest_claim", 0.5),
        Signal("weakest_claim_third", 0.2),
    )
    biases = {bias.signal: bias.difference for bias in ownership_biases(signals)}
    assert biases == pytest.approx({"p_true_own": 0.15, "likert_own_oc_expected": -0.2, "weakest_claim": 0.3})


def test_a_pair_needs_both_values() -> None:
    missing = Signal("p_true_third", None, "not asked")
    assert ownership_biases((Signal("p_true_own", 0.9), missing, Signal("numeric", 0.5))) == ()
    assert ownership_biases((Signal("rating_own", 0.9),)) == ()


def test_every_signal_in_third_person_has_a_pair() -> None:
    names = [estimator.name for estimator in ESTIMATORS]
    pairs = ownership_biases([Signal(name, 0.5) for name in names])
    assert len(pairs) == sum("third" in name for name in names) == 8
