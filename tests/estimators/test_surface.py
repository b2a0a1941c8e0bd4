"""The probability of a label over its surface forms."""

import math

import pytest
from pytest import approx

from estimators.surface import alternatives, bare, first_word, max_over_forms, sum_over_forms
from estimators.types import Answer, Token
from tests.estimators.evidence import answer, token


@pytest.mark.parametrize(
    "form", ["B", "b", " B", "(B", "B.", "**B**", "\n[B]:", "`B`", '"B"', "“B”", "B;", "B—", "B!", "‘B’"]
)
def test_the_forms_of_a_label(form: str) -> None:
    assert bare(form) == "b"
    assert max_over_forms(token(form, 0.25), "B") == approx(0.25)


@pytest.mark.parametrize("other", ["BB", "B-", "8", "", "ß", "-B"])
def test_other_words_are_not_the_label(other: str) -> None:
    assert bare(other) != "b"
    assert max_over_forms(token(other, 0.25), "B") == 0


def test_the_maximum_and_the_sum_over_forms() -> None:
    forms = token(" B", 0.3, {" B": 0.3, "B": 0.25, "(B": 0.1, "b": 0.05, "A": 0.2})
    assert max_over_forms(forms, "B") == approx(0.3)
    assert sum_over_forms(forms, "B") == approx(0.7)  # 0.3 + 0.25 + 0.1 + 0.05
    assert max_over_forms(forms, "a") == approx(0.2)
    assert max_over_forms(forms, "C") == sum_over_forms(forms, "C") == 0  # outside the alternatives


def test_the_emitted_token_counts_once_even_outside_its_alternatives() -> None:
    sampled = token("B", 0.01, {"A": 0.6, "C": 0.3})
    assert dict(alternatives(sampled)) == approx({"A": 0.6, "C": 0.3, "B": 0.01})
    assert sum_over_forms(token("B", 0.4, {"B": 0.4}), "B") == approx(0.4)


def test_two_token_ids_of_one_text_both_count() -> None:
    # A byte-fallback "B" beside the usual one: the larger is the maximum, whatever their order.
    twice = Token("B", math.log(0.6), (("B", math.log(0.6)), ("B", math.log(0.1)), ("A", math.log(0.2))))
    assert max_over_forms(twice, "B") == approx(0.6)
    assert sum_over_forms(twice, "B") == approx(0.7)


def test_a_sum_is_never_above_one() -> None:
    assert sum_over_forms(Token("B", 0.0, (("B", 0.0), ("b", -1e-9))), "B") == 1.0


@pytest.mark.parametrize(
    ("words", "chosen"),
    [
        (["The", " answer", " is", " 5", "."], 3),
        ([" ", "**", "5", "**"], 2),
        ([" ", "No", " idea"], 1),  # no label: the first word
        (["5", " not", " 6"], 0),
    ],
)
def test_the_token_that_is_read(words: list[str], chosen: int) -> None:
    reply = answer(*(token(word, 0.5 + number / 100) for number, word in enumerate(words)))
    assert first_word(reply, ("5", "6")) is reply.tokens[chosen]


def test_no_token_is_read_from_blanks() -> None:
    assert first_word(answer(token(" \n", 0.5), token("**", 0.5)), ("5",)) is None
    assert first_word(Answer("5"), ("5",)) is None
