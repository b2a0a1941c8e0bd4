"""Whether a calibration still holds for the questions of a run."""

from collections import Counter
from pathlib import Path

from estimators.calibration.record import KINDS, TITLES, Calibration, kind_of, misfit
from estimators.calibration.scope import uncovered_evidence
from estimators.calibration.shift import RunCheck, check_run
from estimators.missing import Missing
from evaluation.reports.tables import aligned, number
from evaluation.runs.reader import read_run
from evaluation.runs.record import Record


def run_check_lines(calibration: Calibration, path: Path) -> list[str]:
    """What can be told from the records of a run, one kind of question after the other, labelled or not.

    Answers that the calibration does not apply to are left out and counted. Raises BadFile for another kind of file.
    """
    by_kind: dict[str, list[Record]] = {kind: [] for kind in KINDS}
    left_out: Counter[str] = Counter()
    for record in read_run(path).records:
        if record.assessment is None:
            left_out["the question failed"] += 1
            continue
        evidence = record.assessment.evidence
        if why := misfit(calibration, evidence.provenance) or uncovered_evidence(evidence):
            left_out[why] += 1
        else:
            by_kind[kind_of(evidence.options)].append(record)
    lines = []
    for kind, records in by_kind.items():
        if records:
            lines += [f"{TITLES[kind].capitalize()}:", *_kind_lines(calibration, kind, records), ""]
    return [*lines, *(f"left out: {n} ({why})" for why, n in left_out.items())]


def _kind_lines(calibration: Calibration, kind: str, records: list[Record]) -> list[str]:
    part = calibration.part(kind)
    if part is None:
        return [
            f"The calibration does not cover them: {calibration.unmeasured.get(kind, 'none were measured')}."
        ]
    readings = [{name: signal.confidence for name, signal in record.by_name.items()} for record in records]
    try:
        check = check_run(part, readings, [record.correct for record in records])
    except Missing as error:
        return [f"{error}."]
    return [check.sentence, *_shift_lines(check)]


def _shift_lines(check: RunCheck) -> list[str]:
    rows = [["signal", "Kolmogorov–Smirnov distance", "p, corrected"]]
    rows += [[shift.signal, number(shift.distance), f"{shift.p:.2g}"] for shift in check.shifts]
    error = [] if check.error_p is None else [f"p of the calibration being right: {check.error_p:.2g}"]
    return [
        *error,
        *(aligned(rows) if check.shifts else ["The calibration is too old to compare its signals."]),
    ]
