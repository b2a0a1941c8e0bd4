"""The letter asked for again: its share by hand, and every reason why there is none."""

import math

import pytest

from estimators.signals.letter_again import LetterAgain
from estimators.types import Answer, Evidence, Probe, Question, Token

OPTIONS = ("dog", "bee", "cow")


def evidence(
    reply: Answer | None, text: str = "It is the bee.", options: tuple[str, ...] = OPTIONS
) -> Evidence:
    probes = {"letter": Probe("letter", (), reply)} if reply else {}
    return Evidence(Question("Which one?"), Answer(text), options, probes=probes)


def letter(*top: tuple[str, float]) -> Answer:
    pairs = tuple((text, math.log(p)) for text, p in top)
    return Answer(pairs[0][0], (Token(*pairs[0], pairs),))


def test_the_share_of_the_shown_option_whatever_the_letter_in_the_answer() -> None:
    reply = letter(("A", 0.5), (" B", 0.3), ("b", 0.1), ("C", 0.1), ("The", 0.1))
    assert LetterAgain()(evidence(reply)).confidence == pytest.approx(0.3 / 0.9)
    assert LetterAgain()(evidence(reply, "Surely the dog.")).confidence == pytest.approx(0.5 / 0.9)
    assert LetterAgain()(evidence(reply, "C")).confidence == pytest.approx(0.1 / 0.9)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (evidence(letter(("B", 0.9)), options=()), "the question lists no options"),
        (evidence(letter(("B", 0.9)), "Neither."), "the answer names no option"),
        (evidence(None), "the model was not asked"),
        (evidence(Answer("", missing="the server is gone")), "the server is gone"),
        (evidence(Answer("B")), "no answer"),
        (evidence(letter(("The", 0.6), ("B", 0.4))),
         "the model did not answer with a letter (the option letters hold 40 % of the probability)"),
    ],
)  # fmt: skip
def test_every_reason_for_no_value(given: Evidence, reason: str) -> None:
    signal = LetterAgain()(given)
    assert signal.confidence is None and signal.missing == reason
