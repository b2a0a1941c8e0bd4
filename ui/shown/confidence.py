"""The large figure of the panel and the advice that follows from it."""

from dataclasses import dataclass
from typing import Literal

from estimators import ESTIMATORS
from estimators.signals.token_probability import SequenceProbability
from estimators.types import Answer, Decision, Evidence, Question
from ui.words import frequency, in_words

RUNNING = "The geometric mean of the token probabilities so far. It changes until the answer is complete."
UNCALIBRATED = (
    "This comes from the model's own probabilities. How often answers with this confidence are right has not been "
    "measured."
)
CALIBRATED = (
    "In the calibration, about this share of the answers with this confidence were right. It combines the signals below, "
    "whose raw values are shown."
)
_TITLES = {estimator.name: estimator.title for estimator in ESTIMATORS}


@dataclass(frozen=True, slots=True)
class ShownConfidence:
    """The large figure in percent and in words, where it comes from, and what it means."""

    value: float
    source: str
    tag: Literal["running", "uncalibrated", "calibrated"]
    meaning: str
    frequency: str
    in_words: str
    out_of_distribution: bool = False


@dataclass(frozen=True, slots=True)
class Advice:
    """Whether to withhold the answer, and why."""

    withhold: bool
    reason: str


def running_confidence(answer: Answer) -> ShownConfidence | None:
    """The mean token probability of an answer so far; None before its first token."""
    if not answer.tokens:
        return None
    value = SequenceProbability()(Evidence(Question(""), answer)).confidence
    return None if value is None else _shown(value, "token probability so far", "running", RUNNING)


def decided_confidence(decision: Decision) -> ShownConfidence | None:
    """The confidence that decides: calibrated, or the raw signal; None if there is none."""
    if decision.confidence is None:
        return None
    if not decision.calibrated:
        title = _TITLES[decision.signal].lower() if decision.signal in _TITLES else decision.signal
        meaning = _joined(UNCALIBRATED, sentence(decision.uncalibrated))
        return _shown(decision.confidence, title, "uncalibrated", meaning)
    used = len(decision.used)
    source = f"from {used} signals" if used > 1 else "from one signal" if used else "from the signals below"
    meaning = _joined(
        CALIBRATED,
        f"Measured on {decision.basis}." if decision.basis else "",
        f"{sentence(decision.outside)} No guarantee covers it." if decision.outside else "",
        sentence(decision.unchecked),
    )
    return _shown(decision.confidence, source, "calibrated", meaning, bool(decision.outside))


def advice(decision: Decision) -> Advice | None:
    """The advice of a decision; None without a confidence."""
    return None if decision.confidence is None else Advice(decision.abstain, sentence(decision.reason))


def guarantee(decision: Decision) -> str:
    """The guarantee of the threshold, or why there is none; empty if neither is known."""
    return sentence(decision.promise or decision.no_promise)


def sentence(text: str) -> str:
    """A reason as a sentence; an empty one stays empty.

    >>> sentence("too few questions were measured")
    'Too few questions were measured.'
    """
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") or not text else ".")


def _shown(
    value: float, source: str, tag: Literal["running", "uncalibrated", "calibrated"], meaning: str, far: bool = False
) -> ShownConfidence:  # fmt: skip
    return ShownConfidence(value, source, tag, meaning, frequency(value), in_words(value), far)


def _joined(*sentences: str) -> str:
    return " ".join(text for text in sentences if text)
