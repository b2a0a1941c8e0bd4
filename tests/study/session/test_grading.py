"""How a person's answer to a trial is graded."""

from typing import Any

import pytest

from study.design.parts import Item
from study.session.grading import agrees, said_correct

ANIMALS = ("dog", "bee", "ant", "cow")


def item(*gold: str, options: tuple[str, ...] = ()) -> Item:
    return Item(id="one", question="Which is it?", options=options, gold=gold)


@pytest.mark.parametrize(
    ("said", "shown", "expected"),
    [
        ("Canberra", "The capital is Canberra.", True),
        ("It is Canberra", "Canberra", True),
        ("Sydney", "The capital is Canberra.", False),
        # without a word it is no answer, so it agrees with none
        ("?", "The capital is Canberra.", False),
        ("…", "The capital is Canberra.", False),
        ("–", "?", None),
        ("Canberra", "…", None),
        ("Canberra", "", None),
        (None, "Canberra", None),
        # an article is an answer only where it is the whole one
        ("A", "The capital is a city.", False),
        ("the", "The capital is Canberra.", False),
        ("A", "It is vitamin A.", True),
        ("Vitamin A", "A", True),
        ("Vitamin A", "Vitamin D is made in the skin.", False),
    ],
)
def test_agreement_with_the_ai(said: Any, shown: str, expected: bool | None) -> None:
    assert agrees(item("Canberra"), said, shown) is expected


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ("A", True), ("A\n\nThe bee cannot bark.", True), ("A, because bees fly.", True), ("A bee, of course", False),
        ("A/B", None), ("B", False), ("I cannot say", None),
    ],
)  # fmt: skip
def test_agreement_with_the_option_that_the_ai_chose(shown: str, expected: bool | None) -> None:
    assert agrees(item("bee", options=ANIMALS), "dog", shown) is expected


@pytest.mark.parametrize(
    ("said", "expected"), [("?", None), ("…", None), ("A", False), ("Canberra", True), (None, None)]
)
def test_whether_a_person_is_right(said: Any, expected: bool | None) -> None:
    assert said_correct(item("Canberra"), said) is expected


def test_an_article_that_is_right() -> None:
    assert said_correct(item("A"), "A") is True
    assert said_correct(item("A"), "A city") is False
