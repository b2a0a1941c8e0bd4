"""Uncertainty and fidelity: how much the samples scatter, and how firmly the model keeps each of them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from estimators.estimator import Estimator
from estimators.missing import Missing, present
from estimators.parsing.candidates import candidates
from estimators.parsing.options import find_choice
from estimators.signals.multiple_choice import NO_CHOICE
from estimators.types import Evidence, FidelityChain

Reading = Literal["leftmost", "rightmost", "last"]
TAU = 2.0
TITLES: Mapping[Reading, str] = {
    "leftmost": "",
    "rightmost": ", chain reversed",
    "last": ", replaced last",
}
WEIGHTINGS: Mapping[Reading, str] = {
    "leftmost": "",
    "rightmost": "; the answer that it ends with counts most",
    "last": "; the answer that it switches to first counts most",
}


@dataclass(frozen=True, slots=True)
class UncertaintyFidelity:
    """The results of the method for one question, by letter."""

    uncertainty: float  # 0 (unanimous) to 1
    fidelity: Mapping[str, float]  # Σ = 1
    confidence: Mapping[str, float]  # Σ = 1 − uncertainty


def chain_weights(chain: FidelityChain, reading: Reading = "leftmost") -> tuple[float, ...]:
    """The weight of every element of a fidelity chain: τ^i / Σ_j τ^j, i counted from the right, τ = 2.

    ``reading`` orders the chain A → C → D, whose replaced answer is A = ``labels[0]``: ``leftmost`` A, C, D;
    ``rightmost`` D, C, A; ``last`` C, D, A.

    >>> chain_weights(FidelityChain(("A", "C", "D")))
    (0.5714285714285714, 0.2857142857142857, 0.14285714285714285)
    >>> chain_weights(FidelityChain(("A", "C")), "rightmost")
    (0.3333333333333333, 0.6666666666666666)
    >>> [round(7 * weight) for weight in chain_weights(FidelityChain(("A", "C", "D")), "last")]
    [1, 4, 2]
    """
    n = len(chain.labels)
    total = math.fsum(TAU**i for i in range(1, n + 1))
    weights = tuple(TAU**i / total for i in range(n, 0, -1))
    if reading == "rightmost":
        return weights[::-1]
    return weights if reading == "leftmost" else (weights[-1], *weights[:-1])


def uncertainty_fidelity(evidence: Evidence, reading: Reading = "leftmost") -> UncertaintyFidelity:
    """Uncertainty, fidelity and confidence of every candidate; raises Missing without samples, groups or chains.

    Uncertainty = −Σ p ln p / ln M over the candidates' shares, for M options (a free
    question has M = K samples). As published, this also holds for K < M, so fewer
    samples than options never reach 1. F(x) = Σ over chains p(first of chain) · weight
    of x in it; Conf(x) = (1 − Uncertainty) · F(x).
    Reference: Zhang et al. (2024), arXiv 2404.02655.
    """
    if not evidence.samples:
        raise Missing("no samples were drawn")
    if not evidence.groups:
        raise Missing(evidence.ungrouped or "no sample could be read as an answer")
    shares = {candidate.label: candidate.share for candidate in candidates(evidence)}
    size = len(evidence.options) or sum(map(len, evidence.groups))
    if size < 2:
        raise Missing("at least two samples are needed")
    chains = {chain.labels[0]: chain for chain in evidence.chains if not chain.truncated}
    if set(chains) != set(shares):
        raise Missing("the fidelity chains are incomplete")
    fidelity: dict[str, float] = {}
    for first, chain in chains.items():
        for label, weight in zip(chain.labels, chain_weights(chain, reading), strict=True):
            fidelity[label] = fidelity.get(label, 0.0) + shares[first] * weight
    spread = -math.fsum(p * math.log(p) for p in shares.values()) / math.log(size)
    uncertainty = min(1.0, max(0.0, spread))
    confidence = {label: min(1.0, (1 - uncertainty) * share) for label, share in fidelity.items()}
    return UncertaintyFidelity(uncertainty, fidelity, confidence)


@dataclass(frozen=True, slots=True)
class UFConfidence(Estimator):
    """UF confidence of the shown answer: (1 − Uncertainty) · F(shown); 0 if no sample agrees with it.

    Range 0 to 1; K samples, plus at most M − 1 short calls (free question: M) for each distinct one.
    Reference: Zhang et al. (2024), arXiv 2404.02655.

    >>> from estimators.types import Answer, Question
    >>> samples = tuple(Answer(text) for text in ("A", "A", "A", "B"))
    >>> chains = (FidelityChain(("A",)), FidelityChain(("B", "A")))
    >>> evidence = Evidence(
    ...     Question("?\\nA. bee\\nB. dog"), samples[0], ("bee", "dog"),
    ...     samples=samples, groups=((0, 1, 2), (3,)), shown_group=0, chains=chains,
    ... )
    >>> round(UFConfidence()(evidence).confidence, 4)  # (1 − .8113) · (.75 + .25 · 1/3)
    0.1573
    """

    reading: Reading = "leftmost"
    side: ClassVar[str] = "sample"
    needs: ClassVar[tuple[str, ...]] = ("samples", "chains")

    @property
    def name(self) -> str:
        return "uf" if self.reading == "leftmost" else f"uf_{self.reading}"

    @property
    def title(self) -> str:
        return "Uncertainty and fidelity" + TITLES[self.reading]

    @property
    def plain(self) -> str:
        return "Whether it sticks to its answer"

    @property
    def meaning(self) -> str:
        weighting = WEIGHTINGS[self.reading]
        return (
            "High if its further answers agree, and if the model also sticks to this one when it is told that the others "
            f"are wrong{weighting}."
        )

    def read(self, evidence: Evidence) -> float:
        result = uncertainty_fidelity(evidence, self.reading)
        if evidence.options:
            present(find_choice(evidence.answer.text, evidence.options), NO_CHOICE)
        shown = next((candidate.label for candidate in candidates(evidence) if candidate.shown), None)
        return result.confidence.get(shown, 0.0) if shown else 0.0
