"""The tables of marker stability that stand beside the published ones, and where the sentences come from."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from chains.progress import SLOW, tracked
from estimators.markers.mic import MarkerConfidence
from evaluation.metrics import Estimate, Item
from evaluation.metrics.markers.mic_published import FIGURE_1, mic_stability_published
from evaluation.metrics.markers.stability import Form, split_items
from evaluation.metrics.markers.stability_published import COLUMNS, PUBLISHED
from evaluation.mic.sentences import read_sentences
from evaluation.reports.tables import ABSENT, cell, number
from evaluation.scoring.marker_scores import over_halves
from files.json_lines import first_object
from files.text import plain_name

SENTENCES = ".sentences.jsonl"


def source_rows(paths: Sequence[Path]) -> list[list[str]]:
    """Each file of sentences with the counts of its measurement (NAME.json beside it, if there) and its checksum."""
    rows = [["data set", "model", "questions", "replies", "sentences", "claim nothing", "prompt tokens",
             "of which evaluated", "sha256 of the sentences"]]  # fmt: skip
    for path in paths:
        if "marker" not in first_object(path):
            continue
        name = plain_name(path).removesuffix(".jsonl").removesuffix(".sentences")
        sentences = read_sentences(path)
        record = _measurement(path)
        counts, cost = record.get("counts", {}), record.get("cost", {})
        asked = record.get("questions", {})
        file = f" ({asked['name']})" if "name" in asked else ""
        questions = asked.get("n", len({sentence.question for sentence in sentences}))
        replies = len({(sentence.question, sentence.seed) for sentence in sentences})
        figures = (
            questions, cost.get("replies", replies), counts.get("sentences", len(sentences)), counts.get("claims_nothing"),
            cost.get("prompt_tokens"), cost.get("evaluated_tokens"),
        )  # fmt: skip
        shown = [ABSENT if figure is None else f"{figure:,}" for figure in figures]
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        rows.append([name + file, str(record.get("model", ABSENT)), *shown, digest[:16]])
    return rows


def _measurement(path: Path) -> dict[str, Any]:
    """What `mic` wrote beside the sentences; empty if it is not there."""
    try:
        record = json.loads(
            path.with_name(path.name.removesuffix(SENTENCES) + ".json").read_text(encoding="utf-8")
        )
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def authors_rows(
    items: Sequence[Item],
    seeds: Sequence[int],
    min_count: int,
    accuracy: Mapping[str, float],
    cmfg: Mapping[str, float],
) -> list[list[str]]:
    """Every figure on MIC as the authors' code computes it, with ``<no_hedge>`` and without."""
    columns = []
    for hedged_only in (False, True):
        halves = [
            mic_stability_published(
                *split_items(items, seed=seed),
                accuracy=accuracy,
                cmfg=cmfg,
                hedged_only=hedged_only,
                min_count=min_count,
            )
            for seed in tracked(seeds, "splitting the questions", "splits", after=SLOW)
        ]
        columns.append({name: over_halves([half[name] for half in halves]) for name in halves[0]})
    rows = [["MIC, authors' code", "all markers", "without <no_hedge>"]]
    return [*rows, *([name, *(cell(column[name]) for column in columns)] for name in columns[0])]


def metric_rows(metrics: Mapping[Form, Mapping[str, Estimate]]) -> list[list[str]]:
    """The seven metrics in all three forms, one column each, with the published mean over seven models."""
    names = [("I-AvgMAE", "I-AvgECE"), ("C-AvgMAE", "C-AvgECE"), *((name, name) for name in
             ("I-AvgCV", "C-AvgCV", "MRC", "MAC", "MCC", "NumECE"))]  # fmt: skip
    rows = [["metric", "with MIC", "with accuracy", "with accuracy, authors' code", "published, accuracy"]]
    mean = PUBLISHED["mean of all seven"]
    for mic, right in names:
        cells = [cell(metrics[form].get(mic if form == "mic" else right)) for form in metrics]
        title = mic if mic == right else f"{mic}, {right}"
        rows.append([title, *cells, number(mean[right]) if right in mean else ABSENT])
    return rows


def figure_rows(markers: Mapping[str, Mapping[str, MarkerConfidence]]) -> list[list[str]]:
    """MIC of the markers in the paper's figure 1, next to its figures on TruthfulQA and PopQA."""
    rows = [["Liu & Cohan 2026, figure 1", "published, TruthfulQA", "published, PopQA", *markers]]
    for marker, published in FIGURE_1.items():
        entries = [data_set.get(marker) for data_set in markers.values()]
        ours = [ABSENT if entry is None or entry.mic is None else number(entry.mic, 2) for entry in entries]
        rows.append([marker, *(number(value, 2) for value in published), *ours])
    return rows


def published_rows(ours: Mapping[str, Estimate]) -> list[list[str]]:
    """The published rows of the accuracy form, then this model's row as the authors' code computes it."""
    rows = [["Liu et al. 2025", *COLUMNS]]
    rows += [[model, *(number(row[name], 4) for name in COLUMNS)] for model, row in PUBLISHED.items()]
    figures = (ours[name].value for name in COLUMNS)
    return [*rows, ["this model", *(ABSENT if value is None else number(value, 4) for value in figures)]]
