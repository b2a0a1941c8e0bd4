"""Confidence from inside of the model: attention to the preceding token, and trained linear probes on hidden states."""

import math
from dataclasses import dataclass
from typing import ClassVar

from estimators.estimator import Estimator
from estimators.internals import Internals, Position
from estimators.missing import Missing, present
from estimators.types import Evidence

NEED = "internals"
NOT_READ = "attention weights and hidden states were not read for this answer"
ALPHA = 0.2  # weight of a token's own probability, as published for question answering
_SMALLEST = 1e-300


def _internals(evidence: Evidence) -> Internals:
    return present(evidence.internals, NOT_READ)


@dataclass(frozen=True, slots=True)
class RAUQ(Estimator):
    """Recurrent attention-based uncertainty (RAUQ), as exp(−u): the least confident layer's geometric mean.

    c_l(1) = p_1 and c_l(i) = α p_i + (1 − α) a_l(i) c_l(i − 1) with α = .2, where a_l(i) is the attention of token i to
    token i − 1 by the head of layer l whose mean over the answer is highest; u = max_l −(1/N) Σ_i ln c_l(i) over the
    middle third of the layers. Range 0 to 1, uncalibrated; one further pass over the answer, with no generated token,
    counted as a call; only on transformers. Reference: Vazhentsev et al. (2025), arXiv 2505.20045.

    >>> from estimators.types import Answer, Question
    >>> read = Internals((math.log(0.9), math.log(0.5)), {4: (0.6,)}, no_scores="no probe")
    >>> evidence = Evidence(Question("?"), Answer("Rome."), internals=read)
    >>> round(RAUQ()(evidence).confidence, 4)  # c = .9, then .2 · .5 + .8 · .6 · .9 = .532; √(.9 · .532)
    0.692
    """

    name: ClassVar[str] = "rauq"
    title: ClassVar[str] = "Attention and token probability (RAUQ)"
    plain: ClassVar[str] = "Its words, with doubt carried on"
    meaning: ClassVar[str] = (
        "How sure the model was of its words: doubt about one word also lowers the number for the words that "
        "build on it."
    )
    side: ClassVar[str] = "token"
    needs: ClassVar[tuple[str, ...]] = (NEED,)

    def read(self, evidence: Evidence) -> float:
        read = _internals(evidence)
        if read.no_attention:
            raise Missing(read.no_attention)
        return min(_mean_confidence(read.logprobs, weights) for weights in read.attention.values())


def _mean_confidence(logprobs: tuple[float, ...], attention: tuple[float, ...]) -> float:
    """The geometric mean of c(1) to c(N) of one layer."""
    confidence = math.exp(logprobs[0])
    logs = [math.log(max(confidence, _SMALLEST))]
    for logprob, weight in zip(logprobs[1:], attention, strict=True):
        confidence = ALPHA * math.exp(logprob) + (1 - ALPHA) * weight * confidence
        logs.append(math.log(max(confidence, _SMALLEST)))
    return math.exp(math.fsum(logs) / len(logs))


@dataclass(frozen=True, slots=True)
class HiddenState(Estimator):
    """A linear probe on a hidden state, σ(w · z + b), z the state of one layer, standardized as in its training.

    ``before``: the state after the last token of the prompt, before the model answers, which is P(I know). Else the state
    at the last scored token of the answer. The probe is trained on labelled answers of the same model
    (``python -m evaluation probe-train``). Range 0 to 1; one further pass over the answer, shared with RAUQ and counted
    as a call; only on transformers.
    References: Kadavath et al. (2022), arXiv 2207.05221; Azaria & Mitchell (2023), arXiv 2304.13734; Orgad et al. (2025),
    arXiv 2410.02707.

    >>> from estimators.internals import ProbeScore
    >>> from estimators.types import Answer, Question
    >>> read = Internals(no_attention="none", scores={"before": ProbeScore(0.0, "p"), "after": ProbeScore(2.0, "p")})
    >>> evidence = Evidence(Question("?"), Answer("Rome."), internals=read)
    >>> [round(HiddenState(before)(evidence).confidence, 4) for before in (True, False)]  # σ(0), σ(2)
    [0.5, 0.8808]
    """

    before: bool

    side: ClassVar[str] = "token"
    needs: ClassVar[tuple[str, ...]] = (NEED,)

    @property
    def name(self) -> str:
        return f"hidden_state_{self.position}"

    @property
    def title(self) -> str:
        return f"Hidden state, {'before' if self.before else 'after'} answering"

    @property
    def plain(self) -> str:
        return f"A look inside, {'before' if self.before else 'after'} answering"

    @property
    def meaning(self) -> str:
        when = "Before" if self.before else "After"
        return f"{when} the answer, a small program looked inside the model and guessed how likely it is to be right."

    @property
    def position(self) -> Position:
        """Where the state is read."""
        return "before" if self.before else "after"

    def read(self, evidence: Evidence) -> float:
        read = _internals(evidence)
        if read.no_scores:
            raise Missing(read.no_scores)
        score = present(read.scores.get(self.position), "the trained probe does not read this state").value
        return 1.0 / (1.0 + math.exp(-score)) if score >= 0 else math.exp(score) / (1.0 + math.exp(score))
