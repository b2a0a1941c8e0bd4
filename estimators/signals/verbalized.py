"""Verbalized confidence: how certain the model says it is when asked about its answer."""

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

from estimators.estimator import Estimator
from estimators.missing import Missing, present
from estimators.parsing.ipcc_levels import read_level
from estimators.parsing.label_probs import LABEL_MASS, first_content, max_over_forms, true_share
from estimators.parsing.likert_scale import LIKERT, read_likert
from estimators.parsing.verbalized_values import read_number, read_percentage
from estimators.percent import percent
from estimators.types import Answer, Evidence

NOT_ASKED = "the model was not asked"
NO_OPTIONS = "the question lists no options to weigh"
NO_ANSWER = "no answer"
NO_STEP = f"{NO_ANSWER}: the reply states none of the six labels"


def _asked(third: bool, weigh: bool) -> str:
    """The beginning of a sentence that says how the model was asked."""
    shown = "Shown this answer as somebody else's" if third else "Asked about its own answer"
    return f"{shown}, after it had weighed the options" if weigh else shown


def probe_name(kind: str, third: bool, weigh: bool) -> str:
    """The name of a probe for verbalized confidence, such as ``likert_third_oc``."""
    return f"{kind}_{'third' if third else 'own'}{'_oc' if weigh else ''}"


def _conditions(third: bool, weigh: bool) -> str:
    return f"{'third person' if third else 'own turn'}{' + options' if weigh else ''}"


def probe_reply(probe: str, evidence: Evidence, *, weigh: bool = False) -> Answer:
    """The reply to a probe; raises Missing if there is none. ``weigh``: the probe weighs the options."""
    asked = present(evidence.probes.get(probe), NO_OPTIONS if weigh and not evidence.options else NOT_ASKED)
    if not asked.reply.text.strip():
        raise Missing(asked.reply.missing or NO_ANSWER)
    return asked.reply


@dataclass(frozen=True, slots=True)
class Likert(Estimator):
    """Verbalized confidence on the six-step scale, read as the stated label or as an expectation.

    label: the value of the stated label. expected: Σ value · p(label) / Σ p(label)
    at the first content token of the reply; missing if the labels hold less than
    half of the probability there, or if the reply states no label. Prompt elements:
    third person (TPP), weighing the options (OC), the scale itself (LSU).
    Range 0 to 1; one short call for both readings.
    Reference: Kumar et al. (2024), arXiv 2405.16282.

    >>> from estimators.types import Answer, Probe, Question, Token
    >>> digit = Token("4", math.log(0.6), (("4", math.log(0.6)), ("5", math.log(0.2))))
    >>> probe = Probe("likert_third", (), Answer("4", (digit,)))
    >>> evidence = Evidence(Question("?"), Answer("Rome"), probes={probe.name: probe})
    >>> Likert(third=True, weigh=False, reading="label")(evidence).confidence
    0.6
    >>> round(Likert(third=True, weigh=False, reading="expected")(evidence).confidence, 4)  # (.6 · .6 + .8 · .2) / .8
    0.65
    """

    third: bool
    weigh: bool
    reading: Literal["label", "expected"]
    side: ClassVar[str] = "verbal"

    @property
    def name(self) -> str:
        return f"{self.probe}_{self.reading}"

    @property
    def probe(self) -> str:
        return probe_name("likert", self.third, self.weigh)

    @property
    def needs(self) -> tuple[str, ...]:
        return (self.probe,)

    @property
    def title(self) -> str:
        reading = "stated" if self.reading == "label" else "expected"
        return f"Likert ({reading}), {_conditions(self.third, self.weigh)}"

    @property
    def plain(self) -> str:
        return "How sure it says it is" if self.reading == "label" else "How sure it says it is, on average"

    @property
    def meaning(self) -> str:
        asked = _asked(self.third, self.weigh)
        if self.reading == "label":
            return f"{asked}, the model chose one of six levels, from very uncertain to very certain."
        return f"{asked}, the model could choose one of six levels: their average, where those it leaned to count more."

    def read(self, evidence: Evidence) -> float:
        reply = probe_reply(self.probe, evidence, weigh=self.weigh)
        if self.reading == "expected":
            return _expected(reply)
        _, value = present(read_likert(reply.text), NO_STEP)
        return value


def _expected(reply: Answer) -> float:
    """Σ value · p(label) / Σ p(label) at the first content token of a reply."""
    if not reply.tokens:
        raise Missing(reply.missing or NO_ANSWER)
    token = first_content(reply)
    mass = {digit: max_over_forms(token, digit) if token else 0.0 for digit in LIKERT}
    total = math.fsum(mass.values())
    if total < LABEL_MASS:
        raise Missing(f"{NO_ANSWER} (the digits of the scale hold {percent(total)} of the probability)")
    present(read_likert(reply.text), NO_STEP)  # the digit may be the start of "50", or negated
    expected = math.fsum(LIKERT[digit][1] * share for digit, share in mass.items()) / total
    return min(1.0, expected)


@dataclass(frozen=True, slots=True)
class FreeRating(Estimator):
    """Verbalized confidence without a scale (LSU off): one of its labels, a percentage, or a level (“High”).

    A level is read on the IPCC scale (:mod:`estimators.parsing.ipcc_levels`). There is no expected reading.
    Range 0 to 1; one call.
    Reference: Kumar et al. (2024), arXiv 2405.16282.

    >>> from estimators.types import Answer, Probe, Question
    >>> probe = Probe("rating_third", (), Answer("I am fairly certain."))
    >>> FreeRating(third=True, weigh=False)(Evidence(Question("?"), Answer("Rome"), probes={probe.name: probe})).confidence
    0.8
    """

    third: bool
    weigh: bool
    side: ClassVar[str] = "verbal"

    @property
    def name(self) -> str:
        return self.probe

    @property
    def probe(self) -> str:
        return probe_name("rating", self.third, self.weigh)

    @property
    def needs(self) -> tuple[str, ...]:
        return (self.probe,)

    @property
    def title(self) -> str:
        return f"Own words, {_conditions(self.third, self.weigh)}"

    @property
    def plain(self) -> str:
        return "How sure it says it is, in its own words"

    @property
    def meaning(self) -> str:
        asked = _asked(self.third, self.weigh)
        return f"{asked}, the model said in its own words how certain it is, and this is that as a number."

    def read(self, evidence: Evidence) -> float:
        text = probe_reply(self.probe, evidence, weigh=self.weigh).text
        stated = read_likert(text, digits=False) or read_level(text)
        value = stated[1] if stated else read_percentage(text)
        return present(value, f"{NO_ANSWER}: the reply states no certainty")


@dataclass(frozen=True, slots=True)
class NumericConfidence(Estimator):
    """Numeric verbalized confidence: the stated number from 0 to 100, divided by 100. One call.

    Range 0 to 1. Reference: Tian et al. (2023), arXiv 2305.14975.

    >>> from estimators.types import Answer, Probe, Question
    >>> probe = Probe("numeric", (), Answer("85"))
    >>> NumericConfidence()(Evidence(Question("?"), Answer("Rome"), probes={probe.name: probe})).confidence
    0.85
    """

    name: ClassVar[str] = "numeric"
    probe: ClassVar[str] = "numeric"
    title: ClassVar[str] = "Stated number, own turn"
    plain: ClassVar[str] = "The certainty it states, 0 to 100"
    meaning: ClassVar[str] = (
        "The number that the model gave when it was asked how certain it is, from 0 to 100."
    )
    side: ClassVar[str] = "verbal"
    needs: ClassVar[tuple[str, ...]] = ("numeric",)

    def read(self, evidence: Evidence) -> float:
        return present(read_number(probe_reply(self.probe, evidence).text), NO_ANSWER)


@dataclass(frozen=True, slots=True)
class PTrue(Estimator):
    """P(True) = p(True) / (p(True) + p(False)), summed over surface forms at the reply's first content token.

    Missing if both together hold less than half of the probability. Range 0
    to 1; one short call. Reference: Kadavath et al. (2022), arXiv 2207.05221.

    >>> from estimators.types import Answer, Probe, Question, Token
    >>> word = Token("True", math.log(0.6), (("True", math.log(0.6)), ("False", math.log(0.2))))
    >>> probe = Probe("p_true_own", (), Answer("True", (word,)))
    >>> evidence = Evidence(Question("?"), Answer("Rome"), probes={probe.name: probe})
    >>> round(PTrue(third=False)(evidence).confidence, 4)  # .6 / (.6 + .2)
    0.75
    """

    third: bool
    side: ClassVar[str] = "verbal"

    @property
    def name(self) -> str:
        return f"p_true_{'third' if self.third else 'own'}"

    @property
    def probe(self) -> str:
        return self.name

    @property
    def needs(self) -> tuple[str, ...]:
        return (self.probe,)

    @property
    def title(self) -> str:
        return f"P(True), {_conditions(self.third, weigh=False)}"

    @property
    def plain(self) -> str:
        return "Whether it stands by this answer" if self.third else "Whether it stands by its own answer"

    @property
    def meaning(self) -> str:
        seen = "this answer, shown as somebody else's," if self.third else "its own answer"
        return f"The model was asked whether {seen} is true: 100 % is a clear yes, 0 % a clear no."

    def read(self, evidence: Evidence) -> float:
        return true_share(probe_reply(self.probe, evidence))
