"""Confidence from further samples: how many agree with the answer, and how much they agree with each other."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from estimators.estimator import Estimator
from estimators.missing import Missing, present
from estimators.parsing.options import find_choice
from estimators.signals.multiple_choice import NO_CHOICE
from estimators.types import Evidence


def _group_sizes(evidence: Evidence) -> tuple[int, ...]:
    """The number of samples per meaning; raises Missing if it is unknown."""
    if not evidence.samples:
        raise Missing("no samples were drawn")
    if not any(evidence.groups):
        raise Missing(evidence.ungrouped or "the samples were not grouped by meaning")
    return tuple(map(len, evidence.groups))


def entropy_confidence(sizes: Sequence[int], options: int = 0) -> float:
    """1 − H / ln min(K, M) for groups of these sizes, K = Σ sizes, M options (0: free question, M = K).

    Raises Missing for fewer than two samples or options.

    >>> entropy_confidence([2, 2], options=2), entropy_confidence([2, 2])
    (0.0, 0.5)
    """
    total = sum(sizes)
    if total < 2:
        raise Missing("at least two samples are needed")
    most = min(total, options or total)
    if most < 2:
        raise Missing("the question has only one option")
    entropy = math.fsum(size / total * math.log(total / size) for size in sizes if size)
    return min(1.0, max(0.0, 1.0 - entropy / math.log(most)))


@dataclass(frozen=True, slots=True)
class SelfConsistency(Estimator):
    """Share of the grouped samples that agree with the shown answer: n(shown) / K; 0 if none does.

    Range 0 to 1; K more model calls. For multiple choice a group is an option;
    a sample that picks none is left out. Reference: Wang et al. (2023).

    >>> from estimators.types import Answer, Question
    >>> samples = tuple(Answer(text) for text in ("Rome", "Milan", "It is Rome."))
    >>> SelfConsistency()(
    ...     Evidence(Question("?"), samples[0], samples=samples, groups=((0, 2), (1,)), shown_group=1)
    ... ).confidence
    0.3333333333333333
    """

    name: ClassVar[str] = "self_consistency"
    title: ClassVar[str] = "Self-consistency"
    plain: ClassVar[str] = "How often it says the same"
    meaning: ClassVar[str] = (
        "The model answered the same question several more times: this share of those answers says the same as this one."
    )
    side: ClassVar[str] = "sample"
    needs: ClassVar[tuple[str, ...]] = ("samples",)

    def read(self, evidence: Evidence) -> float:
        sizes = _group_sizes(evidence)
        if evidence.options:
            present(find_choice(evidence.answer.text, evidence.options), NO_CHOICE)
        shown = evidence.shown_group
        agreeing = sizes[shown] if shown is not None and 0 <= shown < len(sizes) else 0
        return agreeing / sum(sizes)


@dataclass(frozen=True, slots=True)
class SemanticEntropy(Estimator):
    """One minus the normalized entropy over the meanings of the samples: 1 − H / ln min(K, M), H = −Σ q ln q.

    q is the share of a meaning among K grouped samples; a question with M options
    has M possible meanings, a free one as many as samples. Range 0 (maximal scatter)
    to 1 (unanimous); uncalibrated; it measures the question rather than a particular
    answer. K more model calls. References: Kuhn, Gal & Farquhar (2023); with shares
    from counts as in Farquhar et al. (2024).

    >>> from estimators.types import Answer, Question
    >>> samples = tuple(Answer(text) for text in ("Rome", "Milan"))
    >>> SemanticEntropy()(Evidence(Question("?"), samples[0], samples=samples, groups=((0, 1),))).confidence
    1.0
    """

    name: ClassVar[str] = "semantic_entropy"
    title: ClassVar[str] = "Semantic entropy"
    plain: ClassVar[str] = "How much its samples agree"
    meaning: ClassVar[str] = (
        "The model answered the same question several more times: 100 % means that all these answers say the same, "
        "0 % that each says something else."
    )
    side: ClassVar[str] = "sample"
    needs: ClassVar[tuple[str, ...]] = ("samples",)

    def read(self, evidence: Evidence) -> float:
        return entropy_confidence(_group_sizes(evidence), len(evidence.options))
