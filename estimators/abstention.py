"""Decides whether to withhold an answer."""

from collections.abc import Sequence

from estimators.percent import percent
from estimators.types import Decision, Signal

DECIDING = ("msp", "key_span_probability", "sequence_probability")  # the first that an answer has
_WORDS = {
    "msp": "I was only {p} sure of my letter, and the threshold is {t}",
    "key_span_probability": "I was only {p} sure of the words that answer, and the threshold is {t}",
    "sequence_probability": "I was only {p} sure of my words on average, and the threshold is {t}",
}
_GIVEN = {
    "msp": "I find its letter only {p} probable, and the threshold is {t}",
    "key_span_probability": "I find the words that answer only {p} probable, and the threshold is {t}",
    "sequence_probability": "I find its words only {p} probable on average, and the threshold is {t}",
}  # of an answer that is not the model's own


def deciding(has_options: bool) -> tuple[str, ...]:
    """The signals that can decide without a calibration, the preferred one first."""
    return DECIDING[:1] if has_options else DECIDING[1:]


def decide(signals: Sequence[Signal], threshold: float, *, given: bool = False) -> Decision:
    """Abstain when the deciding confidence lies below the threshold; ``given``: the answer is not the model's own.

    Without a calibration, MSP decides for questions with options and the probability of the answer words for
    all others; a long answer has no such words, and its length-normalized sequence probability decides. If all are
    missing, there is no advice and the reason says why. Reference: Plaut, Nguyen & Trinh (2024).
    """
    named = [signal for name in DECIDING for signal in signals if signal.name == name]
    deciding = next((signal for signal in named if signal.confidence is not None), None)
    if deciding is None or deciding.confidence is None:
        why = named[0].missing if named else "no token probabilities were requested"
        return Decision(False, None, threshold, f"no advice: {why}")
    p, name = deciding.confidence, deciding.name
    if p < threshold:
        shown, asked = compared(p, threshold)
        reason = (_GIVEN if given else _WORDS)[name].format(p=shown, t=asked)
        return Decision(True, p, threshold, reason, name)
    return Decision(
        False, p, threshold, f"{percent(p)} is at or above the threshold of {percent(threshold)}", name
    )


def compared(confidence: float, threshold: float) -> tuple[str, str]:
    """A confidence and a threshold as percentages, with decimals where whole percent would look equal.

    >>> compared(0.499, 0.5), compared(0.72, 0.5)
    (('49.90 %', '50 %'), ('72 %', '50 %'))
    >>> compared(0.49999, 0.5)
    ('49.999 %', '50 %')
    """
    shown, asked = percent(confidence), percent(threshold)
    if shown != asked or confidence == threshold:
        return shown, asked
    for digits in range(2, 15):
        shown, exact = f"{confidence * 100:.{digits}f} %", f"{threshold * 100:.{digits}f} %"
        if shown != exact:
            break
    whole = f"{threshold * 100:.0f}"
    return shown, asked if float(exact.removesuffix(" %")) == float(whole) else exact
