"""Entropy, margin and rank of the answer words: by hand, and against scipy."""

import math

import numpy as np
import pytest
from hypothesis import given
from scipy.stats import entropy as scipy_entropy

from estimators.missing import Missing
from estimators.signals.key_tokens import (
    NO_ALTERNATIVES,
    FirstTokenEntropy,
    KeyMargin,
    KeyRank,
    key_tokens,
    margin,
    rank,
)
from estimators.types import Answer, Evidence, Question, Token
from tests.estimators.evidence import answer, token, tokens

CAPITAL = "What is the capital of Australia?"
SURE = {" Can": 0.7, " Syd": 0.2, " Mel": 0.1}
SHOWN = answer(
    token("It", 0.3, {"It": 0.3, "The": 0.2}),
    token(" is", 0.9, {" is": 0.9}),
    token(" Can", 0.7, SURE),
    token("berra", 0.8, {"berra": 0.8, "ada": 0.05}),
    token(".", 0.4, {".": 0.4, "!": 0.4}),
)


def free(shown: Answer = SHOWN, question: str = CAPITAL) -> Evidence:
    return Evidence(Question(question), shown)


def plain(*words: str) -> Answer:
    return Answer("".join(words), tuple(Token(word, -0.1) for word in words))


@pytest.mark.parametrize(
    ("question", "words", "expected"),
    [
        (CAPITAL, ("It", " is", " Can", "berra", "."), [" Can", "berra"]),
        (CAPITAL, ('**"', "Can", "berra", '"**'), ["Can", "berra"]),  # quotes and markup carry no content
        (CAPITAL, ("Not", " Sydney", " but", " Can", "berra", "."), [" Can", "berra"]),
        ("Which is larger, the Sun or the Moon?", ("The", " Sun", "."), [" Sun"]),
        ("Do dogs bark?", ("Yes", "."), ["Yes"]),
    ],
)
def test_the_tokens_of_the_answer_words(question: str, words: tuple[str, ...], expected: list[str]) -> None:
    assert [token.text for token in key_tokens(free(plain(*words), question))] == expected


@pytest.mark.parametrize(
    ("question", "words"),
    [
        (CAPITAL, ("The", " capital", " of", " Australia", " is", " the", " capital", ".")),
        (CAPITAL, ("I", " do", " not", " know", ".")),
    ],
)
def test_an_answer_without_answer_words_has_no_figure(question: str, words: tuple[str, ...]) -> None:
    for estimator in (FirstTokenEntropy(), KeyMargin(), KeyRank()):
        assert estimator(free(plain(*words), question)).missing == "the answer adds nothing to the question"


def test_with_options_they_name_the_option() -> None:
    question, options = Question("Which one flies?\nA. dog\nB. bee"), ("dog", "bee")
    for words, expected in (
        (("B", ".", " It", " flies"), ["B"]),
        (("The", " answer", " is", " bee", "."), [" bee"]),
    ):
        evidence = Evidence(question, plain(*words), options)
        assert [token.text for token in key_tokens(evidence)] == expected
    with pytest.raises(Missing, match="the answer names no option"):
        key_tokens(Evidence(question, plain("Who", " knows"), options))


def test_by_hand() -> None:
    # H(.7, .2, .1, 0) = .8018 nats of at most ln 4 = 1.3863
    assert FirstTokenEntropy()(free()).confidence == pytest.approx(1 - 0.8018186 / 1.3862944, abs=1e-6)
    assert KeyMargin()(free()).confidence == pytest.approx(0.5)  # .7 − .2; berra: .8 − .05
    assert KeyRank()(free()).confidence == 1.0


def test_only_the_first_answer_word_counts_for_the_entropy() -> None:
    flat = answer(*SHOWN.tokens[:3], token("berra", 0.25, {"berra": 0.25, "ada": 0.25}), SHOWN.tokens[4])
    assert FirstTokenEntropy()(free(flat)) == FirstTokenEntropy()(free())
    assert KeyMargin()(free(flat)).confidence == pytest.approx(0.0)


def test_a_less_probable_token_has_margin_0_and_its_rank() -> None:
    sampled = answer(*SHOWN.tokens[:2], token(" Syd", 0.2, SURE), token("ney", 0.9, {"ney": 0.9}))
    assert KeyMargin()(free(sampled)).confidence == 0.0
    assert KeyRank()(free(sampled)).confidence == 0.5
    outside = answer(*SHOWN.tokens[:2], token(" Rome", 0.001, SURE))
    assert KeyRank()(free(outside)).confidence == 0.25  # behind all three


def test_without_another_alternative_the_rest_is_the_rival() -> None:
    assert margin(token("a", 0.9, {"a": 0.9})) == pytest.approx(0.8)  # .9 − .1


def test_without_alternatives_they_are_missing() -> None:
    for estimator in (FirstTokenEntropy(), KeyMargin(), KeyRank()):
        assert estimator(free(plain("It", " is", " Rome"))).missing == NO_ALTERNATIVES
        assert (
            estimator(free(Answer("Rome", missing="no log-probabilities"))).missing == "no log-probabilities"
        )


@given(tokens().filter(lambda token: token.top))
def test_the_entropy_is_that_of_scipy(first: Token) -> None:
    shares = [math.exp(logprob) for _, logprob in first.top]
    rest = max(0.0, 1 - math.fsum(shares))
    expected = 1 - scipy_entropy([*shares, rest], base=len(shares) + 1)
    letter = Answer("A", (Token("A", first.logprob, first.top),))
    signal = FirstTokenEntropy()(Evidence(Question("?\nA. a\nB. b"), letter, ("a", "b")))
    assert signal.confidence == pytest.approx(min(1.0, max(0.0, expected)), abs=1e-6)


@given(tokens().filter(lambda token: token.top))
def test_the_rank_is_that_of_a_sorted_list(word: Token) -> None:
    others = np.array([logprob for text, logprob in word.top if text != word.text])
    assert rank(word) == 1 + int((others > word.logprob + 1e-6).sum()) <= len(word.top) + 1
