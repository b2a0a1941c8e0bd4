"""P_IC and MSP by hand."""

import pytest
from pytest import approx

from estimators.signals.multiple_choice import InternalConfidence, MaximumSoftmaxProbability
from estimators.types import Answer, Token
from tests.estimators.evidence import answer, evidence, token

THREE = ("dog", "bee", "cow")
P_IC, MSP = InternalConfidence(), MaximumSoftmaxProbability()


def test_p_ic_is_the_share_of_the_shown_letter() -> None:
    # P_A = 0.2, P_B = max(0.5, 0.1, 0.04) = 0.5 and not 0.64, P_C = 0: P_IC = 0.5 / 0.7
    letter = token("B", 0.5, {"B": 0.5, " B": 0.1, "b": 0.04, "(A": 0.2, "The": 0.1})
    signal = P_IC(evidence(answer(letter, token(".", 0.9)), options=THREE))
    assert signal.per_option == approx((2 / 7, 5 / 7, 0))
    assert signal.confidence == approx(5 / 7)


def test_the_shown_option_is_scored_even_if_another_was_more_probable() -> None:
    letter = token("A", 0.3, {"B": 0.6, "A": 0.3})
    shown = evidence(answer(letter), options=THREE)
    signal = P_IC(shown)
    assert signal.confidence == approx(0.3 / 0.9)
    assert signal.per_option == approx((1 / 3, 2 / 3, 0))
    msp = MSP(shown)
    assert (msp.confidence, msp.missing) == (
        None,
        "the shown letter was sampled and is not the most probable one",
    )


def test_options_beyond_those_listed_do_not_count() -> None:
    letter = token("A", 0.6, {"A": 0.6, "B": 0.2, "C": 0.15})
    assert P_IC(evidence(answer(letter), options=THREE[:2])).confidence == approx(0.75)  # 0.6 / (0.6 + 0.2)


@pytest.mark.parametrize(("p", "confidence"), [(0.5, 1.0), (0.49, None)])
def test_letters_with_less_than_half_of_the_probability_are_no_answer(
    p: float, confidence: float | None
) -> None:
    # fsum(exp(log 0.5)) may lie a rounding step below 0.5
    letter = token("B", p + 1e-12, {"The": 0.51 - 1e-6, "B": p + 1e-12})
    signal = P_IC(evidence(answer(letter), options=THREE))
    assert signal.confidence == (confidence if confidence is None else approx(confidence))
    if confidence is None:
        expected = "the model did not answer with a letter (the option letters hold 49 % of the probability)"
        assert signal.missing == expected


@pytest.mark.parametrize(
    "words", [["B"], ["(", "B", ")"], [" B", "."], [" **", "B", "**"], ["(B", ")"], ["“", "B", "”"]]
)
def test_both_read_the_token_of_the_letter(words: list[str]) -> None:
    shown_answer = answer(*(token(w, 0.8, {w: 0.8, "A": 0.1}) if "B" in w else token(w, 0.99) for w in words))
    shown = evidence(shown_answer, options=THREE)
    assert P_IC(shown).confidence == approx(8 / 9)  # 0.8 / (0.8 + 0.1)
    assert MSP(shown).confidence == approx(0.8)


def test_p_ic_is_read_at_the_first_token_and_msp_at_the_letter() -> None:
    # The letters hold .1 + .05 where the answer begins; the .9 at " B" follows from the words before it.
    first = token("The", 0.8, {"The": 0.8, "A": 0.1, "B": 0.05})
    words = (first, token(" answer", 0.9), token(" is", 0.9), token(" B", 0.9, {" B": 0.9, " A": 0.05}))
    shown = evidence(answer(*words), options=THREE)
    assert P_IC(shown).missing == (
        "the model did not answer with a letter (the option letters hold 15 % of the probability)"
    )
    assert MSP(shown).confidence == approx(0.9)


def test_letters_are_read_even_if_the_first_word_is_not_the_choice() -> None:
    # Sampled "The", while the letters had .7 there: .1 / .7
    words = (token("The", 0.3, {"B": 0.6, "The": 0.3, "A": 0.1}), token(" answer", 0.9), token(" is", 0.9))
    assert P_IC(
        evidence(answer(*words, token(" A", 0.9), token(".", 0.9)), options=THREE)
    ).confidence == approx(1 / 7)


def test_a_letter_that_opens_a_sentence_is_not_the_choice() -> None:
    words = (
        token("A", 0.9, {"A": 0.9}),
        token(" goose", 0.9),
        token(" is", 0.9),
        token(" not", 0.9),
        token(" B", 0.9),
    )
    assert P_IC(evidence(answer(*words), options=("dog", "hen"))).missing == (
        "the answer begins with the letter of an option that it does not choose"
    )


def test_an_answer_that_names_the_option_by_its_text() -> None:
    shown = evidence(
        answer(token("It", 0.9), token(" is", 0.95), token(" bee", 0.7, {" bee": 0.7})), options=THREE
    )
    assert MSP(shown).confidence == approx(0.7)
    assert P_IC(shown).missing.endswith("(the option letters hold 0 % of the probability)")


def test_msp_needs_no_alternatives_and_accepts_a_tie() -> None:
    assert MSP(evidence(answer(token("B", 0.8)), options=THREE)).confidence == approx(0.8)
    tie = Token("B", -0.7, (("A", -0.7), ("B", -0.7)))
    assert MSP(evidence(answer(tie), options=THREE)).confidence == approx(0.4966, abs=1e-4)  # e^−0.7


@pytest.mark.parametrize("estimator", [P_IC, MSP], ids=lambda estimator: estimator.name)
@pytest.mark.parametrize(
    ("shown_answer", "options", "reason"),
    [
        (answer(token("B", 0.9)), (), "the question lists no options"),
        (answer(token("No", 0.9), token(" idea", 0.9)), THREE, "the answer names no option"),
        (Answer("B", missing="the server returned none"), THREE, "the server returned none"),
        (Answer("B"), THREE, "the answer has no tokens"),
    ],
)
def test_missing(
    estimator: InternalConfidence, shown_answer: Answer, options: tuple[str, ...], reason: str
) -> None:
    signal = estimator(evidence(shown_answer, options=options))
    assert (signal.confidence, signal.missing) == (None, reason)


@pytest.mark.parametrize(
    "after", [("\n\n", "The bee cannot bark."), (",", " because bees fly."), (" –", " the bee"), (";",)]
)
@pytest.mark.parametrize("letter", ["A", "**A", "“A"])
def test_the_lone_letter_a_is_read(letter: str, after: tuple[str, ...]) -> None:
    """P_IC and MSP at the token of the letter "A", not at the article."""
    first = token(letter, 0.6, {letter: 0.6, "B": 0.2})
    shown_answer = answer(
        first, *([token("**", 1.0)] if letter == "**A" else []), *(token(word, 0.9) for word in after)
    )
    shown = evidence(shown_answer, options=("dog", "bee", "ant", "cow"))
    assert P_IC(shown).confidence == approx(0.75)  # .6 / (.6 + .2)
    assert MSP(shown).confidence == approx(0.6)


def test_the_article_a_is_not_a_letter() -> None:
    shown_answer = answer(
        token("A", 0.9, {"A": 0.9}),
        token(" bee", 0.7, {" bee": 0.7}),
        token(",", 0.9),
        token(" of course", 0.9),
    )
    shown = evidence(shown_answer, options=THREE)
    assert MSP(shown).confidence == approx(0.7)
    assert P_IC(shown).confidence is None
