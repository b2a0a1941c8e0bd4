"""Which answers a calibration covers, through the public functions: each exception has its own plain reason."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chains import assess, with_confidence
from chains.calibration import store as calibration_files
from chains.calibration.fitting import Fit
from chains.calibration.store import save
from chains.engines.scripted import ScriptedReply
from chains.pipeline.pipeline import begin, confidence_pipeline
from chains.pipeline.prefill import branch
from chains.pipeline.turn import Turn, judged
from chains.settings import Settings
from chains.with_confidence import assessment_of
from estimators.calibration import scope
from estimators.calibration.apply import FOLLOW_UP, redecide
from estimators.calibration.record import Calibration
from estimators.text import answer_form
from estimators.types import Answer, Assessment, Message, Question
from prompts import load as load_prompt
from tests.chains.script import OPTIONS, QUESTION, NotingModel, replies, scripted
from tests.estimators.measured import calibration, part
from ui.risk import decided_at

PROMPTS = {name: load_prompt(name).sha256 for name in ("options_hedged", "hedged")}
MADE = calibration(
    part("choice"), part("free"), model="scripted", model_sha256=None, prompts=PROMPTS,
    asked={"asking": "as_typed", "system": "", "temperature": 0.0, "top_logprobs": 20, "max_tokens": 400},
)  # fmt: skip
SYSTEM = (Message("system", "Be brief."),)
SEVERAL = "It is a city. It is old. It is big. It is Canberra."
EARLIER = (Message("user", "Hello"), Message("assistant", "Hello."))


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One calibration that fits the scripted model, and nothing shipped beside it."""
    monkeypatch.setenv("CREDENCE_DATA", str(tmp_path))
    monkeypatch.setattr(calibration_files, "_shipped", lambda: iter(()))
    save(MADE)


def says(text: str, probability: float = 0.6, finish: str = "stop") -> Any:
    """The scripted model with another answer to every question."""
    reply = ScriptedReply.of(text, probability, finish=finish)
    kept = replies()[:-2]  # what is asked about an answer
    return NotingModel(replies=(*kept, replace(reply, match="\nB. "), reply))


def ask(question: Any = OPTIONS, model: Any = None, **settings: Any) -> Assessment:
    return assess(model or scripted(), question, settings=Settings(risk=0.3, **settings))


def branched() -> Assessment:
    turn = confidence_pipeline(scripted(), risk=0.3).invoke(OPTIONS)
    later = branch(turn, 0, 1, Settings(risk=0.3))
    answer = judged(Answer("A. It", (*later.begun, *turn.answer.tokens[1:3])), turn.options)  # type: ignore[union-attr]
    assessment = confidence_pipeline(scripted(), risk=0.3).invoke(replace(later, answer=answer)).assessment
    assert assessment is not None
    return assessment


def stopped() -> Assessment:
    turn = begin(scripted(), Settings(risk=0.3), OPTIONS)
    turn = replace(turn, answer=Answer("B", finish="cancelled"))
    assessment = confidence_pipeline(scripted(), risk=0.3).invoke(turn).assessment
    assert assessment is not None
    return assessment


def through_with_confidence() -> Assessment:
    model = with_confidence(scripted(), risk=0.3)
    assessment = assessment_of(model.invoke([("system", "Be brief."), ("human", OPTIONS)]))
    assert assessment is not None
    return assessment


CASES: dict[str, tuple[Callable[[], Assessment], str]] = {
    **{
        f"given {letter}": (
            lambda letter=letter: assess(  # type: ignore[misc]
                scripted(), OPTIONS, answer=letter, settings=Settings(risk=0.3)
            ),
            scope.GIVEN,
        )
        for letter in "AB"
    },
    "given free": (lambda: assess(scripted(), QUESTION, answer="It is Sydney."), scope.GIVEN),
    "branch": (branched, scope.BEGUN),
    "does not know": (lambda: ask(QUESTION, says("I don't know.")), scope.NO_ANSWER),
    "is not sure": (lambda: ask(QUESTION, says("I am not sure about that.")), scope.NO_ANSWER),
    "chooses no option": (lambda: ask(OPTIONS, says("I don't know.")), scope.NO_OPTION),
    "names something else": (lambda: ask(OPTIONS, says("A horse, perhaps.")), scope.NO_OPTION),
    "several statements": (lambda: ask(QUESTION, says(SEVERAL)), answer_form.SEVERAL),
    "a text": (lambda: ask("Write a poem about bees."), answer_form.COMPOSED),
    "cut": (lambda: ask(QUESTION, max_tokens=3), scope.CUT),
    "cut with options": (lambda: ask(OPTIONS, max_tokens=2), scope.CUT),
    "stopped": (stopped, scope.CANCELLED),
    "system": (lambda: ask(Question(OPTIONS, SYSTEM)), scope.SYSTEM),
    "system, free": (lambda: ask(Question(QUESTION, SYSTEM)), scope.SYSTEM),
    "system, with_confidence": (through_with_confidence, scope.SYSTEM),
    "five alternatives": (lambda: ask(top_logprobs=5), "(top_logprobs) was 20 during calibration, but is 5 here"),
    "two alternatives": (lambda: ask(QUESTION, top_logprobs=2), "was 20 during calibration, but is 2 here"),
    "temperature": (lambda: ask(temperature=0.7), "the temperature was 0.0 during calibration, but is 0.7 here"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_no_figure_and_no_guarantee_with_the_reason(name: str) -> None:
    make, reason = CASES[name]
    if name in ("chooses no option", "names something else"):
        assert make().evidence.answer.text  # the script really said so
    for assessment in (make(), Assessment.from_dict(make().to_dict())):
        for risk in (0.1, 0.2, 0.3):
            again = redecide(assessment, MADE, risk=risk)
            for result in (assessment, again):
                assert reason in result.decision.uncalibrated
                assert (result.decision.calibrated, result.decision.promise, result.decision.risk) == (
                    False,
                    "",
                    None,
                )
                assert result.signal("combined") is None
                assert all(signal.calibrated is None for signal in result.signals)


@pytest.mark.parametrize("name", ["given A", "branch", "does not know", "cut", "system", "five alternatives"])
def test_the_slider_gives_no_figure_either(name: str) -> None:
    make, reason = CASES[name]
    assessment = make()
    evidence = assessment.evidence
    turn = Turn(
        evidence.question, Settings(), evidence.options, answer=evidence.answer, assessment=assessment
    )
    decided = decided_at(turn, Fit(MADE), Settings(), 0.3)
    assert decided.assessment is not None
    assert reason in decided.assessment.decision.uncalibrated


@pytest.mark.parametrize("question", [OPTIONS, QUESTION])
def test_the_models_own_whole_answer_is_calibrated(question: str) -> None:
    assessment = ask(question)
    assert (
        assessment.decision.calibrated
        and assessment.decision.promise
        and not assessment.decision.uncalibrated
    )
    assert assessment.evidence.provenance.given is False
    assert assessment.decision.basis.startswith("250 questions with")
    assert assessment.decision.used == (("msp",) if question == OPTIONS else ("sequence_probability",))


def test_a_follow_up_is_out_of_distribution_and_has_no_guarantee() -> None:
    decision = ask(Question(OPTIONS, EARLIER)).decision
    assert decision.calibrated and decision.outside == FOLLOW_UP
    assert decision.promise == "" and decision.no_promise == f"no guarantee for this question: {FOLLOW_UP}"


def test_an_answer_longer_than_those_measured_is_not_covered() -> None:
    short = replace(MADE, asked={**MADE.asked, "max_tokens": 4})
    assessment = redecide(ask(QUESTION), short)
    assert (
        assessment.decision.uncalibrated
        == "the answer has 5 tokens, but those in the calibration were limited to 4"
    )
    assert redecide(ask(OPTIONS), short).decision.calibrated  # four


@pytest.mark.parametrize(
    ("recorded", "alternatives", "holds"), [(20, 20, True), (5, 5, True), (5, 20, False), (None, 20, True), (None, 5, False)]
)  # fmt: skip
def test_a_calibration_that_does_not_record_the_alternatives_holds_for_the_usual_number(
    recorded: int | None, alternatives: int, holds: bool
) -> None:
    asked = {name: value for name, value in MADE.asked.items() if name != "top_logprobs"}
    fitted = replace(MADE, asked=asked if recorded is None else {**asked, "top_logprobs": recorded})
    decision = redecide(ask(top_logprobs=alternatives), fitted).decision
    assert decision.calibrated is holds
    if recorded is None and not holds:
        assert "does not record the number of alternatives" in decision.uncalibrated


def test_a_record_that_does_not_say_whether_it_was_given_is_read_by_its_tokens() -> None:
    def older(assessment: Assessment) -> Assessment:
        row: Any = assessment.to_dict()
        del row["evidence"]["provenance"]["given"]
        return Assessment.from_dict(row)

    assert older(ask()).evidence.provenance.given is None
    assert redecide(older(ask()), MADE).decision.calibrated  # every token was the most probable one
    turned = ask()
    tokens = turned.evidence.answer.tokens
    first = replace(tokens[0], top=(("A", -0.1), *tokens[0].top))
    answer = replace(turned.evidence.answer, tokens=(first, *tokens[1:]))
    unmarked = older(replace(turned, evidence=replace(turned.evidence, answer=answer)))
    assert scope.NOT_GREEDY in redecide(unmarked, MADE).decision.uncalibrated


@pytest.mark.parametrize("finish", ["length", "cancelled", "broken", "content_filter", ""])
def test_any_end_but_a_stop_is_incomplete(finish: str) -> None:
    assessment = ask()
    broken = replace(
        assessment,
        evidence=replace(assessment.evidence, answer=replace(assessment.evidence.answer, finish=finish)),
    )
    reason = redecide(broken, MADE).decision.uncalibrated
    assert reason.startswith(
        {"length": scope.CUT, "cancelled": scope.CANCELLED}.get(finish, scope.BROKEN_OFF)
    )


def test_one_that_was_made_from_sampled_answers_holds_for_none() -> None:
    fitted: Calibration = replace(MADE, asked={**MADE.asked, "temperature": 0.7})
    assert scope.SAMPLED in redecide(ask(temperature=0.7), fitted).decision.uncalibrated
