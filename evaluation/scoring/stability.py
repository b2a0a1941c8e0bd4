"""How stable a model's markers are across data sets, from judged sentences and from runs.

References: Liu & Cohan 2026 (arXiv 2605.28778), Liu et al. 2025 (arXiv 2505.24778).
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from estimators.markers.mic import MarkerConfidence
from estimators.markers.polarity import denies
from evaluation.metrics import (
    Estimate,
    Item,
    cmfg,
    faithfulness,
    marker_confidence,
)
from evaluation.metrics.estimate import estimate_of
from evaluation.metrics.markers.stability import Form
from evaluation.mic.sentences import Sentence, by_answer, read_sentences
from evaluation.runs.reader import Run, read_run
from evaluation.runs.record import Record
from evaluation.scoring.marker_scores import (
    UNNAMED,
    decisiveness,
    halved_stability,
)
from evaluation.scoring.signal_scores import plain_figures
from files.errors import BadFile
from files.json_lines import first_object
from files.text import plain_name

TITLES: Mapping[Form, str] = {
    "mic": "marker internal confidence",
    "accuracy": "marker accuracy",
    "accuracy_published": "marker accuracy, authors' code",
}
NOT_GIVEN: Mapping[Form, str] = {
    "mic": "there are no sentences from `mic`",
    "accuracy": "there are no graded answers",
    "accuracy_published": "there are no graded answers",
}


@dataclass(frozen=True, slots=True)
class Measured:
    """The markers of one model over data sets, in one of the published forms."""

    form: Form
    markers: Mapping[str, Mapping[str, MarkerConfidence]]  # data set (and "all") → marker
    metrics: Mapping[str, Estimate]


def read_files(paths: Sequence[Path], by_file: bool = False) -> tuple[list[Sentence], list[Record]]:
    """The sentences and records of all files, with the data set as their domain.

    Question ids get the name of their file, as two files may use the same ids. Raises BadFile if the runs are of
    several models.
    """
    sentences: list[Sentence] = []
    runs: list[Run] = []
    for path in paths:
        if "marker" in first_object(path):
            name = plain_name(path).removesuffix(".jsonl").removesuffix(".sentences")
            for sentence in read_sentences(path):
                domain = name if by_file else sentence.domain
                sentences.append(
                    sentence.model_copy(update={"domain": domain, "question": f"{name} {sentence.question}"})
                )
        else:
            runs.append(read_run(path))
    models = sorted({run.model for run in runs} - {""})
    if len(models) > 1:
        raise BadFile(f"these are runs of several models ({', '.join(models)}): give the runs of one model.")
    records = []
    for run in runs:
        for record in run.records:
            domain = run.name if by_file else record.domain or UNNAMED
            records.append(replace(record, domain=domain, id=f"{run.name} {record.id}"))
    return sentences, records


def answer_accuracy(sentences: Sequence[Sentence]) -> dict[str, float]:
    """Share of the graded answers of each data set that are correct."""
    graded: dict[str, list[bool]] = defaultdict(list)
    for (domain, _, _), rows in by_answer(sentences).items():
        if rows[0].correct is not None:
            graded[domain].append(rows[0].correct)
    return {name: float(np.mean(right)) for name, right in sorted(graded.items())}


def sentence_cmfg(
    sentences: Sequence[Sentence], variant: Callable[[list[float], list[float]], float] = cmfg
) -> dict[str, float]:
    """cMFG of each data set, with the mean conf(s) of its sentences as an answer's confidence."""
    norms = decisiveness()
    answers: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for (domain, _, _), rows in by_answer(sentences).items():
        if all(row.marker in norms for row in rows):
            conf = [row.confidence for row in rows]
            answers[domain].append(
                (float(np.mean(conf)), faithfulness([norms[row.marker] for row in rows], conf))
            )
    scores = {
        name: estimate_of(lambda some=some: variant([sure for sure, _ in some], [f for _, f in some]))  # type: ignore[misc]
        for name, some in sorted(answers.items())
    }
    return {name: score.value for name, score in scores.items() if score.value is not None}


def measured(
    form: Form, items: Sequence[Item], min_count: int, seeds: Sequence[int], accuracy: Mapping[str, float],
    faithful: Mapping[str, float], numeric: Mapping[str, Any],
) -> Measured:  # fmt: skip
    """The markers and the seven metrics of one form, over one split into halves per seed."""
    metrics = halved_stability(
        items, form, seeds, accuracy=accuracy, cmfg=faithful, numeric=numeric, min_count=min_count
    )
    if not items:
        metrics = {name: Estimate(None, NOT_GIVEN[form]) for name in metrics}
    return Measured(form, marker_confidence(items, min_count) if items else {}, metrics)


def plain(measured: Measured) -> dict[str, Any]:
    """JSON-ready; if a marker ``denies`` its claim, both its value and its norm are about the denial."""
    markers = {
        name: {
            m: {
                "value": entry.mic,
                "n": entry.n,
                "interval": [entry.low, entry.high],
                "norm": decisiveness().get(m),
                "denies": denies(m),
            }
            for m, entry in some.items()
        }
        for name, some in measured.markers.items()
    }
    return {**plain_figures(measured.metrics), "markers": markers}
