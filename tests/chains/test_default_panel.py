"""The default panel of a calibration: used by the pipeline, the wrapper and studies where the calibration applies."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chains import assess, with_confidence
from chains.calibration import store as calibration_files
from chains.calibration.store import save
from chains.pipeline.pipeline import confidence_pipeline
from chains.pipeline.probing.needs import ask_rest, missing_probes
from chains.settings import Settings
from chains.with_confidence import assessment_of
from estimators import default_signals
from estimators.calibration.panel import Panel, PanelRow
from estimators.types import Assessment, Message, Question
from prompts import load as load_prompt
from tests.chains.script import OPTIONS, QUESTION, scripted
from tests.estimators.measured import calibration, part

PANEL = Panel((PanelRow("msp", "it decides"), PanelRow("p_true_third", "AUROC 0.7")), 1)
MADE = calibration(
    replace(part("choice"), panel=PANEL), part("free"), model="scripted", model_sha256=None,
    prompts={"true_third": load_prompt("true_third").sha256},
    asked={"asking": "as_typed", "system": "", "temperature": 0.0, "top_logprobs": 20},
)  # fmt: skip


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One calibration that fits the scripted model, with a panel for questions with options."""
    monkeypatch.setenv("CREDENCE_DATA", str(tmp_path))
    monkeypatch.setattr(calibration_files, "_shipped", lambda: iter(()))
    save(MADE)


def shown(question: str | Question = OPTIONS, **settings: Any) -> set[str]:
    assessment = assess(scripted(), question, settings=Settings(**settings))
    return names(assessment)


def names(assessment: Assessment) -> set[str]:
    return {signal.name for signal in assessment.signals} - {"combined"}


CHOSEN = {"p_ic", "msp", "linguistic", "p_true_third"}  # what costs no call, and the chosen probe


def test_only_the_chosen_probes_are_asked() -> None:
    model = scripted()
    assessment = assess(model, OPTIONS)
    assert names(assessment) == CHOSEN and assessment.decision.calibrated
    assert len(model.received) == 2  # the answer and one probe
    message = with_confidence(scripted()).invoke(OPTIONS)
    wrapped = assessment_of(message)
    assert wrapped is not None and names(wrapped) == CHOSEN


def test_the_others_can_be_asked_afterwards() -> None:
    settings = Settings()
    model = scripted()
    chain = confidence_pipeline(model, settings)
    turn = chain.invoke(OPTIONS)
    assert turn.assessment is not None
    before, figure = len(model.received), turn.assessment.decision.confidence
    again = chain.invoke(ask_rest(turn))
    assert again.assessment is not None
    assert names(again.assessment) == set(default_signals(("a", "b")))
    assert len(model.received) - before == len(missing_probes(ask_rest(turn))) == 4
    assert again.assessment.decision.confidence == figure  # they have no say
    assert again.probes["p_true_third"] == turn.probes["p_true_third"]
    assert not missing_probes(ask_rest(again))


def test_what_a_person_asks_for_is_added_or_replaces_it() -> None:
    assert shown(samples=2) >= {"msp", "p_true_third", "self_consistency", "uf"}
    assert shown(signals=("p_ic", "numeric")) == {"p_ic", "numeric", "msp"}


@pytest.mark.parametrize(
    ("question", "settings"),
    [
        (OPTIONS, {"calibration": "none"}),
        (OPTIONS, {"chosen_panel": False}),
        (OPTIONS, {"temperature": 0.7}),
        (OPTIONS, {"asking": "letter_first"}),
        (OPTIONS, {"system": "Be brief."}),
        (Question(OPTIONS, (Message("system", "Be brief."),)), {}),
    ],
)
def test_where_the_calibration_does_not_apply_the_usual_signals_are_shown(
    question: str | Question, settings: dict[str, Any]
) -> None:
    assert shown(question, **settings) >= set(default_signals(("a", "b")))


@pytest.mark.parametrize(
    ("panel", "asked"),
    [
        (None, "weakest_claim_third"),
        (("p_true_third",), "weakest_claim_third"),
        (("p_true_own",), "weakest_claim"),
    ],
)
def test_p_true_is_asked_of_the_sentences_of_a_long_answer(panel: tuple[str, ...] | None, asked: str) -> None:
    names = default_signals((), claims=True, panel=panel)
    assert names[-1] == asked
    assert panel is None or not {"p_true_own", "p_true_third"} & set(names)
    assert set(default_signals((), claims=True, panel=panel, whole=True)) >= {
        asked,
        "p_true_own",
        "p_true_third",
    }


def test_a_kind_without_a_panel_shows_the_usual_signals() -> None:
    assert shown(QUESTION) >= set(default_signals(()))
