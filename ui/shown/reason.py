"""The main reason for a confidence, in one short sentence: chosen from the evidence, never from the model's own claims."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import shorten
from typing import Literal

from estimators import ESTIMATORS
from estimators.alignment import CHECKS
from estimators.other_answers import OtherAnswer
from estimators.percent import frequency, percent
from estimators.reading import Reading
from estimators.text.answer_form import asks_for_text
from estimators.types import Assessment, Decision, Signal

About = Literal["samples", "words", "check", "sentences"]
ORDER: tuple[About, ...] = ("samples", "words", "check", "sentences")
RIVAL = 0.15  # another answer at least this probable is a reason for doubt
NEARLY = 0.75  # share of the shown answer's probability from which another was nearly as likely
SURE, UNSURE = 0.7, 0.5  # a check at least this sure agrees; below the other it disagrees
NEITHER = "the number is only how sure it was of its wording, not whether the text is good"
QUOTED = 48  # characters of an answer that a reason quotes; the samples show all of it
_ESTIMATORS = {estimator.name: estimator for estimator in ESTIMATORS}


@dataclass(frozen=True, slots=True)
class Reason:
    """One sentence without its full stop, what it is about, and whether it is a reason for doubt."""

    text: str
    about: About
    doubt: bool


def reason(assessment: Assessment, reading: Reading) -> str:
    """The sentence that best explains the confidence of an answer, without a full stop.

    Doubts come first: disagreeing samples, then another answer nearly as likely, then the model's own check. Under a
    calibration, what its score rests on comes before all else. A signal that fails the validity screen is never a
    reason, and what speaks for an answer is no reason for a low confidence.
    """
    decision = assessment.decision
    if decision.confidence is None:
        return decision.reason.removeprefix("no advice: ")
    families = _families(decision.used)
    found = [one for one in _reasons(assessment, reading) if one.doubt or not _low(decision)]
    if families:  # else what speaks for an answer could be another reason than that of its number
        found = [one for one in found if one.about in families] or [one for one in found if one.doubt]
    best = min(found, key=lambda one: (not one.doubt, ORDER.index(one.about)), default=None)
    if best:
        return best.text
    if decision.signal == "sequence_probability" and asks_for_text(assessment.evidence.question.text):
        return NEITHER
    return _by_number(decision, decision.confidence)


def _low(decision: Decision) -> bool:
    return decision.abstain or (decision.confidence is not None and decision.confidence < UNSURE)


def _families(used: Sequence[str]) -> set[About]:
    """What the signals of a calibration's score are about."""
    return {_about(name) for name in used if name in _ESTIMATORS}


def _about(name: str) -> About:
    estimator = _ESTIMATORS[name]
    if estimator.side == "sample":
        return "samples"
    if estimator.side == "token" or name == "linguistic":
        return "words"
    return "sentences" if {"claims", "claims_third"} & set(estimator.needs) else "check"


def _reasons(assessment: Assessment, reading: Reading) -> Iterator[Reason]:
    yield from _samples(assessment, reading)
    yield from _rival(assessment, reading)
    checks = (*_check(assessment, reading), *_weakest(reading))
    text = asks_for_text(assessment.evidence.question.text)  # a letter is neither true nor false
    yield from (check for check in checks if not text or (check.about == "sentences" and check.doubt))
    yield from _own_words(assessment, reading)


# ---- samples -----------------------------------------------------------------


def _samples(assessment: Assessment, reading: Reading) -> Iterator[Reason]:
    drawn = sum(candidate.count for candidate in reading.candidates)
    if drawn < 2:
        return
    same = sum(candidate.count for candidate in reading.candidates if candidate.shown)
    others = [other for other in reading.others if other.source == "sample"]
    if same == drawn:
        yield Reason(f"asked {drawn} more times, it always said the same", "samples", doubt=False)
        return
    few = "only " if same * 2 < drawn else ""
    often = "never said the same" if same == 0 else f"said the same {few}{_times(same)}"
    text = f"asked {drawn} more times, it {often}"
    if others:
        text += f"; {_times(others[0].count)} it said {quote(others[0].text)}"
    yield Reason(text, "samples", doubt=same < SURE * drawn)


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


# ---- words -------------------------------------------------------------------


def _rival(assessment: Assessment, reading: Reading) -> Iterator[Reason]:
    """The most probable other answer at the answer words or the letter."""
    rival = next((other for other in reading.others if other.source == "token"), None)
    if rival is None or rival.probability < RIVAL:
        return
    own = _probability_there(assessment, rival)
    how = "more likely" if rival.probability > own else "nearly as likely"
    if rival.probability < NEARLY * own:
        text = f"it could also have said {_named(rival)} ({percent(rival.probability)})"
    else:
        text = f"another answer was {how}: {_named(rival)} ({percent(rival.probability)})"
    yield Reason(text, "words", doubt=True)


def _probability_there(assessment: Assessment, rival: OtherAnswer) -> float:
    """The probability of the shown answer on the same scale as another."""
    signal = assessment.signal("p_ic")
    if assessment.evidence.options and signal and signal.confidence is not None:
        return signal.confidence
    token = assessment.evidence.answer.tokens[rival.token]
    alternative = math.exp(token.top[rival.choice][1])
    return rival.probability * math.exp(token.logprob) / alternative if alternative else 0.0


def _own_words(assessment: Assessment, reading: Reading) -> Iterator[Reason]:
    """The probability of the answer words or of the letter, where it is high."""
    name = "msp" if assessment.evidence.options else "key_span_probability"
    signal = _usable(assessment, reading, name)
    if signal is None or signal.confidence is None or signal.confidence < SURE:
        return
    span = reading.answer_words
    what = quote(assessment.evidence.answer.text[slice(*span)]) if span else "its letter"
    yield Reason(f"while writing, it was {percent(signal.confidence)} sure of {what}", "words", doubt=False)


# ---- the model's own check ---------------------------------------------------


def _check(assessment: Assessment, reading: Reading) -> Iterator[Reason]:
    """What the model said when it was asked again, where that is clear."""
    signal = next((found for name in CHECKS if (found := _usable(assessment, reading, name))), None)
    if signal is not None and signal.confidence is not None:
        if signal.confidence < UNSURE:
            leaned = f"asked whether its answer is true, it leaned only {percent(signal.confidence)} to yes"
            text = f"its own check disagrees: {leaned}"
            yield Reason(text, "check", doubt=True)
            return
        if signal.confidence >= SURE:
            text = f"asked whether its answer is true, it leaned {percent(signal.confidence)} to yes"
            yield Reason(text, "check", doubt=False)
    expressed = reading.alignment.expressed if reading.alignment else None
    if expressed is None or expressed.name in CHECKS:
        return
    if expressed.confidence is not None and expressed.name not in reading.failed:
        if expressed.confidence < UNSURE:
            text = (
                f"its own check disagrees: asked how certain it is, it said {percent(expressed.confidence)}"
            )
            yield Reason(text, "check", doubt=True)
        elif expressed.confidence >= SURE:
            text = f"asked how certain it is, it said {percent(expressed.confidence)}"
            yield Reason(text, "check", doubt=False)


def _weakest(reading: Reading) -> Iterator[Reason]:
    """The sentence that the model believes least, if it was asked about its sentences."""
    if reading.weakest is not None and (p := reading.weakest.p_true) is not None:
        quoted = quote(reading.weakest.text)
        text = f"asked whether each sentence is true, it was least sure of {quoted} ({percent(p)} yes)"
        yield Reason(text, "sentences", p < UNSURE)


# ---- shared ------------------------------------------------------------------


def _usable(assessment: Assessment, reading: Reading, name: str) -> Signal | None:
    """A signal with a confidence that does not fail the validity screen."""
    signal = assessment.signal(name)
    return signal if signal and signal.confidence is not None and name not in reading.failed else None


def _by_number(decision: Decision, confidence: float) -> str:
    if decision.calibrated:
        share = frequency(confidence)
        right = f"answers like this were {share}" if "almost" in share else f"{share} answers like this were"
        return f"{right} right when the model was tested"
    what = {"msp": "its letter", "key_span_probability": "the words that answer the question"}
    return f"while writing, it was {percent(confidence)} sure of {what.get(decision.signal, 'its words on average')}"


def quote(text: str, after: str = "") -> str:
    """A text in quotation marks, on one line and at most some words long; ``after`` follows it within them.

    >>> quote("Canberra"), quote("one two " * 20)
    ('“Canberra”', '“one two one two one two one two one two one …”')
    """
    line = shorten(text, QUOTED, placeholder=" …") if len(text.split()) > 1 else text.strip()[:QUOTED]
    return f"“{line}{after}”"


def _named(other: OtherAnswer) -> str:
    return quote(other.text, "\N{NO-BREAK SPACE}…" if other.open else "")
