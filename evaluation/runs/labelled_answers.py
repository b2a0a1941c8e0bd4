"""Answers known to be right or wrong, with their signals: the data that a calibration is fitted to."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from estimators import default_signals
from estimators.calibration.changed_readings import UNWEIGHED
from estimators.calibration.combined import NAME
from estimators.calibration.record import ASKED, Kind, kind_of, misfit_model
from estimators.calibration.scope import uncovered
from estimators.serialization import BadRecord
from estimators.signals.consistency import SemanticEntropy, entropy_confidence
from estimators.signals.scored_elsewhere import signals_scored_elsewhere
from estimators.types import Evidence, Provenance
from evaluation.calibration.label_gaps import gap_reason
from evaluation.metrics import estimate_of
from evaluation.runs.reader import read_run
from evaluation.runs.record import Record
from files.errors import BadFile
from files.json_lines import first_object, numbered_objects
from files.text import plain_name

FOLLOW_UP = "a follow-up in a conversation: only first questions are used"
OTHER_MODEL = "an answer of another model"
OTHER_SETTINGS = "asked with different settings from most"
Readings = Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class LabelledAnswer:
    """One question, whether its answer was right, and the readings of the signals."""

    id: str
    question: str  # as it was asked, with its options
    domain: str
    kind: Kind
    correct: bool
    readings: Readings  # signal → confidence, None if missing
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class LabelledAnswers:
    """The usable answers, of one model with one setting, and why others are left out."""

    name: str
    sha256: str
    answers: tuple[LabelledAnswer, ...]
    left_out: Mapping[str, int]  # reason → answers
    no_guarantee: str = ""  # why they allow no guarantee; empty if they do

    def of(self, kind: str) -> tuple[LabelledAnswer, ...]:
        """Those of one kind of questions."""
        return tuple(answer for answer in self.answers if answer.kind == kind)


def is_labels(path: Path) -> bool:
    """Whether a file holds the chat's own labels, as “Was this right?” writes them."""
    first = _first(path)
    return "assessment" in first and "label" in first


def is_run(path: Path) -> bool:
    """Whether a file holds the records of a run."""
    first = _first(path)
    return "schema" in first and ("run" in first or "assessment" in first)


def _first(path: Path) -> Mapping[str, object]:
    """The object on the first line; {} if there is none, as in another kind of question file."""
    if not plain_name(path).endswith(".jsonl") or not path.is_file():
        return {}
    try:
        return first_object(path)
    except BadFile:
        return {}


def read_label_records(path: Path) -> tuple[Record, ...]:
    """The user's own labels; the latest label of a question counts, and a withdrawn one does not.

    Raises BadFile naming file, line and field.
    """
    latest: dict[str, Record] = {}
    for number, row in numbered_objects(path):
        try:
            record = Record.from_dict(
                {**row, "ungraded": "" if row.get("label") else "the label was removed"}
            )
        except BadRecord as error:
            raise BadFile(f"{path}, line {number}: {error}.") from None
        if record.assessment is None:
            raise BadFile(f"{path}, line {number}: no assessment: this is not a label from the chat.")
        latest.pop(record.question, None)
        latest[record.question] = record
    if not latest:
        raise BadFile(f"{path} is empty: no answer has been labelled yet.")
    return tuple(latest.values())


def labelled_answers(
    path: Path, records: Iterable[Record], *, model: Provenance | None = None,
    signals: Sequence[str] | None = None,
) -> LabelledAnswers:  # fmt: skip
    """The usable records: graded answers to first questions, by one model with one setting, that a calibration covers.

    ``signals``: names that may be used; None: those the chat shows by default, so that it can use the calibration.
    ``model``: whose answers count; None: all must be of one model. Raises BadFile if the file has several models.
    """
    left_out: Counter[str] = Counter()
    usable: list[LabelledAnswer] = []
    for record in records:
        if record.assessment is None:
            left_out["the question failed"] += 1
        elif record.correct is None:
            left_out[record.ungraded or "it could not be graded"] += 1
        elif any(message.role != "system" for message in record.assessment.evidence.question.history):
            left_out[FOLLOW_UP] += 1
        elif why := _uncovered(record):
            left_out[why] += 1
        else:
            usable.append(_answer(record, signals))
    if model is not None:
        others = [answer for answer in usable if misfit_model(model, answer.provenance)]
        left_out[OTHER_MODEL] += len(others)
        usable = [answer for answer in usable if not misfit_model(model, answer.provenance)]
    names = sorted({answer.provenance.model for answer in usable})
    if len(names) > 1:
        raise BadFile(
            f"{path} contains answers of several models ({', '.join(names)}): name one with --model."
        )
    usable, others_asked = _most_common(usable)
    left_out[OTHER_SETTINGS] += others_asked
    texts = "\n".join(f"{answer.id} {answer.question} {answer.correct}" for answer in usable)
    return LabelledAnswers(
        path.name, hashlib.sha256(texts.encode()).hexdigest(), tuple(usable), {k: n for k, n in left_out.items() if n}
    )  # fmt: skip


def _uncovered(record: Record) -> str:
    assert record.assessment is not None
    evidence = record.assessment.evidence
    answer = evidence.answer
    return uncovered(answer.text, answer.finish, evidence.options, evidence.question, evidence.provenance)


def _answer(record: Record, signals: Sequence[str] | None) -> LabelledAnswer:
    assert record.assessment is not None
    evidence = record.assessment.evidence
    names = set(default_signals(evidence.options) if signals is None else signals) - {NAME}
    elsewhere = signals_scored_elsewhere(record.assessment)
    readings = {
        name: None if name in elsewhere else signal.confidence
        for name, signal in record.by_name.items()
        if name in names
    }
    readings |= _changed(evidence, readings)
    text = evidence.question.text or record.question
    return LabelledAnswer(
        record.id, text, record.domain, kind_of(evidence.options), bool(record.correct), readings, evidence.provenance
    )  # fmt: skip


def _changed(evidence: Evidence, readings: Mapping[str, float | None]) -> dict[str, float | None]:
    """The readings of an older record that are now asked or computed differently: computed again, or missing."""
    prompts = evidence.provenance.prompts
    if not evidence.options or not prompts:
        return {}
    changed: dict[str, float | None] = {}
    if "quoted_without_options" not in prompts:  # the options were shown then and are left out now
        changed = {name: None for name in UNWEIGHED & set(readings)}
    if readings.get(SemanticEntropy.name) is not None:
        sizes, options = tuple(map(len, evidence.groups)), len(evidence.options)
        changed[SemanticEntropy.name] = estimate_of(lambda: entropy_confidence(sizes, options)).value
    return changed


def _most_common(answers: Sequence[LabelledAnswer]) -> tuple[list[LabelledAnswer], int]:
    """The answers with the most common settings and prompts, and the number of others."""
    asked = [_asked(answer.provenance) for answer in answers]
    if not asked:
        return [], 0
    most = Counter(asked).most_common(1)[0][0]
    kept = [answer for answer, how in zip(answers, asked, strict=True) if how == most]
    prompts: dict[str, str] = {}
    for answer in reversed(kept):  # the later wording of a prompt is in use
        prompts = {**answer.provenance.prompts, **prompts}
    same = [
        answer
        for answer in kept
        if all(prompts[name] == sha for name, sha in answer.provenance.prompts.items())
    ]
    return same, len(answers) - len(same)


def _asked(who: Provenance) -> str:
    return json.dumps({name: who.options[name] for name in ASKED if name in who.options}, sort_keys=True)


def read_labelled(
    path: Path, *, model: Provenance | None = None, signals: Sequence[str] | None = None
) -> LabelledAnswers:
    """The labelled answers of a run's records or of the chat's labels; raises BadFile for another kind of file."""
    if is_labels(path):
        labelled = labelled_answers(path, read_label_records(path), model=model, signals=signals)
        if not labelled.answers:
            return labelled
        used = [answer.id for answer in labelled.answers]
        return replace(labelled, no_guarantee=gap_reason(path, used, labelled.answers[0].provenance))
    run = read_run(path)
    labelled = labelled_answers(path, run.records, model=model, signals=signals)
    named = run.header.get("questions")  # the name of the questions says more than that of the run's file
    return replace(labelled, name=named) if isinstance(named, str) and named else labelled
