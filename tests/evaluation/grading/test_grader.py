"""Grading real answers of models, each with the rule that decides."""

import pytest

from evaluation.grading.grader import Graded, grade_choice, grade_short, normalised

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
    grade = grade_short(text, ["Canberra"])
    assert (grade.correct, grade.reason) == (None, "only a later sentence contains an accepted answer")
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
    assert grade_short(" … ", ["Danube"]).reason == "the answer is empty"


@pytest.mark.parametrize(
    ("text", "correct"),
    [
        ("B", True), ("b.", True), ("(B) bee", True), ("The answer is B.", True), ("bee", True), ("A. dog", False),
        ("I cannot say.", None), ("C", None), ("", None),
    ],
)  # fmt: skip
def test_a_choice(text: str, correct: bool | None) -> None:
    grade = grade_choice(text, ["dog", "bee"], 1)
    assert grade.correct is correct
    assert grade == Graded(None, reason="the answer chooses none of the options") or grade.by == "option"


def test_normalised_words() -> None:
    assert normalised("The “Prado”, in a word: 1,453!") == ("prado", "in", "word", "1,453")


@pytest.mark.parametrize(
    ("text", "answer", "correct"),
    [
        # an article that is the whole answer stays a word, and is not every article
        ("A", "A", True), ("a", "A", True), ("A.", "A", True), ("Vitamin A", "A", True),
        ("It is vitamin A.", "A", True),
        ("type A", "A", True), ("Blood group A is the commonest.", "A", True), ("Vitamin A helps the eyes", "A", True),
        ("A is the vitamin", "A", True), ("Canberra", "A", False), ("The capital is a city.", "A", False),
        ("A bee", "A", False),
        ("It is B.", "A", False), ("It is not A.", "A", False), ("In A Midsummer Night's Dream", "A", False),
        ("The", "The", True), ("The capital", "The", False), ("The The", "The The", True),
        ("It is the capital.", "The The", False),
        ("An apple", "Apple", True),
        # so it stays at the end of a name
        ("Vitamin D", "Vitamin A", False), ("Vitamin D helps", "Vitamin A", False), ("A vitamin", "Vitamin A", False),
        ("vitamin a", "Vitamin A", True), ("vitamin a helps", "Vitamin A", True),
        ("Vitamin A helps", "Vitamin A", True),
        ("Hague", "The Hague", True), ("It is in The Hague", "The Hague", True),
        # other words of grammar that are symbols or names
        ("I think it is fluorine", "I", False), ("Its symbol is I.", "I", True), ("In 1863 it was found", "In", False),
        ("Its symbol is In.", "In", True), ("He is the one", "He", False), ("He", "He", True),
        ("It is by King", "It", False),
        ("It", "It", True), ("someone who sang", "The Who", False), ("It was the Who", "The Who", True),
        ("The Who recorded it", "The Who", True), ("No, it is not.", "no", True), ("No", "no", True),
        # signs
        ("O+", "O-", False), ("A", "A+", False), ("A+", "A+", True),
    ],
)  # fmt: skip
def test_answers_that_are_words_of_grammar(text: str, answer: str, correct: bool) -> None:
    assert grade_short(text, [answer]).correct is correct


@pytest.mark.parametrize("nothing", ["?", "…", "...", " – ", "“”", "", "!!", "🙂"])
def test_a_text_without_a_word_matches_nothing(nothing: str) -> None:
    assert normalised(nothing) == ()
    assert (
        grade_short("Canberra is the capital.", [nothing]).reason
        == "no accepted answer contains a word or a number"
    )
    assert grade_short("Sydney is not the capital.", [nothing, "Canberra"]).correct is False
    assert grade_short("Canberra", [nothing, "Canberra"]).by == "exact"
    assert grade_short(nothing, ["Canberra", nothing]) == Graded(None, reason="the answer is empty")
    assert grade_choice("The bee flies?", [nothing, "bee"], 1).correct is True


@pytest.mark.parametrize(
    ("text", "correct"),
    [
        ("A\n\nThe bee cannot bark.", True),
        ("A, because bees fly.", True),
        ("A bee, of course", False),
        ("A/B", None),
    ],
)
def test_the_letter_a_is_a_choice_and_the_article_none(text: str, correct: bool | None) -> None:
    assert grade_choice(text, ("dog", "bee", "ant", "cow"), 0).correct is correct
