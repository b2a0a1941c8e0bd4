"""Whether an answer should rather have been withheld."""

from collections.abc import Sequence

from estimators.percent import percent
from estimators.types import Decision, Signal

DECIDING = ("msp", "sequence_probability")
_WORDS = {
    "msp": "the letter of my answer had a probability of {p}, and the setting asks for at least {t}",
    "sequence_probability": "the words of my answer had a mean probability of {p}, and the setting asks for at least {t}",
}


def decide(signals: Sequence[Signal], threshold: float) -> Decision:
    """Abstain when the deciding confidence lies below the threshold.

    Before any calibration MSP decides where the question has options, else the
    length-normalised sequence probability; where it is missing nothing is
    decided and the reason says so. Reference: Plaut, Nguyen & Trinh (2024).
    """
    named = [signal for name in DECIDING for signal in signals if signal.name == name]
    deciding = next((signal for signal in named if signal.confidence is not None), None)
    if deciding is None or deciding.confidence is None:
        why = named[0].missing if named else "no token probabilities were asked for"
        return Decision(False, None, threshold, f"no advice: {why}")
    p, name = deciding.confidence, deciding.name
    if p < threshold:
        shown = percent(p) if percent(p) != percent(threshold) else f"{p * 100:.2f} %"
        reason = _WORDS[name].format(p=shown, t=percent(threshold))
        return Decision(True, p, threshold, reason, name)
    return Decision(
        False, p, threshold, f"{percent(p)} is at or above the threshold of {percent(threshold)}", name
    )
