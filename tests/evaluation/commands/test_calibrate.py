"""Calibrating from questions, records and labels: figures, stopping and resuming, and errors."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk
from pydantic import PrivateAttr

from chains import CredenceError, assess
from chains.calibration.store import load
from estimators.calibration.calibrators import Platt, Temperature
from estimators.calibration.logistic import folds
from estimators.calibration.record import Calibration, KindCalibration
from evaluation.__main__ import main
from evaluation.calibration import calibrating as calibrating_module
from evaluation.calibration.calibrating import calibrating
from evaluation.calibration.fit import not_embedded, refitted_ece
from evaluation.calibration.sources import BUNDLED, SourceKind, label_counts, model_provenance, source_kind
from evaluation.calibration.work import unfinished, work_file
from evaluation.metrics import auroc, ece
from evaluation.metrics.table import BY_NAME
from evaluation.runs.labelled_answers import read_labelled
from evaluation.runs.reader import read_run
from files.errors import BadFile
from tests.evaluation.run_files import CHOICES, HEADER, SimulatedModel, records, write_run

N = 40


class VariedModel(SimulatedModel):
    """Is sure of some questions and not of others, by their number, and counts what it answers."""

    _answered: int = PrivateAttr(default=0)

    def _stream(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **options: Any
    ) -> Iterator[ChatGenerationChunk]:
        text = " ".join(str(message.text) for message in messages)
        number = int((re.search(r"Question (\d+):", text) or [0, 0])[1])
        self.sure = float(np.random.default_rng(number).uniform(0.4, 0.97))
        self.stated = float(np.clip(self.sure - 0.1, 0.05, 0.95))
        follow_up = ("A language model was asked this", "letter of the correct option first")
        if "\nB. " in (asked := str(messages[-1].text)) and not any(words in asked for words in follow_up):
            self._answered += 1
        yield from super()._stream(messages, stop, run_manager, **options)


def model() -> VariedModel:
    model = VariedModel(letter="A")
    model.metadata = {"credence": {"model": "varied", "engine": "script", "model_sha256": "aa"}}
    return model


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of the test's own, and no sentence embeddings."""
    monkeypatch.setenv("CREDENCE_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(calibrating_module, "_neighbours", not_embedded)
    return tmp_path


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    """40 questions; the model says A, which is right about as often as it is sure."""
    rng = np.random.default_rng(5)
    rows = []
    for number in range(N):
        sure = np.random.default_rng(number).uniform(0.4, 0.97)
        right = 0 if rng.random() < sure - 0.1 else 1
        rows.append(
            {
                "id": f"q{number}",
                "question": f"Question {number}: which?",
                "choices": CHOICES,
                "answer": right,
            }
        )
    return lines(tmp_path / "asked.jsonl", rows)


def lines(path: Path, rows: list[Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def finish(work: Any) -> Calibration:
    """Run to the end."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            assert isinstance(end.value, Calibration)
            return end.value


def only_part(calibration: Calibration) -> KindCalibration:
    (part,) = calibration.parts
    return part


def test_from_the_records_of_a_run(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = write_run(own / "run.jsonl", records(80), HEADER)
    assert main(["calibrate", str(run), "--name", "first"]) == 0
    printed = capsys.readouterr().out
    saved = load("first")
    part = only_part(saved)
    assert (part.kind, part.fitted, part.tested, saved.questions.n) == ("choice", 40, 40, 80)
    assert saved.unmeasured == {"free": "no question of this kind was measured"}
    assert (
        "expected on new questions" in printed
        and "accepted risk" in printed
        and "msp" in printed
        and "first.json" in printed
    )
    assert (
        "self_consistency" not in part.combined.names
    )  # it takes samples, which the chat does not draw unasked
    assert {"options_hedged", "scale_numeric"} <= set(saved.prompts)
    assert saved.asked == {
        "asking": "hedged",
        "system": "",
        "temperature": 0.0,
        "top_logprobs": 20,
    }
    # The figures once more from the record, and each kind of answer in both halves.
    y = np.array(part.held_out.correct, float)
    after = np.array(part.held_out.after)
    assert isinstance(part.shown, Platt | Temperature)
    again = refitted_ece(np.array(part.held_out.score), y, part.shown, part.flattened, saved.seed)
    assert part.after.ece == again > ece(after, y) / 2
    assert part.after.auroc == pytest.approx(auroc(part.held_out.score, y))
    assert part.before.auroc == pytest.approx(
        auroc([confidence or 0.0 for confidence in part.held_out.before], y)
    )
    assert part.after.log_loss == pytest.approx(BY_NAME["log_loss"].measure(after, y))
    all_right = np.array([bool(record["correct"]) for record in records(80)], float)
    assert y.sum() == all_right[folds(all_right, 2, saved.seed) == 1].sum()
    medians = {signal.name: signal.median for signal in part.signals}
    msp = [
        s["confidence"]
        for record in records(80)
        for s in record["assessment"]["signals"]
        if s["name"] == "msp"
    ]
    assert medians["msp"] == pytest.approx(np.median(msp))
    assert main(["calibrate", str(run), "--name", "first"]) == 2
    assert "already a calibration named first" in capsys.readouterr().err


def test_the_same_answers_give_the_same_calibration(own: Path) -> None:
    run = write_run(own / "run.jsonl", records(80), HEADER)
    first, again = (finish(calibrating(run, name="x", seed=3)) for _ in range(2))
    assert first.parts == again.parts
    assert finish(calibrating(run, name="x", seed=4)).parts != first.parts


def test_asking_questions_can_stop_and_resume(own: Path, questions: Path) -> None:
    asked = model()
    work = calibrating(questions, model=asked, name="x")
    steps = [next(work) for _ in range(8)]
    assert [(step.stage, step.done, step.total) for step in steps[:2]] == [("asking", 0, N), ("asking", 1, N)]
    assert steps[0].seconds_left is None and steps[-1].seconds_left is not None and steps[-1].seconds_left > 0
    work.close()
    (rest,) = unfinished(asked)
    assert (rest.source, rest.draw, rest.seed, rest.total) == (str(questions), None, 0, N)
    assert rest.done == asked._answered == 8  # seven were taken, and what was on its way is kept
    resumed = finish(calibrating(rest.source, model=asked, name="x", draw=rest.draw, seed=rest.seed))
    assert asked._answered == N
    assert unfinished(asked) == ()
    assert only_part(resumed).n == N and resumed.model_sha256 == "aa"
    path = work_file(asked, questions, None, 0)
    assert len(read_run(path).records) == N
    assert work_file(asked, questions, 30, 0) != path != work_file(asked, questions, None, 1)
    # Put to use on the same model, it decides.
    from chains.calibration.store import save

    save(resumed)
    decision = assess(asked, "Question 3: which?", choices=CHOICES).decision
    assert decision.calibrated and decision.signal == "combined"


def test_a_draw_and_the_command(
    own: Path, questions: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setattr("evaluation.runs.asking.open_chat_model", lambda spec, **_: model())
    out = own / "made" / "c.json"
    arguments = [
        "calibrate",
        str(questions),
        "--draw",
        "25",
        "--out",
        str(out),
        "--run",
        str(own / "r.jsonl"),
    ]
    assert main([*arguments, "--concurrency", "1"]) == 0
    row = json.loads(out.read_text())
    assert (row["name"], row["parts"][0]["fitted"] + row["parts"][0]["tested"]) == ("asked", 25)
    assert len(read_run(own / "r.jsonl").records) == 25
    assert main([*arguments[:2], "--signals", "certainty"]) == 2
    assert "there is no signal named certainty" in capsys.readouterr().err


def label(record: Mapping[str, Any], said: str | None, place: int) -> dict[str, Any]:
    return {
        "id": f"2026-11-26T12:00:{place:02}/{place}", "question": record["question"], "label": said,
        "correct": {"yes": True, "no": False}.get(said or ""), "assessment": record["assessment"],
    }  # fmt: skip


def test_the_persons_own_labels_the_latest_of_a_question_counts(own: Path) -> None:
    made = [label(record, "yes" if record["correct"] else "no", k) for k, record in enumerate(records(40))]
    wrong_first = {**made[0], "label": "no", "correct": False}
    right_later = {**made[0], "label": "yes", "correct": True}
    back = {**made[1], "label": None, "correct": None}
    foreign = json.loads(json.dumps(label(records(41)[40], "yes", 41)))
    foreign["assessment"]["evidence"]["provenance"]["model"] = "another"
    later = json.loads(json.dumps(label(records(42)[41], "yes", 42)))
    later["assessment"]["evidence"]["question"]["history"] = [{"role": "user", "content": "Hello"}]
    path = lines(own / "labels.jsonl", [wrong_first, *made[1:], right_later, back, foreign, later])
    with pytest.raises(BadFile, match="answers of several models"):
        read_labelled(path)
    who = SimulatedModel()
    who.metadata = {"credence": {"model": records(1)[0]["assessment"]["evidence"]["provenance"]["model"],
                                 "engine": "", "model_sha256": None}}  # fmt: skip
    counts = label_counts(path, who)
    assert (counts.kind, counts.n, counts.choice, counts.free, counts.needed) == ("labels", 39, 39, 0, 24)
    calibrated = finish(calibrating(path, model=who, name="own"))
    assert only_part(calibrated).n == 39
    assert calibrated.left_out == {
        "the label was removed": 1,
        "an answer of another model": 1,
        "a follow-up in a conversation: only first questions are used": 1,
    }
    kept = {
        answer.question: answer.correct for answer in read_labelled(path, model=model_provenance(who)).answers
    }
    assert kept[str(made[0]["assessment"]["evidence"]["question"]["text"])] is True
    assert label_counts(own / "none.jsonl", who).n == 0


def test_answers_asked_differently_from_most_are_left_out(own: Path) -> None:
    rows = json.loads(json.dumps(records(40)))
    for row in rows[:5]:
        row["assessment"]["evidence"]["provenance"]["options"]["temperature"] = 1.0
    rows[6]["assessment"]["evidence"]["provenance"]["prompts"]["options_hedged"] = "old wording"
    labelled = read_labelled(write_run(own / "run.jsonl", rows, HEADER))
    assert labelled.left_out == {
        "asked with different settings from most": 1,
        "the answer was sampled at a temperature above 0": 5,
    }


@pytest.mark.parametrize("right", [True, False])
def test_a_file_with_one_class_only(own: Path, right: bool) -> None:
    rows = [{**record, "correct": right} for record in records(30)]
    run = write_run(own / "run.jsonl", rows, HEADER)
    with pytest.raises(CredenceError, match=rf"all 30 are {'right' if right else 'wrong'}"):
        finish(calibrating(run))


def test_fewer_than_twenty_four(own: Path, questions: Path) -> None:
    with pytest.raises(CredenceError, match="23 labelled answers are too few: at least 24"):
        finish(calibrating(write_run(own / "run.jsonl", records(40)[:23], HEADER)))
    few = lines(own / "few.jsonl", [json.loads(line) for line in questions.read_text().splitlines()[:23]])
    with pytest.raises(BadFile, match="23 questions with a right answer, but at least 24 are needed"):
        next(calibrating(few, model=model()))
    with pytest.raises(CredenceError, match="draw at least 24"):
        next(calibrating(questions, model=model(), draw=10))
    with pytest.raises(CredenceError, match="name the model"):
        next(calibrating(questions))


def test_duplicate_ids(own: Path, questions: Path) -> None:
    rows = [json.loads(line) for line in questions.read_text().splitlines()]
    with pytest.raises(BadFile, match="line 41: the id 'q0' is used twice"):
        source_kind(lines(own / "twice.jsonl", [*rows, rows[0]]))
    with pytest.raises(BadFile, match="line 32: the id 'q-0' is already used on line 2"):
        source_kind(write_run(own / "run.jsonl", [*records(40)[:30], records(40)[0]], HEADER))


@pytest.mark.parametrize("value", ["1.3", "-0.1", "NaN", '"high"'])
@pytest.mark.parametrize("labels", [True, False])
def test_confidences_outside_zero_and_one(own: Path, value: str, labels: bool) -> None:
    rows = [label(record, "yes", k) if labels else record for k, record in enumerate(records(40)[:25])]
    text = [json.dumps(row) for row in rows]
    text[3] = re.sub(r'("name": "msp", "confidence": )[\d.]+', rf"\g<1>{value}", text[3])
    path = own / "bad.jsonl"
    path.write_text("\n".join(text) + "\n")
    with pytest.raises(BadFile, match=r"bad.jsonl, line 4: assessment.signals"):
        source_kind(path)


def test_a_file_that_is_nothing_of_the_kind(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (own / "x.jsonl").write_text("{\n")
    (own / "empty.jsonl").write_text("")
    for name, told in (
        ("x.jsonl", "line 1: not JSON"),
        ("empty.jsonl", "is empty"),
        ("gone.jsonl", "There is no file"),
    ):
        assert main(["calibrate", str(own / name), "--model", "scripted"]) == 2
        assert told in capsys.readouterr().err


def test_what_a_source_holds(questions: Path, own: Path) -> None:
    summary = f"Credence layout, {N} questions"
    assert source_kind(questions) == SourceKind("questions", N, N, 0, told=summary)
    assert source_kind(write_run(own / "run.jsonl", records(40)[:22], HEADER)).n == 22
    bundled = source_kind(BUNDLED)
    assert bundled.choice >= 250 and bundled.free >= 150
