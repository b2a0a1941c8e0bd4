"""Computes the signals of a run's records again from their evidence, without a model."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chains.progress import SLOW, tracked
from estimators import ESTIMATORS, choose
from estimators.abstention import decide
from estimators.serialization import BadRecord
from estimators.types import Assessment
from evaluation.runs.record import Record
from files.errors import BadFile
from files.json_lines import numbered_objects

KNOWN = frozenset(estimator.name for estimator in ESTIMATORS)


def recomputed_rows(path: Path, differ: Counter[str]) -> Iterator[Mapping[str, Any]]:
    """The lines of a run with their new signals; ``differ`` counts the answers in which each signal changed.

    Raises BadFile naming file, line and field.
    """
    for number, row in tracked(list(numbered_objects(path)), "reading", "records", after=SLOW):
        yield _row(path, number, row, differ)


def reread(before: Assessment) -> Assessment:
    """The assessment with every signal computed again from its evidence."""
    asked = [signal.name for signal in before.signals if signal.name in KNOWN]
    signals = tuple(estimator(before.evidence) for estimator in choose(asked))
    advice = decide(signals, before.decision.threshold)
    return replace(before, signals=signals, decision=advice, distance=None)


def _row(path: Path, number: int, row: Mapping[str, Any], differ: Counter[str]) -> Mapping[str, Any]:
    """A line of the run with its new signals; ``differ`` counts the signals that changed."""
    if isinstance(run := row.get("run"), dict):
        return {**row, "run": {**run, "reread": f"{datetime.now(UTC):%Y-%m-%d}"}}
    try:
        record = Record.from_dict(row)
    except BadRecord as error:
        raise BadFile(f"{path}, line {number}: {error}.") from None
    if record.assessment is None:
        return row
    now = reread(record.assessment)
    differ.update(signal.name for signal in now.signals if record.by_name.get(signal.name) != signal)
    return {**row, **replace(record, assessment=now).to_dict()}
