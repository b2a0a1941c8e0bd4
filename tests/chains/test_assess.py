"""One question, one record."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from pytest import approx

from chains.assess import assess
from chains.engines.scoring import HALF_CHARACTER, NO_SCORES, NO_TEXT
from chains.engines.scripted import ScriptedChatModel, ScriptedReply
from chains.errors import CredenceError
from chains.messages import from_langchain
from chains.settings import Settings
from estimators.abstention import DECIDING
from estimators.types import Message, Question
from tests.chains.script import OPTIONS, QUESTION, scripted

BEFORE = (Message("user", "Do dogs bark?"), Message("assistant", "Yes."))


def test_a_question() -> None:
    assessment = assess(scripted(), QUESTION)
    assert assessment.evidence.answer.text == "It is probably Canberra."
    assert assessment.decision.confidence == approx(0.4)  # of " Canberra"


def test_choices_become_lettered_lines() -> None:
    model = scripted()
    assessment = assess(model, "Which one flies? \n", choices=["dog", "bee"], signals=["p_ic"])
    assert assessment.evidence.question.text == OPTIONS
    assert assessment.evidence.options == ("dog", "bee")
    assert from_langchain(model.received[0]) == (Message("user", OPTIONS),)
    signal = assessment.signal("p_ic")
    assert signal is not None
    assert signal.per_option == approx((0.25, 0.75))  # 0.2 and 0.6 of 0.8


@pytest.mark.parametrize(
    ("question", "choices"),
    [
        ("Which?", ["dog"]),
        ("Which?", ["dog", ""]),
        ("Which?", ["dog\nbee", "cow"]),
        ("Which?", [str(number) for number in range(27)]),
        ("Which?\nA. dog\nB. bee", ["cow", "ant"]),
    ],
)
def test_choices_that_cannot_be_written_as_lines_are_rejected(question: str, choices: Sequence[str]) -> None:
    model = scripted()
    with pytest.raises(ValueError, match="choices: give 2 to 26 texts of one line"):
        assess(model, question, choices=choices)
    assert model.received == []


def test_twenty_six_choices_arrive() -> None:
    choices = [f"number {n}" for n in range(26)]
    assert assess(scripted(), "Which?", choices=choices, signals=[]).evidence.options == tuple(choices)


def test_a_given_answer_is_judged_and_not_asked_for() -> None:
    model = scripted()
    assessment = assess(model, QUESTION, answer=" It is likely Sydney.")
    assert assessment.evidence.answer.text == " It is likely Sydney."
    assert assessment.evidence.answer.judged_text == "It is likely Sydney."
    assert [token.text for token in assessment.evidence.answer.tokens] == [
        " It",
        " is",
        " likely",
        " Sydney.",
    ]
    scored, *probes = model.received
    assert from_langchain(scored) == (Message("user", QUESTION),)
    assert len(probes) == 4
    assert all(len(messages) > 1 or "It is likely Sydney." in str(messages[0].text) for messages in probes)
    signals = {signal.name: signal for signal in assessment.signals}
    assert signals["sequence_probability"].confidence == approx(0.9)  # what a script gives to any other text
    assert signals["p_true_third"].confidence == approx(0.75)
    assert signals["linguistic"].confidence == approx(0.75)  # likely
    assert assessment.decision.confidence == approx(0.9)
    assert assessment.evidence.provenance.cost.calls == 5


def test_a_given_answer_is_scored_as_if_it_had_been_written() -> None:
    written = assess(scripted(), QUESTION)
    scored = assess(scripted(), QUESTION, answer="It is probably Canberra.")
    assert scored.evidence.answer == written.evidence.answer
    assert (scored.signals, scored.markers) == (written.signals, written.markers)
    assert (
        scored.decision.reason == "I find the words that answer only 40 % probable, and the threshold is 50 %"
    )
    assert replace(scored.decision, reason=written.decision.reason) == written.decision


def test_a_given_answer_that_cannot_be_scored_has_a_reason() -> None:
    silent = ScriptedChatModel(replies=(ScriptedReply.of("Yes.", logprobs=False),))
    assessment = assess(silent, QUESTION, answer="It is likely Sydney.")
    signal = assessment.signal("sequence_probability")
    assert signal is not None and signal.missing == NO_SCORES
    assert assessment.decision.reason == f"no advice: {NO_SCORES}"
    empty = assess(scripted(), QUESTION, answer="")
    assert empty.decision.reason == f"no advice: {NO_TEXT}"
    half = assess(scripted(), QUESTION, answer="\ud83e", signals=[])
    assert half.decision.reason == f"no advice: {HALF_CHARACTER}"


def test_a_given_choice() -> None:
    assessment = assess(scripted(), "Which one flies?", choices=["dog", "bee"], answer="The answer is A.")
    assert assessment.evidence.answer.judged_text == "A"


def test_earlier_turns_go_with_the_question() -> None:
    model = scripted()
    question = Question("And bees?", BEFORE)
    assessment = assess(model, question, signals=["p_true_third"])
    assert assessment.evidence.question == question
    sent = from_langchain(model.received[0])
    assert [turn.role for turn in sent] == ["user", "assistant", "user"]
    assert sent[0].content == "Do dogs bark?"
    lettered = assess(model, question, choices=["yes", "no"], signals=[])
    assert lettered.evidence.question == Question("And bees?\nA. yes\nB. no", BEFORE)


def test_arguments_take_precedence_over_the_settings() -> None:
    settings = Settings(signals=("numeric",), samples=2, seed=9)
    as_set = assess(scripted(), QUESTION, settings=settings)
    assert [signal.name for signal in as_set.signals] == [*DECIDING[1:][::-1], "numeric"]
    assert (len(as_set.evidence.samples), as_set.evidence.provenance.seed) == (2, 9)
    scored = assess(scripted(), QUESTION, settings=settings, signals=[], samples=1, seed=4)
    assert [signal.name for signal in scored.signals] == [*DECIDING[1:][::-1]]
    assert (len(scored.evidence.samples), scored.evidence.provenance.seed) == (1, 4)
    assert set(scored.evidence.provenance.prompts) == set()


def test_errors_of_the_pipeline_reach_the_caller() -> None:
    with pytest.raises(CredenceError, match="no question yet"):
        assess(scripted(), " ")
    with pytest.raises(CredenceError, match="no question yet"):
        assess(scripted(), "", answer="Canberra")
    with pytest.raises(ValueError, match="no signal named nope"):
        assess(scripted(), QUESTION, signals=["nope"])
