"""The report section on annotations: inter-rater agreement, and the labels of each item."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from evaluation.reports.parts import Section, Table
from evaluation.reports.tables import two_lines
from study.analysis.agreement import Agreement, Rating, agreement

LABELS = ("correct", "wrong", "unsure")


def raters_section(rows: Sequence[Mapping[str, Any]], draws: int, seed: int) -> Section:
    """Agreement on both labels, and the labels of each item."""
    correct = [Rating(row["item"], row["participant"], row["label_correct"]) for row in rows]
    strength = [Rating(row["item"], row["participant"], row["label_strength"]) for row in rows]
    agreement_rows = [["label", "scale", "Krippendorff’s α", "agreeing pairs", "items", "raters", "labels"]]
    agreement_rows += [
        _agreed("correctness", agreement(correct, "nominal", LABELS, draws=draws, seed=seed)),
        _agreed("strength", agreement(strength, "interval", draws=draws, seed=seed)),
        _agreed("strength", agreement(strength, "ordinal", draws=draws, seed=seed)),
    ]
    notes = (
        "α = 1 − observed / expected disagreement: 1 if all agree, 0 if labels agree only by chance. Items with one label"
        " are left out.",
        "Agreeing pairs: share of rater pairs with the same label, not corrected for chance.",
    )
    items = [["item", "labels", *LABELS, "mean strength", "answer"]]
    for item in dict.fromkeys(row["item"] for row in rows):
        there = [row for row in rows if row["item"] == item]
        labels = Counter(row["label_correct"] for row in there if row["label_correct"])
        strengths = [row["label_strength"] for row in there if row["label_strength"] is not None]
        mean = f"{sum(strengths) / len(strengths):.0f}" if strengths else "–"
        truth = {True: "right", False: "wrong", None: "unknown"}[there[0]["ai_correct"]]
        items.append([item, str(labels.total()), *(str(labels[label]) for label in LABELS), mean, truth])
    lead = "Raters labelled the answers without seeing the model’s confidence."
    tables = [Table("Agreement", agreement_rows, notes), Table("Labels by item", items)]
    return Section("Inter-rater agreement", tables, lead=lead)


def _agreed(label: str, result: Agreement) -> list[str]:
    return [
        label,
        result.level,
        result.alpha.missing or two_lines(result.alpha, 2),
        two_lines(result.pairwise, 2),
        f"{result.items:,}",
        f"{result.raters:,}",
        f"{result.labels:,}",
    ]
