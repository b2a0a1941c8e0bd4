"""Confidence in the chosen option, from the token of its letter."""

import math
from dataclasses import dataclass
from typing import ClassVar

from estimators.estimator import Estimator
from estimators.missing import Missing, present
from estimators.parsing.label_probs import LABEL_MASS, bare, first_content, max_over_forms
from estimators.parsing.options import LABELS, find_choice
from estimators.percent import percent
from estimators.signals.token_probability import answer_tokens
from estimators.types import Evidence, Token

NO_OPTIONS = "the question lists no options"
NO_CHOICE = "the answer names no option"


def _choice(evidence: Evidence) -> tuple[int, Token]:
    """The shown option and the token that names it; raises Missing if there is none."""
    if not evidence.options:
        raise Missing(NO_OPTIONS)
    tokens = answer_tokens(evidence.answer)
    index, (start, _) = present(find_choice(evidence.answer.text, evidence.options), NO_CHOICE)
    position = 0
    for token in tokens:
        position += len(token.text)
        if position > start:
            return index, token
    raise Missing(NO_CHOICE)


@dataclass(frozen=True, slots=True)
class InternalConfidence(Estimator):
    """Internal confidence P_IC of the shown option: P_shown / Σ_O P_O.

    P_O = max p(token) over the surface forms of option O's label, at the first
    content token of the answer; a label outside the returned alternatives
    counts as 0; missing if Σ_O P_O < 0.5. Range 0 to 1; no further model call.
    Reference: Kumar et al. (2024), arXiv 2405.16282.

    >>> from estimators.types import Answer, Question
    >>> top = (("B", math.log(0.6)), ("A", math.log(0.2)), (" B", math.log(0.1)))
    >>> given = Answer("B", (Token("B", math.log(0.6), top),))
    >>> evidence = Evidence(Question("?\\nA. dog\\nB. bee"), given, ("dog", "bee"))
    >>> round(InternalConfidence()(evidence).confidence, 4)  # .6 / (.6 + .2)
    0.75
    """

    name: ClassVar[str] = "p_ic"
    title: ClassVar[str] = "Internal confidence"
    plain: ClassVar[str] = "Its letter against the others"
    meaning: ClassVar[str] = (
        "How strongly the model preferred its letter to those of the other options: 100 % means that no other had a chance."
    )
    side: ClassVar[str] = "token"
    needs: ClassVar[tuple[str, ...]] = ("tokens", "options")

    def read(self, evidence: Evidence) -> float:
        index, _ = _choice(evidence)
        return self.read_options(evidence)[index]

    def read_options(self, evidence: Evidence) -> tuple[float, ...]:
        _, letter = _choice(evidence)
        labels = LABELS[: len(evidence.options)]
        token = first_content(evidence.answer) or letter
        if token is not letter and bare(token.text).upper() in labels:  # "A bee cannot bark: B"
            raise Missing("the answer begins with the letter of an option that it does not choose")
        mass = [max_over_forms(token, label) for label in labels]
        total = math.fsum(mass)
        if total < LABEL_MASS:
            raise Missing(
                f"the model did not answer with a letter (the option letters hold {percent(total)} of the probability)"
            )
        return tuple(share / total for share in mass)


@dataclass(frozen=True, slots=True)
class MaximumSoftmaxProbability(Estimator):
    """MSP: the largest probability in the full vocabulary at the token of the answer letter.

    It scores the greedy answer, so it is missing if the shown token was not the
    most probable one. Range 0 to 1; no further model call.
    Reference: Plaut, Nguyen & Trinh (2024), arXiv 2402.13213.

    >>> from estimators.types import Answer, Question
    >>> top = (("B", math.log(0.6)), ("A", math.log(0.2)), (" B", math.log(0.1)))
    >>> given = Answer("B", (Token("B", math.log(0.6), top),))
    >>> evidence = Evidence(Question("?\\nA. dog\\nB. bee"), given, ("dog", "bee"))
    >>> round(MaximumSoftmaxProbability()(evidence).confidence, 4)
    0.6
    """

    name: ClassVar[str] = "msp"
    title: ClassVar[str] = "Answer letter (MSP)"
    plain: ClassVar[str] = "How likely it found its letter"
    meaning: ClassVar[str] = (
        "How likely the model found the letter of its answer, among everything that it could have written there."
    )
    side: ClassVar[str] = "token"
    needs: ClassVar[tuple[str, ...]] = ("tokens", "options")

    def read(self, evidence: Evidence) -> float:
        _, token = _choice(evidence)
        if token.top and token.top[0][1] > token.logprob + 1e-6:
            raise Missing("the shown letter was sampled and is not the most probable one")
        return math.exp(token.logprob)
