"""Confidence from the token probabilities in the scored span of a free answer."""

import math
from dataclasses import dataclass
from typing import ClassVar

from estimators.estimator import Estimator
from estimators.missing import Missing
from estimators.types import Answer, Evidence, Token


def answer_tokens(answer: Answer) -> tuple[Token, ...]:
    """All tokens of an answer; raises Missing if there are none."""
    if not answer.tokens:
        raise Missing(answer.missing or "the answer has no tokens")
    return answer.tokens


def scored_tokens(answer: Answer) -> tuple[Token, ...]:
    """The tokens in the scored span of an answer; raises Missing if there are none."""
    answer_tokens(answer)
    tokens = answer.judged_tokens
    if not tokens:
        raise Missing("the scored part of the answer has no token")
    return tokens


@dataclass(frozen=True, slots=True)
class SequenceProbability(Estimator):
    """Length-normalized sequence probability: exp(mean log p) over the scored tokens.

    Range 0 to 1; no further model call. Reference: Malinin & Gales (2021).

    >>> from estimators.types import Answer, Question
    >>> tokens = (Token("Rome", math.log(0.9)), Token(".", math.log(0.4)))
    >>> round(SequenceProbability()(Evidence(Question("?"), Answer("Rome.", tokens))).confidence, 4)  # √(.9 · .4)
    0.6
    """

    name: ClassVar[str] = "sequence_probability"
    title: ClassVar[str] = "Token probability"
    plain: ClassVar[str] = "Its words, on average"
    meaning: ClassVar[str] = (
        "A model picks each word from many: this is how sure it was of its picks, on average."
    )
    side: ClassVar[str] = "token"
    needs: ClassVar[tuple[str, ...]] = ("tokens",)

    def read(self, evidence: Evidence) -> float:
        tokens = scored_tokens(evidence.answer)
        return math.exp(math.fsum(token.logprob for token in tokens) / len(tokens))


@dataclass(frozen=True, slots=True)
class MinimumProbability(Estimator):
    """The lowest token probability in the scored span: min p.

    Range 0 to 1; no further model call. Reference: the minimum of the token
    probabilities that Malinin & Gales (2021) average.

    >>> from estimators.types import Answer, Question
    >>> tokens = (Token("Rome", math.log(0.9)), Token(".", math.log(0.4)))
    >>> round(MinimumProbability()(Evidence(Question("?"), Answer("Rome.", tokens))).confidence, 4)
    0.4
    """

    name: ClassVar[str] = "minimum_probability"
    title: ClassVar[str] = "Weakest token"
    plain: ClassVar[str] = "Its least likely word"
    meaning: ClassVar[str] = (
        "How sure the model was of its shakiest word: a high number means that it was sure of every word."
    )
    side: ClassVar[str] = "token"
    needs: ClassVar[tuple[str, ...]] = ("tokens",)

    def read(self, evidence: Evidence) -> float:
        return math.exp(min(token.logprob for token in scored_tokens(evidence.answer)))


def entropy(token: Token) -> float:
    """Shannon entropy in nats over a token's alternatives, with the remaining mass as one more bucket.

    >>> round(entropy(Token("a", math.log(0.5), (("a", math.log(0.5)), ("b", math.log(0.5))))), 4)
    0.6931
    """
    shares = [math.exp(logprob) for _, logprob in token.top]
    shares.append(max(0.0, 1.0 - math.fsum(shares)))
    return -math.fsum(share * math.log(share) for share in shares if share > 0.0)


@dataclass(frozen=True, slots=True)
class MeanEntropy(Estimator):
    """One minus the mean normalized token entropy: 1 − mean(H / ln(k + 1)), for k alternatives plus the rest.

    Range 0 to 1, uncalibrated; no further model call. Reference: the token
    entropy of Malinin & Gales (2021), over the returned alternatives.

    >>> from estimators.types import Answer, Question
    >>> even = tuple((text, math.log(1 / 4)) for text in ("a", "b", "c", "d"))  # H = ln 4, k + 1 = 5
    >>> tokens = (Token("a", math.log(1 / 4), even),)
    >>> round(MeanEntropy()(Evidence(Question("?"), Answer("a", tokens))).confidence, 4)  # 1 − ln 4 / ln 5
    0.1386
    """

    name: ClassVar[str] = "mean_entropy"
    title: ClassVar[str] = "Token entropy"
    plain: ClassVar[str] = "How clear its choice of words was"
    meaning: ClassVar[str] = (
        "How clear it was which word should come next, on average: 100 % means that only one seemed possible."
    )
    side: ClassVar[str] = "token"
    needs: ClassVar[tuple[str, ...]] = ("tokens",)

    def read(self, evidence: Evidence) -> float:
        tokens = scored_tokens(evidence.answer)
        shares = [entropy(token) / math.log(len(token.top) + 1) for token in tokens if token.top]
        if not shares:
            raise Missing("the server returned no alternative tokens")
        return min(1.0, max(0.0, 1.0 - math.fsum(shares) / len(shares)))
