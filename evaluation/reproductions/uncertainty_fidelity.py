"""UF calibration against baselines (Zhang et al. 2024, arXiv 2404.02655): ``python -m evaluation reproduce uf RUN…``.

RUN is what `python -m evaluation run` wrote with samples and the signal uf. Printed are, for every signal, ECE over ten
equal-width bins, the inverse pair ratio, confidence evenness (always read together) and AUROC with their 95 % bootstrap
intervals over questions (basic for ECE, else percentile), all on the answers that have every one of the signals.
"""

from collections.abc import Sequence

import numpy as np

from evaluation.metrics import BY_NAME, measure
from evaluation.reproductions.run_files import Source, confidences, read_sources, run_parser, source_rows
from evaluation.tables import aligned, cell, markdown

SHOWN = ("mean_confidence", "ece", "ipr", "confidence_evenness", "auroc")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables; returns the exit code."""
    given = run_parser("uf", __doc__).parse_args(arguments)
    sources = read_sources(given.runs)
    lay_out = markdown if given.markdown else aligned
    print("\n".join(lay_out(source_rows(sources, given.intervals))))
    for one in sources:
        common = shared_ids(one)
        print(
            f"\n{one.title}: {len(common):,} answers with every signal, {calls(one):.1f} calls a question\n"
        )
        print("\n".join(lay_out(signal_rows(one, common, given.intervals))))
    return 0


def shared_ids(source: Source) -> list[str]:
    """The graded answers that have every signal of the run."""
    graded = source.run.graded
    having = [confidences(graded, name) for name in source.run.signals]
    return [one.id for one in graded if all(one.id in found for found in having)]


def calls(source: Source) -> float:
    """Mean number of calls of the model that a question took, all signals together."""
    found = [one.assessment.evidence.provenance.cost.calls for one in source.run.records if one.assessment]
    return float(np.mean(found)) if found else 0.0


def signal_rows(source: Source, ids: Sequence[str], draws: int) -> list[list[str]]:
    """Every signal's figures on the same answers."""
    metrics = [BY_NAME[name] for name in SHOWN]
    rows = [["signal", *(one.title for one in metrics)]]
    if not ids:
        return rows
    right = {one.id: float(bool(one.correct)) for one in source.run.graded}
    for name in source.run.signals:
        found = confidences(source.run.graded, name)
        figures = measure(
            [found[one] for one in ids], [right[one] for one in ids], draws=draws, metrics=metrics
        )
        rows.append([name, *(cell(figures[one.name]) for one in metrics)])
    return rows
