"""Expressed confidence: what the model says about its own certainty when asked again."""

import math
import re
from dataclasses import dataclass
from typing import ClassVar, Literal

from estimators.certainty_levels import read_level
from estimators.likert import LIKERT, read_likert
from estimators.percent import percent
from estimators.surface import LABEL_MASS, first_word, max_over_forms, true_share
from estimators.types import Evidence, Probe, Signal

NOT_ASKED = "it was not asked"
NO_ANSWER = "no answer"


def probe_name(kind: str, third: bool, weigh: bool) -> str:
    """The name of a certainty probe, for example ``likert_third_oc``."""
    return f"{kind}_{'third' if third else 'own'}{'_oc' if weigh else ''}"


def _who(third: bool, weigh: bool) -> str:
    return f"{'third person' if third else 'own turn'}{' + options' if weigh else ''}"


def _probe(name: str, probe: str, evidence: Evidence) -> Probe | Signal:
    found = evidence.probes.get(probe)
    if found is None:
        weigh = probe.endswith("_oc") and not evidence.options
        return Signal(name, None, "the question lists no options to weigh" if weigh else NOT_ASKED)
    if not found.reply.text.strip():
        return Signal(name, None, found.reply.missing or NO_ANSWER)
    return found


@dataclass(frozen=True, slots=True)
class Likert:
    """Verbalized confidence on the six-step scale, read as label or as expectation.

    label: the value of the label that the reply states; expected:
    Σ value · p(label) / Σ p(label) at the reply's first label token, missing
    when the labels hold less than half of the probability. Prompt elements:
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
        reading = "Stated" if self.reading == "label" else "Weighted"
        return f"{reading}, {_who(self.third, self.weigh)}"

    @property
    def meaning(self) -> str:
        seen = "shown as somebody else's" if self.third else "as its own"
        if self.reading == "label":
            return f"The certainty that the model stated on a six-step scale when it was asked about its answer {seen}."
        return (
            f"The average certainty over all six steps, each weighted by the probability that the model gave it, "
            f"when it was asked about its answer {seen}."
        )

    def __call__(self, evidence: Evidence) -> Signal:
        probe = _probe(self.name, self.probe, evidence)
        if isinstance(probe, Signal):
            return probe
        return self._label(probe) if self.reading == "label" else self._expected(probe)

    def _label(self, probe: Probe) -> Signal:
        stated = read_likert(probe.reply.text)
        return Signal(self.name, stated[1]) if stated else Signal(self.name, None, NO_ANSWER)

    def _expected(self, probe: Probe) -> Signal:
        if not probe.reply.tokens:
            return Signal(self.name, None, probe.reply.missing or NO_ANSWER)
        token = first_word(probe.reply, LIKERT)
        mass = {digit: max_over_forms(token, digit) if token else 0.0 for digit in LIKERT}
        total = math.fsum(mass.values())
        if total < LABEL_MASS:
            return Signal(
                self.name, None, f"no answer (the scale's marks hold {percent(total)} of the probability)"
            )
        expected = math.fsum(LIKERT[digit][1] * share for digit, share in mass.items()) / total
        return Signal(self.name, min(1.0, expected))


@dataclass(frozen=True, slots=True)
class FreeRating:
    """Verbalized confidence without the scale (LSU off): a label of the scale, a percentage, or a level (“High”).

    A level is read as the IPCC's scale has it (:mod:`estimators.certainty_levels`). There is no expectation reading.
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
        return f"In free words, {_who(self.third, self.weigh)}"

    @property
    def meaning(self) -> str:
        seen = "shown as somebody else's" if self.third else "as its own"
        return f"The certainty that the model put in its own words when it was asked about its answer {seen}."

    def __call__(self, evidence: Evidence) -> Signal:
        probe = _probe(self.name, self.probe, evidence)
        if isinstance(probe, Signal):
            return probe
        reply = probe.reply.text
        stated = read_likert(reply, digits=False) or read_level(reply)
        value = stated[1] if stated else read_percentage(reply)
        if value is None:
            return Signal(self.name, None, f"{NO_ANSWER}: the reply names no certainty")
        return Signal(self.name, value)


_PERCENTAGE = re.compile(r"(?<![\w.,/–-])(\d{1,3}(?:\.\d+)?)\s*(?:%|percent\b|per cent\b)", re.I)
_OTHER_SCALE = re.compile(r"\s*/|\s+out of\b")
_LEADING_NUMBER = re.compile(
    r"(?<![\w.,/-])(\d+(?:\.\d+)?)(\s*%|\s*/\s*100\b|\s+out of 100\b)?(?![\w/]|[.,]\d)"
)


_SCALE = re.compile(
    r"\b(?:scale (?:of|from)|from|between)\s+\d+\s*(?:to|and|-|–)\s*\d+[,:]?", re.I
)  # names no value


def read_percentage(reply: str) -> float | None:
    """The one percentage ("80 %", "80 percent") that a reply states, as a share, or None.

    >>> read_percentage("I would say 80%.")
    0.8
    """
    values = {float(match.group(1)) for match in _PERCENTAGE.finditer(reply)}
    return values.pop() / 100 if len(values) == 1 and max(values) <= 100 else None


_CONFIDENCE = re.compile(r"\bconfidence\s*:[^\S\n]*", re.I)
_ANSWER = re.compile(r"\banswer\s*:[^\S\n]*", re.I)
_TENTHS = re.compile(
    r"(\d{1,3})(?:\s*/\s*10\b|\s+out of 10\b)?(?![\w/%]|[.,]\d|\s*(?:%|/|out of\b|percent\b))"
)


def read_tenths(reply: str) -> int | None:
    """The whole number from 0 to 10 that follows the last “Confidence:” of a reply.

    None when there is none, or it is out of range, no whole number, or on another scale.

    >>> [read_tenths(f"Confidence: {text}") for text in ("7", "10/10", "11", "0.7", "70 %", "high")]
    [7, 10, None, None, None, None]
    """
    places = list(_CONFIDENCE.finditer(reply))
    match = _TENTHS.match(reply, places[-1].end()) if places else None
    value = int(match.group(1)) if match else None
    return value if value is not None and value <= 10 else None


def read_answer(reply: str) -> str:
    """The answer of a reply that was asked for “Answer: …” and “Confidence: …”, each on a line.

    Without “Answer:” it is the first line that is no confidence; "" where nothing is left.

    >>> read_answer("Answer: Rome\\nConfidence: 7"), read_answer("Rome.\\nConfidence: 7"), read_answer("Confidence: 7")
    ('Rome', 'Rome.', '')
    """
    before = reply[: match.start()] if (match := _CONFIDENCE.search(reply)) else reply
    if match := _ANSWER.search(before):
        before = before[match.end() :]
    return next((line.strip() for line in before.splitlines() if line.strip()), "")


def read_number(reply: str) -> float | None:
    """The first number of a reply on a 0–100 scale, as a share.

    None when it is out of range, between 0 and 1, or on another scale.

    >>> read_number("85/100"), read_number("0.85"), read_number("On a scale of 0 to 100, 85")
    (0.85, None, 0.85)
    """
    reply = _SCALE.sub("", reply)
    match = _LEADING_NUMBER.search(reply)
    if match is None or _OTHER_SCALE.match(reply, match.end()):  # "7 out of 10"
        return None
    value = float(match.group(1))
    ambiguous = 0 < value < 1 and not match.group(2)  # 0.85 may mean 0.85 % or 85 %
    return None if ambiguous or value > 100 else value / 100


@dataclass(frozen=True, slots=True)
class NumericConfidence:
    """Numeric verbalized confidence: the 0–100 number that the model states, divided by 100. One call.

    Range 0 to 1. Reference: Tian et al. (2023), arXiv 2305.14975.

    >>> from estimators.types import Answer, Question
    >>> probe = Probe("numeric", (), Answer("85"))
    >>> NumericConfidence()(Evidence(Question("?"), Answer("Rome"), probes={probe.name: probe})).confidence
    0.85
    """

    name: ClassVar[str] = "numeric"
    probe: ClassVar[str] = "numeric"
    title: ClassVar[str] = "As a number, own turn"
    meaning: ClassVar[str] = (
        "The number from 0 to 100 that the model stated when it was asked how certain it is."
    )
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
    """P(True) = p(True) / (p(True) + p(False)), summed over surface forms at the reply's first label token.

    Missing when both together hold less than half of the probability. Range 0
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
        return f"P(True), {_who(self.third, weigh=False)}"

    @property
    def meaning(self) -> str:
        seen = "shown as somebody else's" if self.third else "as its own"
        return f"How much probability the model gave to “True” against “False” when it was asked about its answer {seen}."

    def __call__(self, evidence: Evidence) -> Signal:
        probe = _probe(self.name, self.probe, evidence)
        if isinstance(probe, Signal):
            return probe
        share = true_share(probe.reply)
        return Signal(self.name, share) if isinstance(share, float) else Signal(self.name, None, share)
