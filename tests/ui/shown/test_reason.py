"""The sentence that explains a confidence: which reason comes first, and which never counts."""

from dataclasses import replace

import pytest

from estimators.alignment import Alignment
from estimators.other_answers import OtherAnswer
from estimators.parsing.candidates import Candidate
from estimators.reading import BetterOption, Reading
from estimators.signals.claims import ClaimReading
from estimators.types import Answer, Assessment, Decision, Evidence, Question, Signal, Token
from ui.shown.reason import NEITHER, quote, reason

TOKENS = (Token("It is", -0.1), Token(" Canberra", -0.3, ((" Canberra", -0.3), (" Sydney", -1.2))))
ANSWER = Answer("It is Canberra", TOKENS)


def assessed(
    confidence: float | None = 0.8,
    *,
    used: tuple[str, ...] = (),
    abstain: bool = False,
    signal: str = "",
    **signals: float,
) -> Assessment:
    found = tuple(Signal(name, value) for name, value in signals.items())
    why = "" if confidence is not None else "no advice: the server sends no log-probabilities"
    decision = Decision(abstain, confidence, 0.5, why, signal, bool(used), used=used)
    return Assessment(Evidence(Question("?"), ANSWER), found, (), decision)


def sampled(same: int, other: int) -> Reading:
    total = same + other
    candidates = [
        Candidate("A", "Canberra", same, same / total, True),
        Candidate("B", "Sydney", other, other / total, False),
    ]
    others = (OtherAnswer("Sydney", other / total, "sample", sample=1, count=other),) if other else ()
    return Reading(candidates=tuple(candidate for candidate in candidates if candidate.count), others=others)


def rival(probability: float) -> Reading:
    """Another beginning at the second token, whose alternative has e^−1.2 = 30 % beside 74 %."""
    return Reading(others=(OtherAnswer("Sydney", probability, "token", 1, 1, open=True),))


@pytest.mark.parametrize(
    ("same", "other", "text"),
    [
        (10, 0, "asked 10 more times, it always said the same"),
        (8, 2, "asked 10 more times, it said the same 8 times; twice it said “Sydney”"),
        (4, 6, "asked 10 more times, it said the same only 4 times; 6 times it said “Sydney”"),
        (0, 10, "asked 10 more times, it never said the same; 10 times it said “Sydney”"),
    ],
)
def test_samples_say_how_many_agree(same: int, other: int, text: str) -> None:
    assert reason(assessed(), sampled(same, other)) == text


def test_another_answer_is_nearly_as_likely_more_likely_or_possible() -> None:
    for own, how in (  # of the shown token; the other has e^−1.2 = 30 %
        (-0.3, "it could also have said “Sydney\xa0…” (30 %)"),
        (-0.85, "it could also have said “Sydney\xa0…” (30 %)"),  # .30 is 70 % of e^−.85
        (-0.95, "another answer was nearly as likely: “Sydney\xa0…” (30 %)"),
        (-1.9, "another answer was more likely: “Sydney\xa0…” (30 %)"),
    ):
        answer = replace(ANSWER, tokens=(TOKENS[0], Token(" Canberra", own, TOKENS[1].top)))
        assessment = replace(assessed(), evidence=replace(assessed().evidence, answer=answer))
        assert reason(assessment, rival(0.30)) == how
    improbable = reason(assessed(signal="sequence_probability"), rival(0.14))
    assert improbable == "while writing, it was 80 % sure of its words on average"


def test_with_options_the_share_of_the_shown_letter_is_compared() -> None:
    choice = replace(assessed(p_ic=0.5), evidence=replace(assessed().evidence, options=("dog", "bee")))
    reading = Reading(
        others=(OtherAnswer("A. dog", 0.45, "token", 1, 1),), better_option=BetterOption("dog", 0.45)
    )
    assert reason(choice, reading) == "another answer was nearly as likely: “A. dog” (45 %)"


def test_its_own_check_disagrees_or_agrees() -> None:
    doubt = "its own check disagrees: asked whether its answer is true, it leaned only 23 % to yes"
    assert reason(assessed(p_true_third=0.23, key_span_probability=0.9), Reading()) == doubt
    assert (
        reason(assessed(p_true_third=0.9), Reading())
        == "asked whether its answer is true, it leaned 90 % to yes"
    )
    stated = Alignment(
        Signal("sequence_probability", 0.9),
        Signal("likert_third_label", 0.2),
        -0.7,
        "consistent alignment",
        0.5,
        0.5,
    )
    said = "its own check disagrees: asked how certain it is, it said 20 %"
    assert reason(assessed(p_true_third=0.6), Reading(alignment=stated)) == said


def test_doubts_come_before_agreement_and_samples_before_words() -> None:
    both = replace(sampled(3, 7), others=(*sampled(3, 7).others, *rival(0.3).others))
    assert "the same only 3 times" in reason(assessed(p_true_third=0.2), both)
    assert reason(assessed(p_true_third=0.2), sampled(10, 0)).startswith("its own check disagrees")


def test_under_a_calibration_what_its_score_rests_on_comes_first() -> None:
    both = replace(sampled(3, 7), others=(*sampled(3, 7).others, *rival(0.3).others))
    assert (
        reason(assessed(used=("p_true_third",), p_true_third=0.9), both)
        == "asked whether its answer is true, it leaned 90 % to yes"
    )
    assert "could also have said" in reason(assessed(used=("key_span_probability",)), both)
    assert "the same only 3 times" in reason(assessed(used=("numeric",)), both)  # a doubt counts in any case
    agreed = reason(assessed(used=("key_span_probability",), p_true_third=0.99), Reading())
    assert (
        agreed == "about 4 in 5 answers like this were right when the model was tested"
    )  # its check has no say


def test_a_signal_that_fails_the_screen_is_no_reason() -> None:
    failed = Reading(failed={"p_true_third": "it hardly separates"})
    assert "own check" not in reason(assessed(p_true_third=0.1, signal="sequence_probability"), failed)


def test_agreement_is_no_reason_for_a_low_confidence() -> None:
    low = assessed(
        0.3, abstain=True, signal="sequence_probability", p_true_third=0.95, key_span_probability=0.9
    )
    assert reason(low, sampled(10, 0)) == "while writing, it was 30 % sure of its words on average"
    letter = assessed(0.3, abstain=True, signal="msp")
    assert reason(letter, Reading()) == "while writing, it was 30 % sure of its letter"
    measured = assessed(0.3, used=("numeric",))
    assert (
        reason(measured, Reading()) == "about 1 in 3 answers like this were right when the model was tested"
    )
    assert reason(assessed(0.01, used=("numeric",)), Reading()).startswith(
        "answers like this were almost never right"
    )


def test_the_weakest_sentence_and_the_answer_words_are_reasons() -> None:
    weakest = ClaimReading("It was founded in 1908.", (0, 5), 0.4, 0.1, 0.34, ())
    said = "asked whether each sentence is true, it was least sure of “It was founded in 1908.” (34 % yes)"
    assert reason(assessed(), Reading(weakest=weakest)) == said
    assert "sentence" not in reason(assessed(), Reading(weakest=replace(weakest, p_true=None)))
    words = Reading(answer_words=(6, 14))
    assert (
        reason(assessed(key_span_probability=0.74), words) == "while writing, it was 74 % sure of “Canberra”"
    )


def test_a_text_is_not_said_to_be_true() -> None:
    plain = assessed(signal="sequence_probability", p_true_third=0.9)
    letter = replace(
        plain, evidence=replace(plain.evidence, question=Question("Write a letter to my landlord."))
    )
    assert reason(plain, Reading()) == "asked whether its answer is true, it leaned 90 % to yes"
    assert reason(letter, Reading()) == NEITHER
    weakest = ClaimReading("It was founded in 1908.", (0, 5), 0.4, 0.1, 0.34, ())
    assert "founded in 1908" in reason(
        letter, Reading(weakest=weakest)
    )  # a sentence that it doubts is worth a look
    assert reason(letter, Reading(weakest=replace(weakest, p_true=0.9))) == NEITHER


def test_without_a_confidence_the_reason_says_why() -> None:
    assert reason(assessed(None), Reading()) == "the server sends no log-probabilities"


def test_a_quoted_answer_is_one_short_line() -> None:
    assert quote("a\nb") == "“a b”"
    assert len(quote("word " * 40)) <= 50 and quote("word " * 40).endswith("…”")
    assert len(quote("x" * 400)) <= 50
