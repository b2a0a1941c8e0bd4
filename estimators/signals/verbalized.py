"""Verbalized confidence: how certain the model says it is when asked about its answer."""

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

from estimators.parsing.ipcc_levels import read_level
from estimators.parsing.label_probs import LABEL_MASS, first_content, max_over_forms, true_share
from estimators.parsing.likert_scale import LIKERT, read_likert
from estimators.parsing.verbalized_values import read_number, read_percentage
from estimators.percent import percent
from estimators.types import Evidence, Probe, Signal

NOT_ASKED = "it was not asked"
NO_OPTIONS = "the question lists no options to weigh"
NO_ANSWER = "no answer"
NO_STEP = f"{NO_ANSWER}: the reply states none of the six labels"


def probe_name(kind: str, third: bool, weigh: bool) -> str:
    """The name of a probe for verbalized confidence, such as ``likert_third_oc``."""
    return f"{kind}_{'third' if third else 'own'}{'_oc' if weigh else ''}"


def _conditions(third: bool, weigh: bool) -> str:
    return f"{'third person' if third else 'own turn'}{' + options' if weigh else ''}"


def _probe(name: str, probe: str, evidence: Evidence, weigh: bool = False) -> Probe | Signal:
    """The probe, or a signal with the reason why it has no reply; ``weigh``: it weighs the options."""
    asked = evidence.probes.get(probe)
    if asked is None:
        return Signal(name, None, NO_OPTIONS if weigh and not evidence.options else NOT_ASKED)
    if not asked.reply.text.strip():
        return Signal(name, None, asked.reply.missing or NO_ANSWER)
    return asked


@dataclass(frozen=True, slots=True)
class Likert:
    """Verbalized confidence on the six-step scale, read as the stated label or as an expectation.

    label: the value of the stated label. expected: Σ value · p(label) / Σ p(label)
    at the first content token of the reply; missing if the labels hold less than
    half of the probability there, or if the reply states no label. Prompt elements:
    third person (TPP), weighing the options (OC), the scale itself (LSU).
    Range 0 to 1; one call of one token for both readings.
    Reference: Kumar et al. (2024), arXiv 2405.16282.

    >>> from estimators.types import Answer, Question, Token
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
    def meaning(self) -> str:
        seen = "presented as someone else's" if self.third else "as its own"
        if self.reading == "label":
            return (
                f"The certainty that the model stated on a six-step scale when asked about its answer {seen}."
            )
        return (
            "The mean of the six certainty levels, weighted by the probability that the model gave each of them "
            f"when asked about its answer {seen}."
        )

    def __call__(self, evidence: Evidence) -> Signal:
        probe = _probe(self.name, self.probe, evidence, self.weigh)
        if isinstance(probe, Signal):
            return probe
        return self._label(probe) if self.reading == "label" else self._expected(probe)

    def _label(self, probe: Probe) -> Signal:
        stated = read_likert(probe.reply.text)
        return Signal(self.name, stated[1]) if stated else Signal(self.name, None, NO_STEP)

    def _expected(self, probe: Probe) -> Signal:
        if not probe.reply.tokens:
            return Signal(self.name, None, probe.reply.missing or NO_ANSWER)
        token = first_content(probe.reply)
        mass = {digit: max_over_forms(token, digit) if token else 0.0 for digit in LIKERT}
        total = math.fsum(mass.values())
        if total < LABEL_MASS:
            return Signal(
                self.name,
                None,
                f"no answer (the digits of the scale hold {percent(total)} of the probability)",
            )
        if read_likert(probe.reply.text) is None:  # the digit was the start of "50", or negated
            return Signal(self.name, None, NO_STEP)
        expected = math.fsum(LIKERT[digit][1] * share for digit, share in mass.items()) / total
        return Signal(self.name, min(1.0, expected))


@dataclass(frozen=True, slots=True)
class FreeRating:
    """Verbalized confidence without a scale (LSU off): one of its labels, a percentage, or a level (“High”).

    A level is read on the IPCC scale (:mod:`estimators.parsing.ipcc_levels`). There is no expected reading.
    Range 0 to 1; one call.
    Reference: Kumar et al. (2024), arXiv 2405.16282.

    >>> from estimators.types import Answer, Question
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
    def meaning(self) -> str:
        seen = "presented as someone else's" if self.third else "as its own"
        return f"The certainty that the model stated in its own words when asked about its answer {seen}."

    def __call__(self, evidence: Evidence) -> Signal:
        probe = _probe(self.name, self.probe, evidence, self.weigh)
        if isinstance(probe, Signal):
            return probe
        reply = probe.reply.text
        stated = read_likert(reply, digits=False) or read_level(reply)
        value = stated[1] if stated else read_percentage(reply)
        if value is None:
            return Signal(self.name, None, f"{NO_ANSWER}: the reply states no certainty")
        return Signal(self.name, value)


@dataclass(frozen=True, slots=True)
class NumericConfidence:
    """Numeric verbalized confidence: the stated number from 0 to 100, divided by 100. One call.

    Range 0 to 1. Reference: Tian et al. (2023), arXiv 2305.14975.

    >>> from estimators.types import Answer, Question
    >>> probe = Probe("numeric", (), Answer("85"))
    >>> NumericConfidence()(Evidence(Question("?"), Answer("Rome"), probes={probe.name: probe})).confidence
    0.85
    """

    name: ClassVar[str] = "numeric"
    probe: ClassVar[str] = "numeric"
    title: ClassVar[str] = "Stated number, own turn"
    meaning: ClassVar[str] = "The number from 0 to 100 that the model stated when asked how certain it is."
    side: ClassVar[str] = "verbal"
    needs: ClassVar[tuple[str, ...]] = ("numeric",)

    def __call__(self, evidence: Evidence) -> Signal:
        probe = _probe(self.name, self.probe, evidence)
        if isinstance(probe, Signal):
            return probe
        value = read_number(probe.reply.text)
        return Signal(self.name, None, NO_ANSWER) if value is None else Signal(self.name, value)


@dataclass(frozen=True, slots=True)
class PTrue:
    """P(True) = p(True) / (p(True) + p(False)), summed over surface forms at the reply's first content token.

    Missing if both together hold less than half of the probability. Range 0
    to 1; one call of one token. Reference: Kadavath et al. (2022), arXiv 2207.05221.

    >>> from estimators.types import Answer, Question, Token
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
    def meaning(self) -> str:
        seen = "presented as someone else's" if self.third else "as its own"
        return f"The probability of “True” against that of “False” when the model was asked about its answer {seen}."

    def __call__(self, evidence: Evidence) -> Signal:
        probe = _probe(self.name, self.probe, evidence)
        if isinstance(probe, Signal):
            return probe
        share = true_share(probe.reply)
        return Signal(self.name, share) if isinstance(share, float) else Signal(self.name, None, share)
