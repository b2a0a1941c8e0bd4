"""The slider of the accepted risk as data, and redecided answers, without a browser."""

from dataclasses import replace

import pytest
from pytest import approx

from chains.calibration.fitting import Fit
from chains.engines.scripted import ScriptedChatModel
from chains.pipeline.pipeline import confidence_pipeline
from chains.settings import Settings
from tests.ui.measured import TOO_FEW, measured, part
from ui.chat.conversation import Conversation, Entry
from ui.risk import accepted_risk, decided_at, declared_risk, risk_value

FITS = Fit(measured(), "")
# σ(0.5 · logit .8182 + 1.0 · logit .6204 − 0.2) = σ(0.7520 + 0.4912 − 0.2)
SHOWN = 0.7394


def asked(question: str = "What is the capital of Australia?") -> Conversation:
    """A conversation with one answer of an uncalibrated model."""
    conversation = Conversation()
    entry, sent = conversation.start(question)
    entry.turn = confidence_pipeline(ScriptedChatModel(), calibration="none").invoke(sent)
    return conversation


def redecide_all(conversation: Conversation, fit: Fit, settings: Settings) -> None:
    for entry in conversation.entries:
        for branch in entry.branches:
            if branch.turn is not None:
                branch.turn = decided_at(branch.turn, fit, settings, conversation.risk)


def decision(entry: Entry) -> object:
    assert entry.turn is not None and entry.turn.assessment is not None
    return entry.turn.assessment.decision


def test_a_position_states_its_guarantee_and_what_is_shown() -> None:
    value = risk_value(FITS, Settings(), 0.3)
    assert value["state"] == "slider" and value["notice"] == "" and value["headline"] == ""
    assert [position["label"] for position in value["positions"]] == [
        f"{risk} %" for risk in (5, 10, 15, 20, 25, 30, 40, 50)
    ]
    assert [position["kept"] for position in value["positions"]] == [False] * 5 + [True] * 3
    assert value["at"] == 5
    assert value["positions"][5]["text"] == (
        "Open questions: answers at 60 % or more get no warning: about 50 % of all. On questions like the 120 used for "
        "calibration, it is 90 % certain that at most 30 % of those are wrong."
    )
    assert value["positions"][0]["text"] == f"No guarantee here: {TOO_FEW}."


def test_the_slider_starts_at_the_risk_of_the_settings_or_the_smallest_with_a_guarantee() -> None:
    assert accepted_risk(part("free"), None, 0.4) == 0.4
    assert accepted_risk(part("free"), None, 0.2) == 0.3
    assert accepted_risk(part("free", guaranteed=False), None, 0.2) == 0.2
    assert accepted_risk(part("free"), 0.05, 0.4) == 0.05  # the person's own choice is kept, guarantee or not


def test_only_a_declared_position_changes_the_risk() -> None:
    assert declared_risk(FITS, "free", 6, None) == 0.4
    for at in (8, -1, "6", None, 1.5):
        assert declared_risk(FITS, "free", at, 0.3) == 0.3
    assert declared_risk(Fit(None, "not calibrated"), "free", 3, 0.3) == 0.3


def test_without_any_guarantee_one_notice_says_so_with_the_best_bound() -> None:
    value = risk_value(Fit(measured(guaranteed=False), ""), Settings())
    assert value["headline"] == "No guarantee for open questions."
    assert "no error rate from 5 % to 50 % could be guaranteed" in value["notice"]
    assert "at most 62 % are wrong" in value["notice"]
    assert not any("guarantee" in position["text"].lower() for position in value["positions"])
    assert (
        value["positions"][3]["text"] == "Answers with a calibrated confidence below 80 % count as doubtful."
    )


def test_an_uncalibrated_model_or_kind_says_why() -> None:
    value = risk_value(Fit(None, "this model has not been calibrated yet"), Settings())
    assert value == {"state": "uncalibrated", "text": "Uncalibrated: this model has not been calibrated yet."}
    value = risk_value(FITS, Settings(), None, "choice")
    assert value["text"] == "Uncalibrated for questions with options: none were asked."


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("cost", "Answers below 67 % count as doubtful"),
        ("balanced", "Answers below 45 %"),
        ("conservative", "Answers below 70 %"),
    ],
)
def test_another_rule_replaces_the_slider(rule: str, text: str) -> None:
    value = risk_value(FITS, Settings(rule=rule, cost=2.0))  # cost: 2 / (1 + 2)
    assert value["state"] == "rule" and text in value["text"]


def test_a_shown_answer_is_redecided_at_each_risk_without_the_model() -> None:
    conversation = asked()
    (entry,) = conversation.entries
    assert decision(entry).calibrated is False  # type: ignore[attr-defined]
    for chosen, threshold, abstain in (
        (0.3, 0.6, False),
        (0.25, 0.75, True),
        (0.4, 0.5, False),
        (0.05, 0.95, True),
    ):
        conversation.risk = chosen
        redecide_all(conversation, FITS, Settings())
        decided = decision(entry)
        assert (decided.calibrated, decided.threshold, decided.abstain) == (True, approx(threshold), abstain)  # type: ignore[attr-defined]
        assert decided.confidence == approx(SHOWN, abs=1e-4)  # type: ignore[attr-defined]
    redecide_all(conversation, Fit(None, "it was deleted"), Settings())
    decided = decision(entry)
    assert (decided.calibrated, decided.uncalibrated, decided.threshold) == (False, "it was deleted", 0.5)  # type: ignore[attr-defined]
    assert decided.confidence == approx(0.71, abs=1e-4)  # type: ignore[attr-defined]


def test_a_rule_from_the_settings_decides_branches_too() -> None:
    conversation = asked()
    (entry,) = conversation.entries
    other, _ = conversation.version(entry, "another token")
    other.turn = entry.turn
    redecide_all(conversation, FITS, Settings(rule="cost", cost=4.0))  # 4 / 5
    assert decision(entry).abstain and decision(other).abstain  # type: ignore[attr-defined]
    redecide_all(conversation, FITS, Settings(rule="cost", cost=1.0))
    assert not decision(entry).abstain  # type: ignore[attr-defined]


def test_turns_without_an_assessment_are_left_alone() -> None:
    conversation = asked()
    begun, _ = conversation.start("And now?")
    conversation.entries[0].turn = replace(conversation.entries[0].turn, assessment=None)  # type: ignore[type-var]
    redecide_all(conversation, FITS, Settings())
    assert begun.turn is None and conversation.entries[0].turn.assessment is None  # type: ignore[union-attr]


def test_the_slider_is_about_the_kind_of_question_shown() -> None:
    conversation = asked("Which?\nA. x\nB. y")
    assert conversation.kind == "choice"
    assert Conversation().kind is None
    both = Fit(measured(kinds=("choice", "free")), "")
    assert risk_value(both, Settings(), None, "choice")["state"] == "slider"
