"""The probability of a label over its surface forms."""

import math

import pytest
from pytest import approx

from estimators.missing import Missing
from estimators.parsing.label_probs import (
    alternatives,
    bare,
    first_content,
    max_over_forms,
    opening_word,
    sum_over_forms,
    true_share,
)
from estimators.types import Answer, Token
from tests.estimators.evidence import answer, token


@pytest.mark.parametrize(
    "form",
    [
        "B",
        "b",
        " B",
        "(B",
        "B.",
        "**B**",
        "\n[B]:",
        "`B`",
        '"B"',
        "“B”",
        "«B»",
        "#B",
        "~B|",
        "B;",
        "B—",
        "B!",
        "‘B’",
    ],
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


def test_the_emitted_token_counts_once_even_if_it_is_not_among_the_alternatives() -> None:
    sampled = token("B", 0.01, {"A": 0.6, "C": 0.3})
    assert dict(alternatives(sampled)) == approx({"A": 0.6, "C": 0.3, "B": 0.01})
    assert sum_over_forms(token("B", 0.4, {"B": 0.4}), "B") == approx(0.4)


def test_two_token_ids_with_the_same_text_both_count() -> None:
    # A byte-fallback "B" beside the usual one: the larger is the maximum, whatever their order.
    twice = Token("B", math.log(0.6), (("B", math.log(0.6)), ("B", math.log(0.1)), ("A", math.log(0.2))))
    assert max_over_forms(twice, "B") == approx(0.6)
    assert sum_over_forms(twice, "B") == approx(0.7)


def test_a_sum_is_never_above_one() -> None:
    assert sum_over_forms(Token("B", 0.0, (("B", 0.0), ("b", -1e-9))), "B") == 1.0


@pytest.mark.parametrize(
    ("words", "chosen"),
    [
        (["The", " answer", " is", " 5", "."], 0),  # and not the label that comes later
        ([" ", "**", "5", "**"], 2),
        ([" ", "No", " idea"], 1),
        (["5", " not", " 6"], 0),
        (["\n\n", "“", "True", "”"], 2),
        (["`", "True", "`"], 1),
        (["#", " ", "True"], 2),
        (["-", " False"], 1),  # of a list
        (["\ufeff", "(", "B", ")"], 2),
        (["?", " True"], 0),
        (["漢", " True"], 0),
    ],
)
def test_the_first_token_with_content_is_read(words: list[str], chosen: int) -> None:
    reply = answer(*(token(word, 0.5 + number / 100) for number, word in enumerate(words)))
    assert first_content(reply) is reply.tokens[chosen]


def test_blanks_have_no_content_token() -> None:
    assert first_content(answer(token(" \n", 0.5), token("**", 0.5))) is None
    assert first_content(Answer("5")) is None


def test_true_and_false_are_read_at_the_first_token_only() -> None:
    # The mass of .15 at "Not" is what there is; " true" has .99 because "Not" stands before it.
    reply = answer(
        token("Not", 0.8, {"Not": 0.8, "True": 0.1, "False": 0.05}), token(" true", 0.99, {" true": 0.99})
    )
    with pytest.raises(Missing, match=r"^no answer \(“True” and “False” hold 15 % of the probability\)$"):
        true_share(reply)
    quoted = answer(token("“", 0.9), token("True", 0.6, {"True": 0.6, "False": 0.2}), token("”", 0.9))
    assert true_share(quoted) == approx(0.75)


@pytest.mark.parametrize(
    ("text", "word"),
    [("Yes.", "yes"), ("**No**, it", "no"), ("- yes", "yes"), ("“Yes”", "yes"), ("Nothing", "nothing"), ("? yes", ""),
     ("", "")],
)  # fmt: skip
def test_the_word_that_opens_a_text(text: str, word: str) -> None:
    assert opening_word(text) == word
