"""Which answers to a question mean the same: comparing two, and clustering many."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from chains.meaning.embedding import Embeds
from estimators.text.content_words import lead, without_doubt
from estimators.text.equivalence_rules import difference, same_by_facts

# Chosen on the constructed pairs that no rule decides (evaluation/validation/labelled/meaning_constructed.jsonl):
# `python -m evaluation.validation.equivalence --threshold` shows the choice and its cross-validation.
SAME_FROM = 0.64


@dataclass(frozen=True, slots=True)
class Comparison:
    """How two answers compare."""

    same: bool
    similarity: float  # cosine of what they add to the question, −1 to 1
    reason: str  # in words, for people
    by: Literal["words", "facts", "similarity"]  # what decided


def compare(a: str, b: str, *, question: str = "", embedder: Embeds) -> Comparison:
    """Compare two answers to a question: first their facts, then the similarity of what they add to it."""
    vectors = _embedded((a, b), question, embedder)
    return _compared(a, b, question, float(vectors[a] @ vectors[b]))


def group(texts: Sequence[str], *, question: str = "", embedder: Embeds) -> tuple[tuple[int, ...], ...]:
    """Indices of the texts grouped by meaning, the largest group first, then by first index.

    Average linkage: two groups are merged while at least half of the pairs
    between them mean the same, the best-linked two first. Each distinct text is
    embedded once and counts once, so duplicates and the order of the texts do not
    change the groups.
    """
    distinct = sorted(set(texts))
    vectors = _embedded(distinct, question, embedder)
    links = {
        (a, b): _compared(a, b, question, float(vectors[a] @ vectors[b]))
        for a, b in combinations(distinct, 2)
    }
    clusters: list[tuple[str, ...]] = [(text,) for text in distinct]
    while len(clusters) > 1:
        strength, first, second = max(
            ((_linked(links, a, b), a, b) for a, b in combinations(clusters, 2)), key=lambda link: link[0]
        )
        if strength[0] < 0.5:
            break
        clusters = [cluster for cluster in clusters if cluster not in (first, second)]
        clusters.append(tuple(sorted(first + second)))
        clusters.sort()
    groups = (tuple(i for i, text in enumerate(texts) if text in cluster) for cluster in clusters)
    return tuple(sorted(groups, key=lambda group: (-len(group), group)))


def _linked(
    links: Mapping[tuple[str, str], Comparison], a: tuple[str, ...], b: tuple[str, ...]
) -> tuple[float, float]:
    """The share of pairs between two clusters that mean the same, and their mean similarity (for ties)."""
    pairs = [links[min(x, y), max(x, y)] for x in a for y in b]
    share = sum(pair.same for pair in pairs) / len(pairs)
    return share, round(sum(pair.similarity for pair in pairs) / len(pairs), 6)


def _embedded(texts: Sequence[str], question: str, embedder: Embeds) -> dict[str, NDArray[np.floating]]:
    """The vector of what each text adds to the question, or of the whole text if that is nothing."""
    additions = {text: lead(text, question) or without_doubt(text).strip() or text for text in texts}
    distinct = sorted(set(additions.values()))
    vectors = dict(zip(distinct, embedder.embed(distinct) if distinct else (), strict=True))
    return {text: vectors[addition] for text, addition in additions.items()}


def _compared(a: str, b: str, question: str, cosine: float) -> Comparison:
    similarity = min(1.0, max(-1.0, cosine))
    if a.split() == b.split():
        return Comparison(True, similarity, "the same words", "words")
    if reason := difference(a, b, question):
        return Comparison(False, similarity, reason, "facts")
    if same_by_facts(a, b, question):
        return Comparison(True, similarity, "the same answer in other words", "facts")
    same = similarity >= SAME_FROM
    return Comparison(same, similarity, "close in meaning" if same else "not close in meaning", "similarity")
