"""The agreement of the samples joined with another signal: with the token probability, or with the stated number."""

import math
from dataclasses import dataclass
from typing import ClassVar

from estimators.estimator import Estimator
from estimators.missing import Missing
from estimators.signals.consistency import SelfConsistency
from estimators.signals.token_probability import SequenceProbability
from estimators.signals.verbalized import NumericConfidence
from estimators.types import Evidence

TWO = 2  # samples are enough


@dataclass(frozen=True, slots=True)
class CoCoA(Estimator):
    """The model's uncertainty times the samples' mean dissimilarity to the shown answer, as exp(−u · d).

    u = −mean log p over the scored tokens, in nats; d = mean of 1 − s over the samples, s = 1 for a sample that means
    the same as the shown answer (for multiple choice: picks its option), else 0. So it is the sequence probability to
    the power of d, and 1 if all samples agree. The published score is u · d, which gives the same order; it takes a
    graded s from a cross-encoder. Range 0 to 1, uncalibrated; K more model calls, the samples.
    Reference: Vashurin et al. (2025), arXiv 2502.04964.

    >>> from estimators.types import Answer, Question, Token
    >>> shown = Answer("Rome.", (Token("Rome", math.log(0.9)), Token(".", math.log(0.4))))  # exp(−u) = .6
    >>> samples = tuple(Answer(text) for text in ("Rome", "Milan"))  # d = 1/2
    >>> evidence = Evidence(Question("?"), shown, samples=samples, groups=((0,), (1,)), shown_group=0)
    >>> round(CoCoA()(evidence).confidence, 4)  # √.6
    0.7746
    """

    name: ClassVar[str] = "cocoa"
    title: ClassVar[str] = "Token probability × disagreement (CoCoA)"
    plain: ClassVar[str] = "Its words and its further answers"
    meaning: ClassVar[str] = (
        "How sure the model was of its words, where doubt about a word matters less if its further answers agree "
        "with this one."
    )
    side: ClassVar[str] = "sample"
    needs: ClassVar[tuple[str, ...]] = ("samples", "tokens")

    def read(self, evidence: Evidence) -> float:
        dissimilarity = 1.0 - SelfConsistency().read(evidence)
        return math.pow(SequenceProbability().read(evidence), dissimilarity)


@dataclass(frozen=True, slots=True)
class SamplesAndNumber(Estimator):
    """The mean of the samples' agreement and the stated number: (n(shown) / K + number / 100) / 2.

    Published with K = 2, which is enough; with more samples this is the mean over all pairs of them. Range 0 to 1,
    uncalibrated; K more model calls for the samples and one for the number.
    Reference: Del et al. (2026), arXiv 2603.19118, where each sample states a number; here the shown answer does.

    >>> from estimators.types import Answer, Probe, Question
    >>> samples = tuple(Answer(text) for text in ("Rome", "Milan"))
    >>> evidence = Evidence(
    ...     Question("?"), Answer("Rome"), probes={"numeric": Probe("numeric", (), Answer("90"))},
    ...     samples=samples, groups=((0,), (1,)), shown_group=0,
    ... )
    >>> round(SamplesAndNumber()(evidence).confidence, 4)  # (1/2 + .9) / 2
    0.7
    """

    name: ClassVar[str] = "samples_and_number"
    title: ClassVar[str] = "Samples and stated number"
    plain: ClassVar[str] = "Its further answers and the certainty it states"
    meaning: ClassVar[str] = (
        "The average of two numbers: how often further answers say the same, and how sure the model said it is."
    )
    side: ClassVar[str] = "sample"
    needs: ClassVar[tuple[str, ...]] = ("samples", NumericConfidence.probe)

    def read(self, evidence: Evidence) -> float:
        agreement = SelfConsistency().read(evidence)
        if sum(map(len, evidence.groups)) < TWO:
            raise Missing("at least two samples are needed")
        return (agreement + NumericConfidence().read(evidence)) / 2
