"""What the model makes of the distinct alternatives to its answer, which are the other groups of its samples."""

import math
from collections import Counter
from dataclasses import dataclass
from typing import ClassVar

from estimators.estimator import Estimator
from estimators.missing import Missing, present
from estimators.parsing.label_probs import LABEL_MASS, first_content, max_over_forms, true_share
from estimators.parsing.options import LABELS, find_choice
from estimators.percent import percent
from estimators.signals.consistency import SelfConsistency
from estimators.signals.multiple_choice import NO_CHOICE
from estimators.signals.verbalized import NO_ANSWER, NOT_ASKED, PTrue, probe_reply
from estimators.types import Evidence

CHOICE = "choice_among_groups"  # the probe that lists the shown answer, the alternatives and "none of these"
MOST_LISTED = len(LABELS) - 2  # letters left for the alternatives
MOST_ASKED = 5  # alternatives that DINCO asks about
ALTERNATIVES = tuple(f"p_true_alternative_{number}" for number in range(1, MOST_ASKED + 1))


def alternatives(evidence: Evidence) -> tuple[str, ...]:
    """The most frequent text of every group of samples that differs from the shown answer, largest group first.

    Ties go to the alphabetically first text. Raises Missing without groups.

    >>> from estimators.types import Answer, Question
    >>> samples = tuple(Answer(text) for text in ("Rome", "Milan", "Milano", "Milan"))
    >>> alternatives(Evidence(Question("?"), samples[0], samples=samples, groups=((1, 2, 3), (0,)), shown_group=1))
    ('Milan',)
    """
    if not evidence.samples:
        raise Missing("no samples were drawn")
    if not any(evidence.groups):
        raise Missing(evidence.ungrouped or "the samples were not grouped by meaning")
    others = (group for index, group in enumerate(evidence.groups) if index != evidence.shown_group)
    return tuple(_most_frequent(evidence, group) for group in others)


def _most_frequent(evidence: Evidence, group: tuple[int, ...]) -> str:
    counts = Counter(evidence.samples[index].text.strip() for index in group)
    return min(counts, key=lambda text: (-counts[text], text))


def listed_answers(evidence: Evidence) -> tuple[str, ...]:
    """The answers to choose among: the shown one first, then the alternatives, each on one line.

    For multiple choice they are the texts of their options. Raises Missing without groups or without a chosen option.
    """
    others = alternatives(evidence)[:MOST_LISTED]
    if not evidence.options:
        return tuple(" ".join(text.split()) for text in (evidence.answer.judged_text, *others))
    choices = (
        present(find_choice(text, evidence.options), NO_CHOICE) for text in (evidence.answer.text, *others)
    )
    return tuple(evidence.options[index] for index, _ in choices)


@dataclass(frozen=True, slots=True)
class ClusteredSelfAssessment(Estimator):
    """The probability of the shown answer's letter when the model chooses among its distinct samples: p(A).

    The question is asked once more with options: the shown answer as A, one text from each other group of samples, and
    "none of these" last. p is the largest probability among the letter's surface forms at the first content token of
    the reply, as published out of the whole vocabulary; missing if all letters together hold less than half of it.
    Range 0 to 1; one call of a few tokens after the K samples.
    Reference: Cao et al. (2026), arXiv 2606.03846.

    >>> from estimators.types import Answer, Probe, Question, Token
    >>> samples = tuple(Answer(text) for text in ("Rome", "Milan"))
    >>> top = (("A", math.log(0.7)), ("B", math.log(0.2)))  # A. Rome, B. Milan, C. None of these
    >>> chosen = Probe(CHOICE, (), Answer("A", (Token("A", math.log(0.7), top),)))
    >>> evidence = Evidence(
    ...     Question("?"), Answer("Rome"), probes={CHOICE: chosen}, samples=samples, groups=((0,), (1,)), shown_group=0
    ... )
    >>> round(ClusteredSelfAssessment()(evidence).confidence, 4)
    0.7
    """

    name: ClassVar[str] = "clustered_self_assessment"
    title: ClassVar[str] = "Choice among the samples"
    plain: ClassVar[str] = "Its pick among its own answers"
    meaning: ClassVar[str] = (
        "The model saw all the different answers that it had given and had to choose one: how strongly it chose this one."
    )
    side: ClassVar[str] = "sample"
    needs: ClassVar[tuple[str, ...]] = ("samples", CHOICE)

    def read(self, evidence: Evidence) -> float:
        letters = LABELS[: len(listed_answers(evidence)) + 1]
        reply = probe_reply(CHOICE, evidence)
        if not reply.tokens:
            raise Missing(reply.missing or NO_ANSWER)
        token = first_content(reply)
        mass = [max_over_forms(token, letter) if token else 0.0 for letter in letters]
        if (total := math.fsum(mass)) < LABEL_MASS:
            raise Missing(f"{NO_ANSWER} (the letters hold {percent(total)} of the probability)")
        return mass[0]


@dataclass(frozen=True, slots=True)
class Dinco(Estimator):
    """Distractor-normalized coherence: (P(True) / max(1, β) + n(shown) / K) / 2, β = the sum of P(True) over answers.

    β sums the third-person P(True) of the shown answer and of the alternatives: one text from each of the five largest
    other groups of samples, asked one by one. As in the authors' code, β below 1 does not raise the figure. Groups
    are distinct, so they all have weight 1 (published: weights from an entailment model, alternatives by beam search).
    Range 0 to 1; one short call for the answer and one for each alternative (at most 5), after the K samples.
    Reference: Wang & Stengel-Eskin (2025), arXiv 2509.25532.

    >>> from estimators.types import Answer, Probe, Question, Token
    >>> def asked(name, p):
    ...     top = (("True", math.log(p)), ("False", math.log(1 - p)))
    ...     return Probe(name, (), Answer("True", (Token("True", math.log(p), top),)))
    >>> probes = {"p_true_third": asked("p_true_third", 0.9), ALTERNATIVES[0]: asked(ALTERNATIVES[0], 0.6)}
    >>> samples = tuple(Answer(text) for text in ("Rome", "Milan"))
    >>> evidence = Evidence(
    ...     Question("?"), Answer("Rome"), probes=probes, samples=samples, groups=((0,), (1,)), shown_group=0
    ... )
    >>> round(Dinco()(evidence).confidence, 4)  # (.9 / (.9 + .6) + 1/2) / 2
    0.55
    """

    name: ClassVar[str] = "dinco"
    title: ClassVar[str] = "P(True) against alternatives (DINCO)"
    plain: ClassVar[str] = "This answer against its others"
    meaning: ClassVar[str] = (
        "High if the model believes this answer more than its other ones, and also gave it often."
    )
    side: ClassVar[str] = "sample"
    needs: ClassVar[tuple[str, ...]] = ("samples", "p_true_third", *ALTERNATIVES)

    def read(self, evidence: Evidence) -> float:
        agreement = SelfConsistency().read(evidence)
        shown = PTrue(third=True).read(evidence)
        others = [
            _p_true(evidence, name) for name, _ in zip(ALTERNATIVES, alternatives(evidence), strict=False)
        ]
        return (shown / max(1.0, math.fsum((shown, *others))) + agreement) / 2


def _p_true(evidence: Evidence, name: str) -> float:
    """P(True) of an alternative; raises Missing if it was not asked about or if the reply cannot be read."""
    if name not in evidence.probes:
        raise Missing(f"{NOT_ASKED} about every alternative")
    try:
        return true_share(probe_reply(name, evidence))
    except Missing as missing:
        raise Missing(f"an alternative got {missing}") from None
