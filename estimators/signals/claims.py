"""Scores a long answer sentence by sentence: token probability, P(True) and markers of each claim."""

import math
from dataclasses import dataclass
from typing import ClassVar

from estimators.estimator import Estimator
from estimators.markers.matcher import find_markers
from estimators.missing import Missing
from estimators.parsing.label_probs import true_share
from estimators.signals.verbalized import NOT_ASKED
from estimators.types import Answer, Claim, Evidence, MarkerMatch

P_TRUE = "p_true_claim"
P_TRUE_THIRD = "p_true_claim_third"
CLAIM_PROBES = {
    "claims": P_TRUE,
    "claims_third": P_TRUE_THIRD,
}  # what an estimator needs → the probe of each claim


@dataclass(frozen=True, slots=True)
class ClaimReading:
    """One claim with its confidences, each None if missing."""

    text: str
    span: tuple[int, int]
    tokens: float | None  # exp(mean log p) over its tokens
    minimum: float | None  # min p over its tokens
    p_true: (
        float | None
    )  # p(True) / (p(True) + p(False)), asked in third person, or else in the model's own turn
    markers: tuple[MarkerMatch, ...]  # positions are those in the full answer

    @property
    def confidence(self) -> float | None:
        """P(True) if available, else the token probability."""
        return self.p_true if self.p_true is not None else self.tokens


def claim_readings(evidence: Evidence) -> tuple[ClaimReading, ...]:
    """The readings of all claims, in text order."""
    markers = find_markers(evidence.answer.text)
    return tuple(_reading(evidence.answer, claim, markers) for claim in evidence.claims)


def _reading(answer: Answer, claim: Claim, markers: tuple[MarkerMatch, ...]) -> ClaimReading:
    start, end = claim.span
    logprobs = [token.logprob for token in answer.tokens_in(start, end)]
    own = _p_true(claim, P_TRUE)
    return ClaimReading(
        text=answer.text[start:end],
        span=claim.span,
        tokens=math.exp(math.fsum(logprobs) / len(logprobs)) if logprobs else None,
        minimum=math.exp(min(logprobs)) if logprobs else None,
        p_true=own if (third := _p_true(claim, P_TRUE_THIRD)) is None else third,
        markers=tuple(marker for marker in markers if start <= marker.start and marker.end <= end),
    )


def _p_true(claim: Claim, name: str) -> float | None:
    probe = claim.probes.get(name)
    try:
        return true_share(probe.reply) if probe else None
    except Missing:
        return None


def weakest_claim(evidence: Evidence) -> ClaimReading | None:
    """The claim with the lowest confidence (ties go to the first); None if no claim has a confidence."""
    readings = [reading for reading in claim_readings(evidence) if reading.confidence is not None]
    return min(readings, key=lambda reading: reading.confidence or 0.0, default=None)


@dataclass(frozen=True, slots=True)
class WeakestClaim(Estimator):
    """The smallest P(True) over the claims (sentences) of a long answer: min_i p(True | claim i).

    An answer is right only if all its claims are, so it is at most as certain as its weakest one. They are asked
    about in the model's own turn, or in the third person, where answer and claim are quoted as a language model's.
    Range 0 to 1; one short call per claim. References: P(True) is that of Kadavath et al. (2022), arXiv 2207.05221;
    third person as in arXiv 2606.03437.

    >>> from estimators.types import Message, Probe, Question, Token
    >>> def asked(p):  # the reply to "is this sentence true?"
    ...     top = (("True", math.log(p)), ("False", math.log(1 - p)))
    ...     return {P_TRUE: Probe(P_TRUE, (Message("user", "?"),), Answer("True", (Token("True", math.log(p), top),)))}
    >>> text = "It is Rome. Rome is old."
    >>> evidence = Evidence(
    ...     Question("?"), Answer(text), claims=(Claim((0, 11), asked(0.9)), Claim((12, 24), asked(0.7)))
    ... )
    >>> round(WeakestClaim()(evidence).confidence, 4)
    0.7
    """

    third: bool = False
    side: ClassVar[str] = "verbal"

    @property
    def name(self) -> str:
        return "weakest_claim_third" if self.third else "weakest_claim"

    @property
    def title(self) -> str:
        return "Weakest sentence" + (", third person" if self.third else "")

    @property
    def plain(self) -> str:
        return "Its least sure sentence"

    @property
    def meaning(self) -> str:
        seen = ", shown as somebody else's," if self.third else ""
        return f"The model was asked of each sentence{seen} whether it is true: this is the one that it believed least."

    @property
    def needs(self) -> tuple[str, ...]:
        return ("claims_third",) if self.third else ("claims",)

    def read(self, evidence: Evidence) -> float:
        if not evidence.claims:
            raise Missing("the answer is too short to score sentence by sentence")
        (probe,) = (CLAIM_PROBES[need] for need in self.needs)
        if not any(probe in claim.probes for claim in evidence.claims):
            raise Missing(NOT_ASKED)
        figures = [_p_true(claim, probe) for claim in evidence.claims]
        readable = [figure for figure in figures if figure is not None]
        if len(readable) < len(figures):
            raise Missing(f"{len(figures) - len(readable)} of {len(figures)} sentences got no True or False")
        return min(readable)
