"""A long answer sentence by sentence, by hand."""

import pytest

from estimators.signals.claims import P_TRUE, P_TRUE_THIRD, WeakestClaim, claim_readings, weakest_claim
from estimators.types import Answer, Claim, Evidence, Question
from tests.estimators.evidence import answer, probe, token


def asked(true: float, false: float) -> dict[str, object]:
    return {P_TRUE: probe(P_TRUE, token("True", true, {"True": true, "False": false}))}


LONG = answer(token("It is Rome.", 0.9), token(" It is", 0.5), token(" probably old.", 0.4))
FIRST, SECOND = (0, 11), (12, 31)


def long(*claims: Claim, answer: Answer = LONG) -> Evidence:
    return Evidence(Question("?"), answer, claims=claims)


def test_every_claim_by_hand() -> None:
    assert LONG.text[slice(*SECOND)] == "It is probably old."
    first, second = claim_readings(long(Claim(FIRST, asked(0.6, 0.2)), Claim(SECOND, asked(0.3, 0.6))))  # type: ignore[arg-type]
    assert (first.tokens, first.minimum, first.p_true) == pytest.approx((0.9, 0.9, 0.75))
    assert second.tokens == pytest.approx((0.5 * 0.4) ** 0.5)
    assert second.p_true == pytest.approx(1 / 3)
    assert [marker.text for marker in second.markers] == ["probably"] and first.markers == ()


def test_the_weakest_claim_has_the_lowest_confidence() -> None:
    evidence = long(Claim(FIRST, asked(0.6, 0.2)), Claim(SECOND, asked(0.3, 0.6)))  # type: ignore[arg-type]
    weakest = weakest_claim(evidence)
    assert weakest is not None and weakest.text == "It is probably old."
    assert WeakestClaim()(evidence).confidence == pytest.approx(1 / 3)
    by_tokens = weakest_claim(long(Claim(FIRST), Claim(SECOND)))
    assert by_tokens is not None and by_tokens.confidence == pytest.approx(0.2**0.5)
    assert weakest_claim(long()) is None


def test_own_turn_and_third_person_are_read_apart() -> None:
    both = {
        **asked(0.6, 0.2),
        P_TRUE_THIRD: probe(P_TRUE_THIRD, token("False", 0.6, {"False": 0.6, "True": 0.2})),
    }
    evidence = long(Claim(FIRST, both))  # type: ignore[arg-type]
    assert WeakestClaim()(evidence).confidence == pytest.approx(0.75)
    assert WeakestClaim(third=True)(evidence).confidence == pytest.approx(0.25)
    only_own = long(Claim(FIRST, asked(0.6, 0.2)))  # type: ignore[arg-type]
    assert WeakestClaim(third=True)(only_own).missing == "the model was not asked"


def test_a_missing_value_has_a_reason() -> None:
    assert "too short" in WeakestClaim()(long()).missing
    one_unread = long(Claim(FIRST, asked(0.6, 0.2)), Claim(SECOND, asked(0.1, 0.1)))  # type: ignore[arg-type]
    assert WeakestClaim()(one_unread).missing == "1 of 2 sentences got no True or False"
