"""Confidence in the chosen option, from asking the question once more for its letter."""

import math
from dataclasses import dataclass
from typing import ClassVar

from estimators.estimator import Estimator
from estimators.missing import Missing, present
from estimators.parsing.label_probs import LABEL_MASS, first_content, max_over_forms
from estimators.parsing.options import LABELS, find_choice
from estimators.percent import percent
from estimators.signals.multiple_choice import NO_CHOICE, NO_OPTIONS
from estimators.types import Evidence

LETTER = "letter"  # the probe


@dataclass(frozen=True, slots=True)
class LetterAgain(Estimator):
    """P_shown / Σ_O P_O at the first content token when the question is asked again, for the letter first.

    P_O = max p(token) over the surface forms of option O's label; missing if Σ_O P_O < 0.5. The shown answer is not
    part of the prompt, so this is a second opinion that an answer in free wording can be compared with. Range 0 to 1;
    one call of one token, which shares the question's prompt. It is the internal confidence of another reply.
    Reference: Kumar et al. (2024), arXiv 2405.16282.

    >>> from estimators.types import Answer, Probe, Question, Token
    >>> top = (("B", math.log(0.6)), ("A", math.log(0.2)))
    >>> probe = Probe("letter", (), Answer("B", (Token("B", math.log(0.6), top),)))
    >>> question, shown = Question("?\\nA. dog\\nB. bee"), Answer("It is a bee.")
    >>> evidence = Evidence(question, shown, ("dog", "bee"), probes={"letter": probe})
    >>> round(LetterAgain()(evidence).confidence, 4)  # .6 / (.6 + .2)
    0.75
    """

    name: ClassVar[str] = "letter_again"
    title: ClassVar[str] = "Letter, asked again"
    plain: ClassVar[str] = "Its letter, when asked again"
    meaning: ClassVar[str] = (
        "The model was asked the same question again and had to begin with a letter: how strongly it chose the letter of "
        "this answer."
    )
    side: ClassVar[str] = "token"
    needs: ClassVar[tuple[str, ...]] = (LETTER,)

    def read(self, evidence: Evidence) -> float:
        if not evidence.options:
            raise Missing(NO_OPTIONS)
        index, _ = present(find_choice(evidence.answer.text, evidence.options), NO_CHOICE)
        reply = present(evidence.probes.get(LETTER), "the model was not asked").reply
        if not reply.tokens:
            raise Missing(reply.missing or "no answer")
        token = first_content(reply)
        labels = LABELS[: len(evidence.options)]
        mass = [max_over_forms(token, label) if token else 0.0 for label in labels]
        total = math.fsum(mass)
        if total < LABEL_MASS:
            raise Missing(
                f"the model did not answer with a letter (the option letters hold {percent(total)} of the probability)"
            )
        return mass[index] / total
