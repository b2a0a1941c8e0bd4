"""Answers that are known to be right or wrong, with their signals: what a calibration is fitted to."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError

from estimators import default_signals
from estimators.calibration.changed_readings import UNWEIGHED
from estimators.calibration.combined import NAME
from estimators.calibration.record import ASKED, Kind, kind_of, misfit_model
from estimators.calibration.scope import uncovered
from estimators.signals.consistency import SemanticEntropy, few_meanings
from estimators.types import Provenance
from evaluation.calibration.label_gaps import gap_reason
from evaluation.jsonl_file import BadFile, numbered_objects
from evaluation.runs.reader import Gathered, Record, read_run

FOLLOW_UP = "a follow-up in a conversation: only first questions are measured"
OTHER_MODEL = "an answer of another model"
OTHER_SETTINGS = "asked with other settings than most"
Readings = Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class LabelledAnswer:
    """One question, whether the answer to it was right, and what the signals read."""

    id: str
    question: str  # as it was asked, options and all
    domain: str
    kind: Kind
    correct: bool
    readings: Readings  # signal → confidence, None where it is missing
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class LabelledAnswers:
    """The answers that can be used, of one model under one setting, and why others cannot."""

    name: str
    sha256: str
    answers: tuple[LabelledAnswer, ...]
    left_out: Mapping[str, int]  # reason → answers
    no_guarantee: str = ""  # why nothing can be guaranteed from them; empty where something can

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
    """The object on the first line; {} where there is none, as in a question file of another kind."""
    if path.suffix != ".jsonl" or not path.is_file():
        return {}
    try:
        return next((row for _, row in numbered_objects(path)), {})
    except BadFile:
        return {}


def read_label_records(path: Path) -> tuple[Record, ...]:
    """The person's own labels; of several of one question the latest counts, and one taken back counts as none.

    Raises BadFile naming file, line and field.
    """
    latest: dict[str, Record] = {}
    for number, row in numbered_objects(path):
        try:
            record = Record.model_validate(
                {**row, "ungraded": "" if row.get("label") else "the label was taken back"}
            )
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"])) or "the record"
            raise BadFile(f"{path}, line {number}: {place}: {first['msg'].lower()}.") from None
        if record.assessment is None:
            raise BadFile(f"{path}, line {number}: no assessment: this is no label of the chat.")
        latest.pop(record.question, None)
        latest[record.question] = record
    if not latest:
        raise BadFile(f"{path} is empty: no answer has been labelled yet.")
    return tuple(latest.values())


def labelled_answers(
    path: Path, records: Iterable[Record], *, model: Provenance | None = None,
    signals: Sequence[str] | None = None,
) -> LabelledAnswers:  # fmt: skip
    """The usable ones among the records: graded, first questions, of one model and one setting, such as it holds for.

    ``signals``: names that may be used; None: those that the chat shows unless others are chosen, so that what is
    fitted can be had there. ``model``: whose answers count; None: they must all be of one. Raises BadFile where
    several models are in the file, or settings that let other answers come differ and no majority decides.
    """
    left_out: Counter[str] = Counter()
    usable: list[LabelledAnswer] = []
    for record in records:
        if record.assessment is None:
            left_out["the question failed"] += 1
        elif record.correct is None:
            left_out[record.ungraded or "nobody could grade it"] += 1
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
        raise BadFile(f"{path} holds answers of several models ({', '.join(names)}): name one with --model.")
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
    readings = {name: signal.confidence for name, signal in record.by_name.items() if name in names}
    readings |= _changed(evidence, readings)
    text = evidence.question.text or record.question
    return LabelledAnswer(
        record.id, text, record.domain, kind_of(evidence.options), bool(record.correct), readings, evidence.provenance
    )  # fmt: skip


def _changed(evidence: Gathered, readings: Mapping[str, float | None]) -> dict[str, float | None]:
    """The readings of an older record that are asked or made in another way now: made again, or missing."""
    prompts = evidence.provenance.prompts
    if not evidence.options or not prompts:
        return {}
    changed: dict[str, float | None] = {}
    if "quoted_without_options" not in prompts:  # the options were shown where they are left out now
        changed = {name: None for name in UNWEIGHED & set(readings)}
    if readings.get(SemanticEntropy.name) is not None:
        entropy = few_meanings(tuple(map(len, evidence.groups)), len(evidence.options))
        changed[SemanticEntropy.name] = entropy if isinstance(entropy, float) else None
    return changed


def _most_common(answers: Sequence[LabelledAnswer]) -> tuple[list[LabelledAnswer], int]:
    """Those asked with the settings and prompts that most of them share."""
    asked = [_asked(answer.provenance) for answer in answers]
    if not asked:
        return [], 0
    most = Counter(asked).most_common(1)[0][0]
    kept = [answer for answer, how in zip(answers, asked, strict=True) if how == most]
    prompts: dict[str, str] = {}
    for answer in reversed(kept):  # of two wordings of a prompt the later one is in use
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
    """The labelled answers of a run's records or of the chat's labels; raises BadFile for another file."""
    if is_labels(path):
        labelled = labelled_answers(path, read_label_records(path), model=model, signals=signals)
        if not labelled.answers:
            return labelled
        used = [answer.id for answer in labelled.answers]
        return replace(labelled, no_guarantee=gap_reason(path, used, labelled.answers[0].provenance))
    run = read_run(path)
    labelled = labelled_answers(path, run.records, model=model, signals=signals)
    named = run.header.get("questions")  # what was asked says more than what the run's file is called
    return replace(labelled, name=named) if isinstance(named, str) and named else labelled
