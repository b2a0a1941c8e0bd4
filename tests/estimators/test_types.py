"""What the types reject, and which part of an answer is judged."""

import math
from typing import Any

import pytest
from hypothesis import given

from estimators.types import Answer, Assessment, Decision, Evidence, Question, Signal, Token
from tests.estimators.evidence import answers

AB = (Token("a", -1.0), Token("b", -2.0))


@pytest.mark.parametrize("value", [0.1, math.nan, math.inf, -math.inf])
def test_a_log_probability_is_finite_and_not_positive(value: float) -> None:
    with pytest.raises(ValueError, match=rf"'bee'.* {value} "):
        Token("bee", value)
    with pytest.raises(ValueError, match=rf"'bee'.* {value} "):
        Token("bee", -0.5, (("wasp", value),))


def test_a_certain_token_has_log_probability_zero() -> None:
    assert Token("bee", 0.0).logprob == 0.0


@pytest.mark.parametrize("text", ["a", "abc", "ba", ""])
def test_tokens_join_to_the_text(text: str) -> None:
    with pytest.raises(ValueError, match=f"'ab', not to the text {text!r}"):
        Answer(text, AB)


def test_an_answer_may_have_no_tokens() -> None:
    assert Answer("ab").judged_text == "ab"
    assert Answer("ab").judged_tokens == ()


@pytest.mark.parametrize("span", [(-1, 1), (2, 1), (0, 3), (3, 3)])
def test_a_span_lies_inside_the_text(span: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match=rf"\({span[0]}, {span[1]}\).* 2 characters"):
        Answer("ab", AB, span)


# "The| answer| is| B|." stands at 0–3, 3–10, 10–13, 13–15, 15–16
@pytest.mark.parametrize(
    ("span", "judged"),
    [
        (None, ["The", " answer", " is", " B", "."]),
        ((14, 15), [" B"]),  # the letter inside a token that begins with a space
        ((13, 15), [" B"]),
        ((12, 14), [" is", " B"]),  # the last character of one, the first of the next
        ((2, 4), ["The", " answer"]),
        ((5, 5), []),  # nothing is scored
    ],
)
def test_judged_tokens_overlap_the_span(span: tuple[int, int] | None, judged: list[str]) -> None:
    words = ("The", " answer", " is", " B", ".")
    shown = Answer("".join(words), tuple(Token(word, -1.0) for word in words), span)
    assert [token.text for token in shown.judged_tokens] == judged


@given(answers())
def test_judged_tokens_cover_the_judged_text_and_no_whole_token_more(shown: Answer) -> None:
    joined = "".join(token.text for token in shown.judged_tokens)
    if shown.tokens:
        assert shown.judged_text in joined
    if shown.judged_tokens:
        outside = len(joined) - len(shown.judged_text)
        first, last = shown.judged_tokens[0], shown.judged_tokens[-1]
        assert outside <= len(first.text) + len(last.text) - 2  # each overlaps by one character at least
    else:
        assert not (shown.tokens and shown.judged_text)


@pytest.mark.parametrize("value", [-0.01, 1.01, math.nan, math.inf])
def test_a_confidence_is_from_0_to_1(value: float) -> None:
    places: tuple[dict[str, Any], ...] = (
        {"confidence": value},
        {"confidence": 0.5, "calibrated": value},
        {"confidence": 0.5, "per_option": (0.5, value)},
    )
    for fields in places:
        with pytest.raises(ValueError, match=f"p_ic: confidence {value} is not in"):
            Signal("p_ic", **fields)
    with pytest.raises(ValueError, match=f"decision: confidence {value} is not in"):
        Decision(False, value, 0.5, "")


def test_signals_are_found_by_name() -> None:
    evidence = Evidence(Question("Q?"), Answer("a"))
    signals = (Signal("p_ic", 0.25), Signal("msp", 0.5))
    assessment = Assessment(evidence, signals, (), Decision(False, None, 0.5, "none"))
    assert assessment.signal("msp") is signals[1]
    assert assessment.signal("numeric") is None
