"""Computes the signals of a run's records again from their evidence, without a model."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chains.pipeline.turn import judged
from chains.progress import SLOW, tracked
from estimators import ESTIMATORS, choose
from estimators.abstention import decide
from estimators.serialization import BadRecord
from estimators.types import Assessment
from evaluation.questions.reader import AskedQuestion, graded_answer
from evaluation.runs.record import Record
from files.errors import BadFile
from files.json_lines import numbered_objects

KNOWN = frozenset(estimator.name for estimator in ESTIMATORS)


@dataclass(frozen=True, slots=True)
class Differences:
    """How many answers each signal changed in, and how many it was added to."""

    changed: Counter[str] = field(default_factory=Counter)
    added: Counter[str] = field(default_factory=Counter)
    grades: list[str] = field(default_factory=list)  # ids of the answers with another grade

    def count(self, before: Record, now: Assessment) -> None:
        """Count the signals of one more answer."""
        for signal in now.signals:
            if signal.name not in before.by_name:
                self.added[signal.name] += 1
            elif before.by_name[signal.name] != signal:
                self.changed[signal.name] += 1


def recomputed_rows(
    path: Path, differences: Differences, added: Sequence[str] = (), grade: bool = False
) -> Iterator[Mapping[str, Any]]:
    """The lines of a run with their new signals; ``differences`` counts what is new.

    ``added`` names signals to add to every answer; ``grade`` also grades the answers again, except those that a judge
    graded. Raises BadFile naming file, line and field.
    """
    for number, row in tracked(list(numbered_objects(path)), "reading", "records", after=SLOW):
        yield _row(path, number, row, differences, added, grade)


def reread(before: Assessment, added: Sequence[str] = ()) -> Assessment:
    """The assessment with every signal, and those added, computed again from its evidence.

    What of the answer is judged is found again, too.
    """
    evidence = before.evidence
    before = replace(before, evidence=replace(evidence, answer=judged(evidence.answer, evidence.options)))
    asked = [signal.name for signal in before.signals if signal.name in KNOWN] + list(added)
    signals = tuple(estimator(before.evidence) for estimator in choose(asked))
    advice = decide(signals, before.decision.threshold)
    return replace(before, signals=signals, decision=advice, distance=None)


def _row(
    path: Path,
    number: int,
    row: Mapping[str, Any],
    differences: Differences,
    added: Sequence[str],
    grade: bool,
) -> Mapping[str, Any]:
    """A line of the run with its new signals."""
    if isinstance(run := row.get("run"), dict):
        return {**row, "run": {**run, "reread": f"{datetime.now(UTC):%Y-%m-%d}"}}
    try:
        record = Record.from_dict(row)
    except BadRecord as error:
        raise BadFile(f"{path}, line {number}: {error}.") from None
    if record.assessment is None:
        return row
    now = reread(record.assessment, added)
    differences.count(record, now)
    record = replace(record, assessment=now)
    return {**row, **(_graded(record, differences) if grade else record).to_dict()}


def _graded(record: Record, differences: Differences) -> Record:
    """The record with the grade that its answer gets now; a judge's grade stays."""
    if record.graded_by == "judge" or record.assessment is None:
        return record
    asked = AskedQuestion(
        id=record.id, question=record.question, domain=record.domain, choices=record.choices or (),
        answer=record.answer, answers=record.answers or (),
    )  # fmt: skip
    now = graded_answer(asked, record.assessment.evidence.answer.text)
    if now.correct != record.correct:
        differences.grades.append(record.id)
    return replace(record, correct=now.correct, graded_by=now.by, ungraded=now.reason)
