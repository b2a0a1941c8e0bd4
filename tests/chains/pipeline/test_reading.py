"""The reading of an answer: what it says beyond the record."""

from dataclasses import replace

import pytest
from pytest import approx

from chains.assess import assess
from chains.engines.scripted import ScriptedChatModel, ScriptedReply
from chains.pipeline.pipeline import confidence_pipeline
from estimators.reading import BetterOption, better_option, read
from estimators.types import Answer, Assessment, Message, Question, Signal

QUESTION = "What is the capital of Australia?"


@pytest.fixture(scope="module")
def assessment() -> Assessment:
    return assess(ScriptedChatModel(), QUESTION)


def test_the_answer_words_are_found_only_in_an_answer_that_is_scored_as_a_whole(
    assessment: Assessment,
) -> None:
    answer = assessment.evidence.answer
    words = read(assessment).answer_words
    assert words is not None and answer.text[slice(*words)] == "Canberra"
    letter = replace(answer, span=(0, 1))
    assert (
        read(replace(assessment, evidence=replace(assessment.evidence, answer=letter))).answer_words is None
    )


def test_without_samples_it_says_why_there_is_no_fidelity(assessment: Assessment) -> None:
    reading = read(assessment)
    assert (reading.fidelity, reading.candidates, reading.no_fidelity) == (None, (), "no samples were drawn")


@pytest.mark.parametrize(
    ("reply", "label"), [("5", "fairly certain"), ("4", ""), ("no idea", "")]
)  # a label counts only for its own value
def test_the_stated_label_is_that_of_the_stated_certainty(
    assessment: Assessment, reply: str, label: str
) -> None:
    signals = (Signal("sequence_probability", 0.9), Signal("likert_third_label", 0.8))
    probe = replace(assessment.evidence.probes["likert_third"], reply=Answer(reply))
    evidence = replace(assessment.evidence, probes={"likert_third": probe})
    assert read(replace(assessment, evidence=evidence, signals=signals)).stated_label == label


def test_a_better_option_is_one_with_a_higher_probability_than_the_answers(assessment: Assessment) -> None:
    evidence = replace(assessment.evidence, options=("Sydney", "Canberra"))
    for shown, better in ((0.3, BetterOption("Canberra", 0.7)), (0.7, None)):
        signal = Signal("p_ic", shown, per_option=(0.3, 0.7))
        assert better_option(replace(assessment, evidence=evidence, signals=(signal,))) == better


def test_a_calibration_can_use_first_answers_that_answer(assessment: Assessment) -> None:
    follow_up = Question(QUESTION, (Message("user", "Hello"), Message("assistant", "Hello.")))
    silent = ScriptedChatModel(replies=(ScriptedReply.of("I don't know."),))
    assert read(assessment).usable
    assert not read(assess(ScriptedChatModel(), follow_up)).usable
    assert not read(assess(silent, QUESTION)).usable


def test_a_turn_carries_its_reading_from_the_first_token_on() -> None:
    turns = list(confidence_pipeline(ScriptedChatModel(), calibration="none").stream(QUESTION))
    running = [turn for turn in turns if turn.answer is not None and turn.stage == "answering"]
    assert running and all(turn.reading.probability is not None for turn in running)
    assert all(turn.reading.sentences and turn.reading.answer_words is None for turn in running)
    assert all("sequence_probability" in turn.signals for turn in running)
    again = next(turn for turn in turns if turn.stage == "asking again")
    last = turns[-1]
    assert last.assessment is not None
    assert again.reading.answer_words == last.reading.answer_words is not None
    assert last.reading == read(last.assessment) and last.plan is not None
    assert last.reading.probability == approx(last.assessment.signals[0].confidence)
