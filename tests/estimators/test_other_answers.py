"""What else an answer could have been: letters, other beginnings, samples."""

import math
from dataclasses import replace

import pytest

from estimators.other_answers import OtherAnswer, other_answers
from estimators.reading import read
from estimators.types import Answer, Assessment, Decision, Evidence, Question, Signal, Token


def token(text: str, p: float, **others: float) -> Token:
    """A token with alternatives; an underscore in a name is a space."""
    top = [(text, math.log(p)), *((name.replace("_", " "), math.log(q)) for name, q in others.items())]
    return Token(text, math.log(p), tuple(top))


def assessed(evidence: Evidence, *signals: Signal) -> Assessment:
    return Assessment(evidence, signals, (), Decision(False, None, 0.5, "no advice: none"))


def others(question: str, *tokens: Token, options: tuple[str, ...] = ()) -> tuple[OtherAnswer, ...]:
    answer = Answer("".join(part.text for part in tokens), tokens)
    return read(assessed(Evidence(Question(question), answer, options))).others


CAPITAL = "What is the capital of Australia?"
BEFORE = (token("The", 0.9, A=0.1), token(" capital", 0.9, _main=0.1), token(" is", 0.9, _was=0.1))


def test_another_beginning_is_found_at_the_answer_words_with_its_place() -> None:
    found = others(
        CAPITAL, *BEFORE, token(" Canberra", 0.6, _Sydney=0.3, _the=0.05, _Canb=0.04), token(".", 0.9)
    )
    # the alternatives before the answer words, a function word, and the same word in other pieces are none
    assert [(other.text, other.token, other.choice, other.open) for other in found] == [
        ("Sydney", 3, 1, True)
    ]
    assert found[0].probability == pytest.approx(0.3)


def test_a_later_token_counts_with_what_comes_before_it() -> None:
    found = others(
        CAPITAL, *BEFORE, token(" New", 0.5, _Old=0.4), token(" Delhi", 0.8, _York=0.2), token(".", 0.9)
    )
    assert [(other.text, round(other.probability, 4)) for other in found] == [("Old", 0.4), ("New York", 0.1)]


@pytest.mark.parametrize("odd", [" <|im_end|>", "\ufffd", " ...", "", " canberra"])
def test_what_is_no_word_or_the_same_word_is_no_other_answer(odd: str) -> None:
    shown = Token(" Canberra", math.log(0.6), ((" Canberra", math.log(0.6)), (odd, math.log(0.3))))
    assert others(CAPITAL, *BEFORE, shown, token(".", 0.9)) == ()


def test_the_most_probable_of_two_that_begin_alike_is_kept() -> None:
    found = others(CAPITAL, *BEFORE, token(" Canberra", 0.5, _Syd=0.1, _Sydney=0.3), token(".", 0.9))
    assert [other.text for other in found] == ["Sydney"]


def test_with_options_the_others_are_those_at_the_letter() -> None:
    letter = token("B", 0.6, A=0.3, _A=0.05, C=0.04, D=0.01, Z=0.02)
    found = others(
        "Which?\nA. dog\nB. bee\nC. cat\nD. cow",
        letter,
        token(".", 0.9),
        options=("dog", "bee", "cat", "cow"),
    )
    assert [(other.text, other.token, other.choice, other.open) for other in found] == [
        ("A. dog", 0, 1, False),
        ("C. cat", 0, 3, False),
    ]  # D is below two percent, and Z is no option


def test_samples_come_first_and_a_token_they_hold_is_not_repeated() -> None:
    tokens = (*BEFORE, token(" Canberra", 0.6, _Sydney=0.2, _Perth=0.1), token(".", 0.9))
    answer = Answer("".join(part.text for part in tokens), tokens)
    samples = tuple(Answer(text) for text in ("Canberra", "It is Sydney", "It is Sydney", "Canberra"))
    evidence = Evidence(Question(CAPITAL), answer, samples=samples, groups=((0, 3), (1, 2)), shown_group=0)
    found = other_answers(assessed(evidence), (15, 23))
    assert [(other.text, other.source, other.count, other.sample) for other in found] == [
        ("It is Sydney", "sample", 2, 1),
        ("Perth", "token", 0, 0),
    ]
    unknown = replace(evidence, groups=(), shown_group=None)
    assert [other.source for other in other_answers(assessed(unknown), (15, 23))] == ["token", "token"]


def test_an_answer_without_tokens_or_answer_words_has_no_others() -> None:
    assert read(assessed(Evidence(Question(CAPITAL), Answer("Canberra.", missing="none")))).others == ()
    assert others(CAPITAL, token("The", 0.5, It=0.4), token(" capital", 0.9), token(".", 0.9)) == ()
