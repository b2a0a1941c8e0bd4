"""The key words of an answer, and their probability."""

import math

import pytest

from estimators.key_span import KeySpanProbability, key_span
from estimators.types import Evidence, Question
from tests.estimators.evidence import answer, token


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("What is the capital of Australia?", "The capital of Australia is probably Canberra.", "Canberra"),
        ("Who wrote Moby-Dick?", "Leo Tolstoy likely wrote the novel Moby-Dick.", "Leo Tolstoy"),
        ("Who painted The Birth of Venus?", "Vincent van Gogh painted “The Birth of Venus”.", "Vincent van Gogh"),
        ("Which organ makes insulin?", "Insulin is made by the pancreas.", "pancreas"),
        ("What do bees collect to make honey?", "Bees collect nectar from flowers.", "nectar"),
        ("How many bones does an adult human have?", "An adult human has 206 bones.", "206"),
        ("When did the Berlin Wall fall?", "The Berlin Wall fell one day in November of 1989.", "November of 1989"),
        ("In which city were the Games?", "The first Games of 1896 were in Athens.", "Athens"),
        ("What is it?", "I am not sure.", None),
        ("", "", None),
        ("Какая столица?", "Столица - Москва.", "Москва"),
    ],
)  # fmt: skip
def test_the_words_that_answer(question: str, text: str, expected: str | None) -> None:
    span = key_span(question, text)
    assert (text[slice(*span)] if span else None) == expected


def test_its_probability_is_the_product_of_its_tokens() -> None:
    given = answer(
        token("It", 0.9), token(" is", 0.9), token(" New", 0.5), token(" York", 0.8), token(".", 0.9)
    )
    signal = KeySpanProbability()(Evidence(Question("Which city?"), given))
    assert signal.confidence == pytest.approx(0.5 * 0.8)
    assert signal.confidence == pytest.approx(math.exp(math.log(0.5) + math.log(0.8)))


def test_missing_says_why() -> None:
    nothing_new = Evidence(Question("Is it so?"), answer(token("It", 0.9), token(" is", 0.9)))
    assert KeySpanProbability()(nothing_new).missing == "the answer says nothing that was not in the question"
