"""Measures how well answers are compared by meaning, on pairs labelled by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from chains.meaning.embedding import Embeds
from chains.meaning.semantic_clustering import Comparison, compare
from chains.progress import SLOW, tracked
from evaluation.validation.intervals import wilson_interval
from files.json_lines import numbered_objects

LABELLED = Path(__file__).with_name("labelled")
SETS = ("meaning_constructed", "meaning_real")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two answers to one question, and whether a reader says that they mean the same."""

    id: str
    question: str
    a: str
    b: str
    same: bool


@dataclass(frozen=True, slots=True)
class PairScore:
    """How often the method agrees with the labels of one set."""

    name: str
    n: int
    right: int
    accuracy: float
    low: float  # Wilson, 95 %
    high: float
    precision: float | None  # of "same"; None if there was no such verdict
    recall: float | None
    embeddings_alone: float  # accuracy of the plain cosine at the best threshold for these pairs
    wrong: tuple[str, ...]


def read_pairs(path: Path) -> tuple[Pair, ...]:
    """The pairs of a file, one JSON object per line; a missing id is the line's number."""
    return tuple(
        Pair(str(row.get("id", number)), row.get("question", ""), row["a"], row["b"], bool(row["same"]))
        for number, row in numbered_objects(path)
    )


def best_threshold(similarity: Sequence[float], same: Sequence[bool]) -> tuple[float, float]:
    """The threshold with the highest accuracy, and that accuracy; on a tie, the middle of the widest gap.

    >>> best_threshold([0.1, 0.3, 0.7], [False, False, True])
    (0.5, 1.0)
    """
    values, labels = np.array(similarity), np.array(same)
    edges = np.unique(np.concatenate(([-1.0], values, [1.0])))
    cuts = [
        (float((labels == (values >= (a + b) / 2)).mean()), float(b - a), float(a + b) / 2)
        for a, b in pairwise(edges)
    ]
    accuracy, _, threshold = max(cuts)
    return threshold, accuracy


def score(
    name: str, pairs: Sequence[Pair], verdicts: Sequence[Comparison], cosines: Sequence[float]
) -> PairScore:
    """The figures of one set of pairs; raises ValueError without pairs."""
    if not pairs:
        raise ValueError(f"{name}: no pairs to score")
    right = sum(pair.same == verdict.same for pair, verdict in zip(pairs, verdicts, strict=True))
    both = sum(pair.same and verdict.same for pair, verdict in zip(pairs, verdicts, strict=True))
    said_same, true = sum(verdict.same for verdict in verdicts), sum(pair.same for pair in pairs)
    low, high = wilson_interval(right, len(pairs))
    return PairScore(
        name,
        len(pairs),
        right,
        right / len(pairs),
        low,
        high,
        both / said_same if said_same else None,
        both / true if true else None,
        best_threshold(cosines, [pair.same for pair in pairs])[1],
        tuple(
            f"{pair.id}: said {'same' if verdict.same else 'different'} ({verdict.reason}, {verdict.similarity:.2f}): "
            f"{pair.question} | {pair.a} | {pair.b}"
            for pair, verdict in zip(pairs, verdicts, strict=True)
            if pair.same != verdict.same
        ),
    )


def compare_all(pairs: Sequence[Pair], embedder: Embeds) -> tuple[list[Comparison], list[float]]:
    """The method's verdict on every pair, and the plain cosine of its two texts."""
    verdicts = [
        compare(pair.a, pair.b, question=pair.question, embedder=embedder)
        for pair in tracked(pairs, "comparing", "pairs", after=SLOW)
    ]
    ours, theirs = (embedder.embed([getattr(pair, side) for pair in pairs]) for side in ("a", "b"))
    return verdicts, [float(cosine) for cosine in np.sum(ours * theirs, axis=1)]


def choose_threshold(pairs: Sequence[Pair], verdicts: Sequence[Comparison]) -> str:
    """The best threshold for the pairs that similarity decides, with its leave-one-out accuracy."""
    open_pairs = [
        (verdict.similarity, pair.same)
        for pair, verdict in zip(pairs, verdicts, strict=True)
        if verdict.by == "similarity"
    ]
    held = [
        (best_threshold(*zip(*(open_pairs[:i] + open_pairs[i + 1 :]), strict=True))[0] <= value) == same
        for i, (value, same) in enumerate(open_pairs)
    ]
    threshold, accuracy = best_threshold(*zip(*open_pairs, strict=True))
    return (
        f"threshold {threshold:.3f} is right on {accuracy:.1%} of the {len(held)} pairs that similarity decides; "
        f"leave-one-out: {sum(held) / len(held):.1%}"
    )


def lines(result: PairScore, errors: bool = False) -> list[str]:
    """A score as lines of text."""
    precision, recall = (
        "no such verdict" if value is None else f"{value:.3f}" for value in (result.precision, result.recall)
    )
    return [
        f"{result.name}: n = {result.n}, accuracy {result.accuracy:.3f} (95 % {result.low:.3f} to {result.high:.3f}), "
        f"precision of same {precision}, recall {recall}; embeddings alone {result.embeddings_alone:.3f}",
        *(result.wrong if errors else ()),
    ]
