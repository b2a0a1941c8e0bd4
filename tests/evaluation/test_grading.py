"""Grading: answers as models really write them, each with the rule that decides."""

import pytest

from evaluation.grading import Graded, grade_choice, grade_short, normalised

SHORT = [
    # the answer as given, what is accepted, right?, by which rule
    ("Canberra", ["Canberra"], True, "exact"),
    ("  canberra. ", ["Canberra"], True, "exact"),
    ("The Danube", ["Danube"], True, "exact"),
    ("Mount Kilimanjaro", ["Kilimanjaro", "Mount Kilimanjaro"], True, "alias"),
    ("Sao Paulo", ["São Paulo"], True, "exact"),
    ("The capital of Australia is Canberra.", ["Canberra"], True, "contained"),
    ("It is probably Canberra, but I am not sure.", ["Canberra"], True, "contained"),
    ("J.K. Rowling wrote them.", ["J. K. Rowling"], True, "contained"),
    ("The human heart has four chambers.", ["4"], True, "contained"),
    ("It began in 1914.", ["1914"], True, "contained"),
    ("There are 1,000 of them", ["1000"], True, "contained"),
    ("In the 14th century", ["fourteenth"], True, "contained"),
    ("Hadrian’s Wall", ["Hadrian's Wall"], True, "exact"),
    ("Its symbol is W.", ["W"], True, "contained"),
    ("k", ["K"], True, "exact"),
    ("Certainly. The Rhine.", ["Rhine"], True, "contained"),
    ("O-", ["O negative", "O-"], True, "alias"),
    ("Sydney", ["Canberra"], False, "no match"),
    ("It is Sydney, not Canberra.", ["Canberra"], False, "no match"),
    ("O+", ["O negative", "O-"], False, "no match"),
    ("It is a kind of metal.", ["K"], False, "no match"),  # a lower-case k within a word, and no K
    ("1873", ["873"], False, "no match"),
    ("There are 206.5 of them", ["206"], False, "no match"),
    ("Romanian", ["Roman"], False, "no match"),
    ("CO", ["Co"], False, "no match"),  # carbon monoxide is not cobalt
]


@pytest.mark.parametrize(("text", "answers", "correct", "by"), SHORT)
def test_a_short_answer(text: str, answers: list[str], correct: bool, by: str) -> None:
    assert grade_short(text, answers) == Graded(correct, by)


def test_what_only_a_later_sentence_says_is_for_the_judge() -> None:
    text = "It is Sydney. Some take it for Canberra."
    found = grade_short(text, ["Canberra"])
    assert (found.correct, found.reason) == (None, "only a later sentence holds an accepted answer")
    assert grade_short(text, ["Canberra"], lambda: False) == Graded(False, "judge")


def test_the_judge_is_asked_only_where_the_rules_do_not_say_right() -> None:
    def judge() -> bool | None:
        asked.append(1)
        return True

    asked: list[int] = []
    assert grade_short("The Danube.", ["Danube"], judge).by == "exact" and not asked
    assert grade_short("The Donau.", ["Danube"], judge) == Graded(True, "judge") and asked
    assert grade_short("The Donau.", ["Danube"], lambda: None).reason == "the judge gave no verdict"


def test_no_text_has_no_grade() -> None:
    assert grade_short(" … ", ["Danube"]).reason == "there is no answer"


@pytest.mark.parametrize(
    ("text", "correct"),
    [
        ("B", True), ("b.", True), ("(B) bee", True), ("The answer is B.", True), ("bee", True), ("A. dog", False),
        ("I cannot say.", None), ("C", None), ("", None),
    ],
)  # fmt: skip
def test_a_choice(text: str, correct: bool | None) -> None:
    found = grade_choice(text, ["dog", "bee"], 1)
    assert found.correct is correct
    assert found == Graded(None, reason="it chooses none of the options") or found.by == "option"


def test_a_grade_or_a_reason_never_both_nor_neither() -> None:
    with pytest.raises(ValueError, match="either a grade or the reason"):
        Graded(True, "exact", "because")
    with pytest.raises(ValueError, match="either a grade or the reason"):
        Graded(None)


def test_normalised_words() -> None:
    assert normalised("The “Prado”, in a word: 1,453!") == ("prado", "in", "word", "1,453")
