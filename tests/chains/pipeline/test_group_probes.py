"""Probes about groups of samples, call by call around a scripted model."""

from dataclasses import replace
from typing import Any

import pytest

from chains.engines.scripted import ScriptedReply
from chains.pipeline.pipeline import confidence_pipeline
from chains.pipeline.probing.group_probes import ask_about_groups, group_messages
from chains.pipeline.resampling import closer, plan
from chains.pipeline.turn import Turn
from chains.settings import Settings
from estimators.signals.alternatives import ALTERNATIVES, CHOICE
from estimators.types import Answer, Message, Question
from prompts import load
from tests.chains.script import OPTIONS, QUESTION, NotingModel, scripted
from tests.estimators.evidence import token

NONE = "None of these is correct."
ASKED = Message("user", QUESTION)
CHOOSES_A = ScriptedReply((token("A", 0.7, {"A": 0.7, "B": 0.2}),), match="letter of the correct option")


def grouped_turn(**changes: Any) -> Turn:
    samples = tuple(Answer(text) for text in ("Canberra.", "Sydney.", "Perth", "Sydney."))
    turn = Turn(
        Question(QUESTION),
        Settings(samples=4),
        sent=(ASKED,),
        answer=Answer("It is Canberra."),
        samples=samples,
        groups=((1, 3), (0,), (2,)),
        shown_group=1,
    )
    return replace(turn, **changes)


def asked(turn: Turn, *needs: str) -> tuple[Turn, NotingModel]:
    model = scripted(CHOOSES_A)
    *_, last = ask_about_groups(model, turn, needs)
    return last, model


def signal(turn: Turn, name: str) -> float | None:
    assert turn.assessment is not None
    reading = turn.assessment.signal(name)
    assert reading is not None
    return reading.confidence


def test_the_choice_lists_the_shown_answer_the_alternatives_and_none() -> None:
    turn, model = asked(grouped_turn(), CHOICE)
    ((message,),) = model.received
    listed = f"{QUESTION}\n\nA. It is Canberra.\nB. Sydney.\nC. Perth\nD. {NONE}\n\n"
    assert str(message.text).startswith(listed)
    assert list(turn.probes) == [CHOICE] and turn.probes[CHOICE].reply.text == "A"
    assert model.options[0]["temperature"] == 0.0
    assert model.options[0]["max_tokens"] == 1


def test_of_options_the_texts_of_those_that_were_chosen_are_listed() -> None:
    samples = tuple(map(Answer, ("B", "A", "B. bee")))
    turn = grouped_turn(
        question=Question(OPTIONS), options=("dog", "bee"), answer=Answer("B"), samples=samples, groups=((0, 2), (1,)),
        shown_group=0,
    )  # fmt: skip
    (message,) = group_messages(turn)[CHOICE]
    assert message.content.startswith(f"Which one flies?\n\nA. bee\nB. dog\nC. {NONE}\n\n")


def test_every_alternative_is_quoted_in_third_person() -> None:
    turn, model = asked(grouped_turn(), *ALTERNATIVES)
    assert list(turn.probes) == list(ALTERNATIVES[:2])
    for messages, text in zip(model.received, ("Sydney.", "Perth"), strict=True):
        (message,) = messages
        expected = load("quoted").fill(question=QUESTION, answer=text, ask=load("true_third").fill())
        assert message.text == expected


def test_what_no_signal_needs_is_not_asked() -> None:
    turn, model = asked(grouped_turn(), "samples", "numeric")
    assert model.received == [] and turn.probes == {}


def test_samples_without_groups_are_not_asked_about() -> None:
    for turn in (
        grouped_turn(groups=(), shown_group=None),
        grouped_turn(samples=(), groups=(), shown_group=None),
    ):
        assert asked(turn, CHOICE, *ALTERNATIVES)[1].received == []


def test_probes_about_earlier_groups_are_replaced() -> None:
    first, _ = asked(grouped_turn(), CHOICE, *ALTERNATIVES)
    again = replace(first, samples=(Answer("Canberra."),), groups=((0,),), shown_group=0)
    last, model = asked(again, CHOICE, *ALTERNATIVES)
    assert list(last.probes) == [CHOICE] and len(model.received) == 1


def test_from_the_question_to_the_signals() -> None:
    chosen = ("clustered_self_assessment", "dinco", "cocoa", "samples_and_number")
    turn = confidence_pipeline(scripted(CHOOSES_A), samples=2, signals=chosen).invoke(OPTIONS)
    assert turn.assessment is not None
    assert signal(turn, "clustered_self_assessment") == pytest.approx(0.7)
    assert signal(turn, "dinco") == pytest.approx((0.75 + 1) / 2)  # both samples agree: no alternative
    assert signal(turn, "cocoa") == 1.0
    assert signal(turn, "samples_and_number") == pytest.approx((1 + 0.85) / 2)
    # answer, P(True), number, two samples, the choice
    assert turn.meter.calls == turn.assessment.evidence.provenance.cost.calls == 1 + 2 + 2 + 1
    prompts = set(turn.assessment.evidence.provenance.prompts)
    assert prompts == {"true_third", "quoted", "certainty_own", "scale_numeric", "choose", "none_of_these"}


def test_without_samples_they_say_so() -> None:
    turn = confidence_pipeline(scripted(), signals=("clustered_self_assessment", "dinco", "cocoa")).invoke(
        QUESTION
    )
    assert turn.assessment is not None
    for reading in turn.assessment.signals:
        if reading.name not in ("sequence_probability", "key_span_probability"):
            assert reading.missing == "no samples were drawn"


def test_the_plan_counts_them_only_if_a_signal_needs_them() -> None:
    turn = confidence_pipeline(scripted()).invoke(OPTIONS)
    assert plan(turn).group_calls == 0
    with_both = replace(
        turn, settings=turn.settings.model_copy(update={"signals": ("dinco", "clustered_self_assessment")})
    )
    assert plan(with_both).group_calls == 6
    more = plan(with_both).new_tokens - plan(turn).new_tokens
    assert more == 6 * 16


def test_a_finished_turn_that_is_checked_gets_its_choice() -> None:
    model = scripted(CHOOSES_A)
    first = confidence_pipeline(model, signals=("clustered_self_assessment",)).invoke(OPTIONS)
    assert signal(first, "clustered_self_assessment") is None
    last = confidence_pipeline(model).invoke(closer(first, Settings(closer=2)))
    assert signal(last, "clustered_self_assessment") == pytest.approx(0.7)
