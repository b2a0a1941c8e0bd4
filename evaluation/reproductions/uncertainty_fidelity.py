"""UF calibration against baselines (Zhang et al. 2024, arXiv 2404.02655), from runs."""

from dataclasses import replace

import numpy as np

from chains.progress import SLOW, tracked
from estimators import choose
from evaluation.metrics import BY_NAME, measure
from evaluation.reports.tables import ABSENT, cell
from evaluation.reproductions.run_files import Source, confidences
from evaluation.runs.record import Record
from files.errors import BadFile

UF = "uf"
READINGS = (UF, "uf_rightmost", "uf_last")  # of the same chains
SHOWN = ("mean_confidence", "ece", "ipr", "confidence_evenness", "auroc")


def with_all_readings(source: Source) -> Source:
    """The source with all three readings of the chains, read from the saved chains where the run lacks one."""
    return replace(source, run=replace(source.run, records=tuple(map(_all_readings, source.run.records))))


def _all_readings(record: Record) -> Record:
    assessment = record.assessment
    absent = [name for name in READINGS if name not in record.by_name]
    if assessment is None or UF not in record.by_name or not assessment.evidence.chains:
        return record
    read = tuple(estimator(assessment.evidence) for estimator in choose(absent))
    return replace(record, assessment=replace(assessment, signals=(*assessment.signals, *read)))


def calls(source: Source) -> float:
    """Mean number of calls of the model that a question took, all signals together."""
    counts = [
        record.assessment.evidence.provenance.cost.calls for record in source.run.records if record.assessment
    ]
    return float(np.mean(counts)) if counts else 0.0


def signal_rows(source: Source, draws: int) -> list[list[str]]:
    """Every signal's figures on the answers that have it and UF; raises BadFile for a run without UF."""
    graded = source.run.graded
    uf = confidences(graded, UF)
    if not uf:
        raise BadFile(
            f"{source.run.path} has no graded answer with the signal {UF}: run it with --samples and {UF}."
        )
    right = {record.id: float(bool(record.correct)) for record in graded}
    metrics = [BY_NAME[name] for name in SHOWN]
    rows = [["signal", "answers", *(metric.title for metric in metrics), "ECE of UF on the same"]]
    for name in tracked(source.run.signals, f"scoring {source.title}", "signals", after=SLOW):
        readings = confidences(graded, name)
        ids = [record.id for record in graded if record.id in readings and record.id in uf]
        if not ids:
            rows.append([name, "0", *[ABSENT] * (len(metrics) + 1)])
            continue
        outcomes = [right[id_] for id_ in ids]
        figures = measure([readings[id_] for id_ in ids], outcomes, draws=draws, metrics=metrics)
        same = measure([uf[id_] for id_ in ids], outcomes, draws=draws, metrics=[BY_NAME["ece"]])
        cells = [cell(figures[metric.name]) for metric in metrics]
        rows.append([name, f"{len(ids):,}", *cells, cell(same["ece"])])
    return rows
