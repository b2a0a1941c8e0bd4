"""Whether the Calibrate screen says that a calibration does not hold for the person's own questions."""

from dataclasses import replace
from pathlib import Path
from typing import cast

from chains.engines.scripted import ScriptedChatModel
from chains.pipeline.pipeline import confidence_pipeline
from chains.settings import Settings
from estimators.calibration.record import QuestionSet
from tests.ui.measured import measured
from ui.calibration.own_questions import own_question_warnings
from ui.calibration.results import results
from ui.chat.conversation import Entry, Label
from ui.chat.labels import append_label, label_record

MODEL = ScriptedChatModel()


def labelled(folder: Path, *labels: str) -> Path:
    """A file with an answer of the scripted model for each label."""
    turn = confidence_pipeline(MODEL, Settings(calibration="none")).invoke(
        "What is the capital of Australia?"
    )
    for number, label in enumerate(labels, 1):
        append_label(
            folder, label_record(Entry(f"Question {number}", turn, label=cast("Label", label), number=number))
        )
    return folder / "labels.jsonl"


def test_answers_that_are_right_as_often_as_shown_give_no_warning(tmp_path: Path) -> None:
    path = labelled(tmp_path, *["yes", "yes", "yes", "no"] * 6)  # 75 %; the confidence is 74 %
    assert own_question_warnings(measured(), path, MODEL) == ()


def test_answers_that_are_wrong_more_often_are_named(tmp_path: Path) -> None:
    path = labelled(tmp_path, *["no", "no", "no", "yes"] * 6)
    (warning,) = own_question_warnings(measured(), path, MODEL)
    assert warning.startswith(
        "Your own questions without options: The calibration does not hold for these questions: it shows 74 %"
    )
    assert "25 % of 24 answers are right" in warning
    assert warning in results(measured(), 0.3, "", [warning])
    made_from_them = replace(measured(), questions=QuestionSet("labels.jsonl", "ab" * 32, 120))
    assert own_question_warnings(made_from_them, path, MODEL) == ()


def test_few_labels_no_file_and_a_broken_file_say_nothing(tmp_path: Path) -> None:
    assert own_question_warnings(measured(), tmp_path / "labels.jsonl", MODEL) == ()
    path = labelled(tmp_path, *["no"] * 19)
    assert own_question_warnings(measured(), path, MODEL) == ()
    path.write_text("{broken")
    assert own_question_warnings(measured(), path, MODEL) == ()
