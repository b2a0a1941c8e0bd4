"""Whether a calibration still holds for the questions that the person labelled."""

from pathlib import Path

from langchain_core.language_models import BaseChatModel

from estimators.calibration.record import TITLES, Calibration
from estimators.calibration.shift import check_run
from estimators.missing import Missing
from evaluation.calibration.sources import model_provenance
from evaluation.runs.labelled_answers import labelled_answers, read_label_records
from files.errors import BadFile


def own_question_warnings(calibration: Calibration, labels: Path, model: BaseChatModel) -> tuple[str, ...]:
    """A sentence per kind of question for which the person's own answers look unlike those of the calibration.

    Empty where they look alike, where fewer than 20 are labelled, and for a calibration made from these labels.
    """
    if calibration.questions.name == labels.name or not labels.is_file():
        return ()
    try:
        answers = labelled_answers(labels, read_label_records(labels), model=model_provenance(model))
    except BadFile:  # the list of sources says what is wrong with the file
        return ()
    found = []
    for part in calibration.parts:
        own = answers.of(part.kind)
        try:
            check = check_run(part, [answer.readings for answer in own], [answer.correct for answer in own])
        except Missing:
            continue
        if check.off or (check.off is None and check.shifted):
            found.append(f"Your own {TITLES[part.kind]}: {check.sentence}")
    return tuple(found)
