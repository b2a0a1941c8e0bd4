"""Words scored by another model than the one that answered: they are shown, and nothing is concluded from them."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chains.assess import assess
from chains.engines.scripted import ScriptedChatModel, ScriptedReply
from chains.errors import ModelUnavailable
from chains.messages import NO_LOGPROBS
from chains.pipeline import scorer
from chains.pipeline.pipeline import confidence_pipeline
from chains.pipeline.turn import Turn
from chains.settings import Settings
from estimators.calibration.apply import redecide
from estimators.signals.scored_elsewhere import own, scored_words
from estimators.types import Assessment
from evaluation.runs.labelled_answers import labelled_answers
from evaluation.runs.record import Record
from tests.chains.script import ANSWER, QUESTION, replies
from tests.ui.measured import measured
from ui.shown.doubts import doubtful_places
from ui.shown.panel import assessed_panel

LOCAL = "a local model"
WHY = scored_words(LOCAL)


def server(probes: bool = False) -> ScriptedChatModel:
    """A model that sends no log-probabilities, or only with the replies to ``probes``."""
    script = replies()
    return ScriptedChatModel(
        replies=tuple(replace(reply, logprobs=probes and reply.tokens != ANSWER) for reply in script)
    )


@pytest.fixture
def local(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedChatModel]:
    """The scoring model “tiny”, scripted: it finds “Canberra” 40 % likely."""
    model = ScriptedChatModel(replies=(ScriptedReply(ANSWER),))
    model.metadata = {"credence": {"model": LOCAL, "engine": "scripted", "model_sha256": None}}
    monkeypatch.setattr(scorer, "_opened", {"tiny": model})
    yield model


def asked(**changes: object) -> Turn:
    return confidence_pipeline(server(), Settings(**changes)).invoke(QUESTION)


def assessment(**changes: object) -> Assessment:
    result = asked(**changes).assessment
    assert result is not None
    return result


def test_the_words_get_probabilities_and_say_whose(local: ScriptedChatModel) -> None:
    stages = [turn.stage for turn in confidence_pipeline(server(), score_with="tiny").stream(QUESTION)]
    assert list(dict.fromkeys(stages)) == ["answering", "scoring", "asking again", "done"]
    scored = assessment(score_with="tiny")
    assert scored.evidence.answer.tokens == ANSWER
    assert scored.evidence.provenance.scored_by == LOCAL
    signal = scored.signal("minimum_probability")
    assert signal is not None and signal.confidence == pytest.approx(0.4)
    assert scored.evidence.provenance.costs["scoring"].calls == 1
    assert Assessment.from_dict(scored.to_dict()) == scored


def test_nothing_is_concluded_from_them(local: ScriptedChatModel) -> None:
    without, scored = asked(), asked(score_with="tiny")
    assert without.assessment is not None and scored.assessment is not None
    decision = scored.assessment.decision
    assert (decision.confidence, decision.reason) == (None, f"no advice: {WHY}")
    assert scored.reading.alignment is without.reading.alignment is None  # no gap
    assert scored.reading.others == without.reading.others == ()
    assert doubtful_places(scored) == []
    assert set(scored.reading.failed) == {
        "sequence_probability", "minimum_probability", "mean_entropy", "key_span_probability",
    }  # fmt: skip
    panel = assessed_panel(scored.assessment, scored.reading)
    assert panel.axis is not None and panel.few is not None and panel.explanation is not None
    assert {lane.failed for lane in panel.axis.token} == {WHY}
    assert panel.few.token == () and panel.explanation.gap is None
    assert panel.explanation.details["Words"] == f"scored by {LOCAL}"


def test_a_calibrated_confidence_is_the_same_as_without_them(local: ScriptedChatModel) -> None:
    calibration = measured()
    plain, scored = (
        assess(server(probes=True), QUESTION, settings=Settings(score_with=name)) for name in ("", "tiny")
    )
    before, after = redecide(plain, calibration, risk=0.3), redecide(scored, calibration, risk=0.3)
    assert after.decision.calibrated
    assert after.decision.confidence == before.decision.confidence
    assert after.decision.used == before.decision.used
    signal = after.signal("sequence_probability")
    assert signal is not None and signal.confidence is not None and signal.calibrated is None


def test_a_calibration_is_not_fitted_to_them(local: ScriptedChatModel) -> None:
    record = Record(id="1", question=QUESTION, correct=True, assessment=assessment(score_with="tiny"))
    (answer,) = labelled_answers(Path("labels.jsonl"), [record]).answers
    assert answer.readings["sequence_probability"] is None
    assert answer.readings["numeric"] == 0.85


def test_an_answer_with_probabilities_of_its_own_is_not_scored_again(local: ScriptedChatModel) -> None:
    model = ScriptedChatModel(replies=replies())
    result = assess(model, QUESTION, settings=Settings(score_with="tiny"))
    assert result.evidence.provenance.scored_by == "" and own(result) is result
    assert local.received == []


def test_a_given_answer_is_scored_too(local: ScriptedChatModel) -> None:
    text = "".join(token.text for token in ANSWER)
    result = assess(server(), QUESTION, answer=text, settings=Settings(score_with="tiny"))
    assert result.evidence.answer.tokens == ANSWER and result.evidence.provenance.given


@pytest.mark.parametrize(
    ("named", "why"),
    [
        ("tiny", f"{NO_LOGPROBS}, and tiny could not score it: The disk is full"),
        (
            "https://example.org/v1",
            f"{NO_LOGPROBS}, and https://example.org/v1 could not score it: only tiny, builtin may score words here "
            "(CREDENCE_SCORE_WITH adds one)",
        ),
    ],
)
def test_why_an_answer_could_not_be_scored(named: str, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(name: str) -> ScriptedChatModel:
        raise ModelUnavailable("The disk is full.")

    monkeypatch.setattr(scorer, "_opened", {})
    monkeypatch.setattr(scorer, "open_chat_model", full)
    scored = assessment(score_with=named)
    assert (scored.evidence.answer.tokens, scored.evidence.answer.missing) == ((), why)


def test_the_environment_adds_a_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(scorer.VARIABLE, "/models/other.gguf")
    assert scorer.scorers() == ("tiny", "builtin", "/models/other.gguf")
