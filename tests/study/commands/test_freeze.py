"""Frozen answers: the pipeline runs once per item, and answers that no longer fit their item are reported."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from chains.calibration.store import save
from chains.engines.scripted import ScriptedChatModel, ScriptedReply
from chains.model_files import TINY_SHA256
from estimators import default_signals
from estimators.calibration.panel import Panel, PanelRow
from study.__main__ import main
from study.design.displays import calibrated_signal
from study.design.freezing import freeze
from study.design.reader import read_design
from study.design.stimuli import NO_STIMULI, SCHEMA, parse_stimuli, read_stimuli, unready, written
from study.errors import BadDesign
from tests.estimators.measured import calibration, part
from tests.study.studies import HEAD, design_text, scripted, write_study
from tests.ui.measured import measured

ASKED = (
    HEAD + "flow: accept-reject\nmodel: scripted\nitems:\n"
    "  - {id: a, question: Where is it?, gold: [alpha, first]}\n"
    '  - {id: b, question: "Which one?", options: [alpha, beta], gold: beta}\n'
).replace("Where is it?", '"Where is it?"')  # fmt: skip


def design(tmp_path: Path, text: str = ASKED) -> Path:
    path = tmp_path / "study.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_model_is_asked_once_an_item_and_graded_against_gold(tmp_path: Path) -> None:
    file = read_design(design(tmp_path))
    model = ScriptedChatModel(
        replies=(ScriptedReply.of("A. alpha", 0.8, "which one"), ScriptedReply.of("It is alpha.", 0.8))
    )
    first = list(freeze(file.design, model))
    assert [(stimulus.id, stimulus.answer, stimulus.correct, stimulus.graded_by, ran) for stimulus, ran in first] == [
        ("a", "It is alpha.", True, "contained", True), ("b", "A. alpha", False, "option", True),
    ]  # fmt: skip
    again = list(freeze(file.design, model, [stimulus for stimulus, _ in first]))
    assert [ran for _, ran in again] == [False, False]
    assert [stimulus for stimulus, _ in again] == [stimulus for stimulus, _ in first]


def test_frozen_answers_come_back_whole(tmp_path: Path) -> None:
    _, stimuli = write_study(tmp_path, design_text())
    again = parse_stimuli(stimuli.text)
    assert again == stimuli == read_stimuli(tmp_path / "study.frozen.jsonl")
    stimulus = again.by_id["q1"]
    assert (stimulus.answer, stimulus.correct, stimulus.graded_by) == ("B. beta", False, "the design")
    assert stimulus.assessment.decision.confidence is not None and stimulus.assessment.evidence.answer.tokens


def test_the_signal_of_the_verbalized_number_is_always_asked(tmp_path: Path) -> None:
    text = design_text(more="verbalized: likert_own_label\nfreeze: {signals: [msp]}")
    _, stimuli = write_study(tmp_path, text)
    assert {signal.name for signal in stimuli.by_id["q0"].assessment.signals} == {"msp", "likert_own_label"}


def test_the_default_panel_of_a_calibration_is_asked_with_the_verbalized_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENCE_DATA", str(tmp_path / "data"))
    panel = Panel((PanelRow("msp", "it decides"), PanelRow("p_true_third", "AUROC 0.70 [0.60, 0.80]")), 1)
    made = calibration(replace(part("choice"), panel=panel), model="scripted", model_sha256=None, prompts={})
    save(made)
    file = read_design(design(tmp_path))
    reply = ScriptedReply.of("A. alpha", 0.8, "which one")
    model = ScriptedChatModel(replies=(reply, ScriptedReply.of("It is alpha.", 0.8)))
    frozen = {stimulus.id: stimulus.assessment for stimulus, _ in freeze(file.design, model)}
    names = {signal.name for signal in frozen["b"].signals} - {"combined"}
    assert (
        names == {"p_ic", "msp", "linguistic", "p_true_third", "numeric"} and frozen["b"].decision.calibrated
    )
    assert {signal.name for signal in frozen["a"].signals} >= set(
        default_signals(())
    )  # it chose none for this kind


def test_what_does_not_fit_is_reported_item_by_item(tmp_path: Path) -> None:
    file, stimuli = write_study(tmp_path, design_text())
    assert unready(file.design, stimuli) == ()
    assert unready(file.design, NO_STIMULI) == tuple(
        f"item q{number} has no frozen answer yet: run `freeze`" for number in range(4)
    )
    changed = read_design(design(tmp_path, design_text().replace("number 2", "number two")))
    assert unready(changed.design, stimuli) == (
        "item q2 was changed after its answer was frozen: run `freeze` again",
    )
    more = read_design(
        design(tmp_path, design_text(more="conditions: [{name: a, shows: [calibrated-number]}]"))
    )
    reasons = unready(more.design, stimuli)
    assert len(reasons) == 4
    assert reasons[0] == "item q0 cannot show calibrated-number: this model has not been calibrated yet"


def test_an_answer_that_the_design_gives_has_no_calibrated_figure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENCE_DATA", str(tmp_path / "data"))
    save(measured(kinds=("choice", "free")))
    text = (
        HEAD + "flow: accept-reject\nmodel: scripted\nitems:\n"
        '  - {id: own, question: "Which?", options: [x, y], gold: x}\n'
        '  - {id: a, question: "Which?", options: [x, y], gold: x, answer: A. x}\n'
        '  - {id: b, question: "Which?", options: [x, y], gold: x, answer: B. y}\n'
    )
    file = read_design(design(tmp_path, text))
    model = ScriptedChatModel()
    own, *supplied = [stimulus for stimulus, _ in freeze(file.design, model)]
    assert own.assessment.decision.calibrated
    for stimulus in supplied:
        assert stimulus.assessment.decision.uncalibrated.startswith("the answer was supplied")
        assert calibrated_signal(stimulus.assessment).missing == stimulus.assessment.decision.uncalibrated
    # As an older version froze it: with a calibrated figure, and no word of where the answer came from.
    who = replace(supplied[0].assessment.evidence.provenance, given=None)
    evidence = replace(supplied[0].assessment.evidence, provenance=who)
    older = replace(supplied[0].assessment, evidence=evidence, decision=own.assessment.decision)
    stimuli = [own, replace(supplied[0], assessment=older), supplied[1]]
    (reasons,) = unready(file.design, parse_stimuli(written({}, stimuli)))
    assert reasons.startswith("item a shows a calibrated confidence, but no calibration applies")
    again = [stimulus for stimulus, ran in freeze(file.design, model, stimuli) if not ran]
    assert again[0] == own and len(again) == 3
    assert not again[1].assessment.decision.calibrated and again[1].assessment.evidence.provenance.given
    assert unready(file.design, parse_stimuli(written({}, again))) == ()


def test_an_answer_that_cannot_be_graded_is_reported(tmp_path: Path) -> None:
    file = read_design(design(tmp_path))
    stimuli = [
        stimulus
        for stimulus, _ in freeze(file.design, ScriptedChatModel(replies=(ScriptedReply.of("Hm.", 0.8),)))
    ]
    reasons = unready(file.design, parse_stimuli(written({}, stimuli)))
    assert reasons == (
        "item b: its answer could not be graded (the answer chooses none of the options); add "
        "`correct: true` or `correct: false` to the item and run `freeze` again",
    )


def test_live_conditions_need_no_frozen_answer(tmp_path: Path) -> None:
    chat = read_design(design(tmp_path, design_text("free-chat")))
    assert unready(chat.design, NO_STIMULI) == ()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "line 1: Expecting property name"),
        ("[]", f"line 1: not a row with schema {SCHEMA}"),
        ('{"schema": "x/1"}', f"line 1: not a row with schema {SCHEMA}"),
        (json.dumps({"schema": SCHEMA, "id": "a"}), "line 1: 'correct'"),
        (
            json.dumps({"schema": SCHEMA, "id": "a", "correct": 1}),
            "line 1: correct is 1, not true, false or null",
        ),
    ],
)
def test_a_broken_file_of_frozen_answers_is_reported_with_its_line(line: str, said: str) -> None:
    with pytest.raises(BadDesign) as raised:
        parse_stimuli(line, "f")
    assert said in str(raised.value) and "freeze the answers again" in str(raised.value)


def test_the_commands_freeze_and_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = design(tmp_path, design_text(more="model: scripted", count=2))
    assert main(["check", str(path)]) == 1
    assert "item q0 has no frozen answer yet: run `freeze`." in capsys.readouterr().err
    assert main(["freeze", str(path)]) == 0
    assert "the model was run for 2 of them" in capsys.readouterr().out
    header = json.loads((tmp_path / "study.frozen.jsonl").read_text().splitlines()[0])["frozen"]
    assert (header["model"], header["design_sha256"]) == ("scripted", read_design(path).sha256)
    assert main(["freeze", str(path)]) == 0
    assert "the model was run for 0 of them" in capsys.readouterr().out
    assert main(["freeze", str(path), "--again"]) == 0
    assert "the model was run for 2 of them" in capsys.readouterr().out
    assert main(["check", str(path)]) == 0
    assert "2 items, 2 conditions (plain, numbers), 2 cells" in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_what_the_design_says_of_an_answer_is_taken_without_asking_again(tmp_path: Path) -> None:
    model = ScriptedChatModel(
        replies=(ScriptedReply.of("Hm.", 0.8, "which one"), ScriptedReply.of("alpha", 0.8))
    )
    first = [stimulus for stimulus, _ in freeze(read_design(design(tmp_path)).design, model)]
    assert [stimulus.correct for stimulus in first] == [True, None]
    told = read_design(design(tmp_path, ASKED.replace("gold: beta}", "gold: beta, correct: false}")))
    assert unready(told.design, parse_stimuli(written({}, first))) == (
        "item b was changed after its answer was frozen: run `freeze` again",
    )
    second = list(freeze(told.design, model, first))
    assert [(stimulus.correct, stimulus.graded_by, ran) for stimulus, ran in second] == [
        (True, "exact", False), (False, "the design", False),
    ]  # fmt: skip
    assert unready(told.design, parse_stimuli(written({}, [stimulus for stimulus, _ in second]))) == ()
    back = list(freeze(read_design(design(tmp_path)).design, model, [stimulus for stimulus, _ in second]))
    assert [stimulus.correct for stimulus, _ in back] == [True, None]


def test_another_model_or_setting_asks_all_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = design_text(more="model: scripted", count=2)
    main(["freeze", str(design(tmp_path, text))])
    for more in ("model: scripted\nfreeze: {hedge: false}", "model: scripted\nfreeze: {hedge: false}"):
        main(["freeze", str(design(tmp_path, design_text(more=more, count=2)))])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("run for ")[1] for line in lines] == ["2 of them.", "2 of them.", "0 of them."]


def opens(monkeypatch: pytest.MonkeyPatch, name: str, sha256: str) -> None:
    """Every spec opens a model with this file."""

    def opened(spec: str) -> ScriptedChatModel:
        model = scripted()
        model.metadata = {"credence": {"model": name, "engine": "script", "model_sha256": sha256}}
        return model

    monkeypatch.setattr("study.commands.freeze.open_chat_model", opened)


def test_answers_of_another_file_under_the_same_spec_are_never_mixed_or_replaced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(design(tmp_path, design_text(count=2)))
    opens(monkeypatch, "SmolLM2", TINY_SHA256)
    main(["freeze", path])
    frozen_before = (tmp_path / "study.frozen.jsonl").read_bytes()
    opens(monkeypatch, "Qwen", "another")
    assert main(["freeze", path]) == 2
    printed = capsys.readouterr()
    assert (
        "answers come from SmolLM2, but builtin opens Qwen here: keep them with --model tiny, or"
        in printed.err
    )
    assert (tmp_path / "study.frozen.jsonl").read_bytes() == frozen_before
    opens(monkeypatch, "SmolLM2", TINY_SHA256)
    main(["freeze", path, "--model", "tiny"])
    opens(monkeypatch, "Qwen", "another")
    main(["freeze", path, "--again"])
    lines = (printed.out + capsys.readouterr().out).splitlines()
    assert [line.split("run for ")[1] for line in lines] == ["2 of them.", "0 of them.", "2 of them."]


def test_what_was_frozen_before_a_failure_is_kept(tmp_path: Path) -> None:
    path = design(tmp_path, design_text(count=2).replace("    answer: B. beta\n    correct: false\n", ""))
    file = read_design(path)
    done = []
    with pytest.raises(RuntimeError):
        for stimulus, _ in freeze(file.design, _Failing(replies=scripted().replies)):
            done.append(stimulus.id)
    assert done == ["q0"]


class _Failing(ScriptedChatModel):
    """Fails at the second item's question."""

    def _stream(self, messages, *arguments, **options):  # type: ignore[no-untyped-def]
        if "number 1" in str(messages[-1].content):
            raise RuntimeError("gone")
        yield from super()._stream(messages, *arguments, **options)
