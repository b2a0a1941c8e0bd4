"""Where reasoning ends and the answer begins."""

import itertools
from typing import Any

import pytest

from estimators.parsing.reasoning import (
    STILL_REASONING,
    answer_start,
    cut_tokens,
    shown_part,
    split_reply,
    written_with_reasoning,
)
from estimators.types import Answer, Assessment, Decision, Evidence, Question, Reasoning, Token

WHOLE = "<think>\nIs it Sydney?\n</think>\n\nCanberra."


def tokens(*texts: str) -> tuple[Token, ...]:
    return tuple(Token(text, -0.1, ((text, -0.1),)) for text in texts)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (WHOLE, "Canberra."),
        ("Is it Sydney?\n</think>\n\nCanberra.", "Canberra."),  # the prompt opened it
        ("\n<thinking>a</thinking>b", "b"),
        ("[THINK]a[/THINK]b", "b"),
        ("<think>\n\n</think>\n\nCanberra.", "Canberra."),
        ("<think>never closed", ""),
        ("Canberra.", "Canberra."),
        ("Write <think> and then </think> around it.", "Write <think> and then </think> around it."),
        ("```\n</think>\n```", "```\n</think>\n```"),
        ("The tag is `</think>`\nand no other.", "The tag is `</think>`\nand no other."),
        ("<think", "<think"),
        ("Vermeer.\n<think>\nHe was Dutch.\n</think>", "Vermeer.\n<think>\nHe was Dutch.\n</think>"),
        ("Let me think.\n<think>\nIs it Sydney?\n</think>\nCanberra.", "Canberra."),
    ],
)
def test_the_answer_begins_after_the_reasoning(text: str, answer: str) -> None:
    assert text[answer_start(text) :] == answer


def test_a_growing_reply_never_shows_a_part_of_its_reasoning_as_the_answer() -> None:
    for length in range(1, WHOLE.index("Canberra")):
        assert answer_start(WHOLE[:length], growing=True) == length, WHOLE[:length]
    opened = WHOLE.removeprefix("<think>\n")
    for length in range(1, opened.index("Canberra")):
        assert answer_start(opened[:length], opened=True, growing=True) == length, opened[:length]
    assert answer_start("Canberra.", opened=True) == 0  # complete, and it never reasoned


def test_tokens_are_cut_at_the_beginning_of_the_answer() -> None:
    reply = Answer(WHOLE, tokens("<think>", "\nIs it", " Sydney?\n", "</think>", "\n\nCan", "berra."))
    split = split_reply(reply, answer_start(WHOLE))
    assert split.text == "Canberra." and split.reasoning is not None
    assert [token.text for token in split.tokens] == ["Can", "berra."]
    assert (
        split.tokens[0].top == () and split.tokens[0].logprob == -0.1
    )  # of a token in both there are no alternatives
    assert split.reasoning.tokens[-1].text == "\n\n"
    assert split.span == (0, 9)
    assert written_with_reasoning(split).text == WHOLE
    assert len(written_with_reasoning(split).tokens) == 7


def test_a_cut_loses_no_text() -> None:
    pieces = tokens("ab", "c", "def")
    for place in range(8):
        before, after = cut_tokens(pieces, place)
        assert "".join(token.text for token in itertools.chain(before, after)) == "abcdef"
        assert sum(len(token.text) for token in before) == min(place, 6)


def test_reasoning_without_an_answer_says_so() -> None:
    split = split_reply(Answer("<think>a", tokens("<think>", "a"), finish="length"), 8)
    assert (split.text, split.tokens, split.missing, split.finish) == ("", (), STILL_REASONING, "length")
    assert split.begun and not Answer("").begun


def test_reasoning_that_a_server_sent_apart_is_not_part_of_what_was_written() -> None:
    answer = Answer("Canberra.", reasoning=Reasoning("Is it Sydney?"))
    assert written_with_reasoning(answer) == Answer("Canberra.")
    opened = Answer("Canberra.", reasoning=Reasoning("Is it Sydney?", opened=True))
    assert written_with_reasoning(opened).text == "Is it Sydney?Canberra."


def test_its_tags_are_not_shown() -> None:
    for text in ("<think>\nHm.\n</think>\n\n", "Hm.\n</think>", "<think>Hm.", " Hm. "):
        assert text[slice(*shown_part(text))] == "Hm.", text
    start, end = shown_part("<think>\n\n</think>\n\n")
    assert start == end


def test_an_older_record_has_no_reasoning_and_a_newer_one_keeps_it() -> None:
    answer = Answer("Canberra.", reasoning=Reasoning("Hm."))
    decision = Decision(False, None, 0.5, "no tokens")
    record = Assessment(Evidence(Question("?"), answer), (), (), decision).to_dict()
    assert Assessment.from_dict(record).evidence.answer == answer
    evidence: Any = record["evidence"]
    del evidence["answer"]["reasoning"]
    assert Assessment.from_dict(record).evidence.answer == Answer("Canberra.")
