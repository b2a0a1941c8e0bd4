"""The confidence displays of a study: the value each takes from a frozen assessment, or why it cannot be shown."""

from collections.abc import Sequence
from typing import Literal, get_args

from estimators.types import Assessment, MarkerMatch, Signal

Element = Literal[
    "token_colours",
    "token_number",
    "verbalized_number",
    "marker_ranges",
    "calibrated_number",
    "abstention_banner",
    "side_by_side",
]
ELEMENTS: tuple[Element, ...] = get_args(Element)
TOKEN = ("msp", "sequence_probability")  # the first that an answer has
VERBALIZED = "numeric"  # default signal of the verbalized number


def token_signal(assessment: Assessment) -> Signal:
    """Confidence from the token probabilities: MSP if there are options, else the mean over all tokens."""
    candidates = [signal for name in TOKEN if (signal := assessment.signal(name)) is not None]
    available = next((signal for signal in candidates if signal.confidence is not None), None)
    return available or (
        candidates[0] if candidates else Signal(TOKEN[-1], None, "no token probabilities were requested")
    )


def verbal_signal(assessment: Assessment, name: str = VERBALIZED) -> Signal:
    """The confidence that the model stated when asked."""
    return assessment.signal(name) or Signal(name, None, f"the signal {name} was not requested")


def calibrated_signal(assessment: Assessment) -> Signal:
    """The calibrated confidence as a signal; missing if no calibration applies to the answer."""
    decision, token = assessment.decision, token_signal(assessment)
    value = decision.confidence if decision.calibrated else token.calibrated
    name = decision.signal if decision.calibrated else token.name
    if value is None:
        return Signal(name or token.name, None, decision.uncalibrated or "this model has no calibration")
    return Signal(name, value, calibrated=value)


def ranged_markers(assessment: Assessment) -> tuple[MarkerMatch, ...]:
    """The epistemic markers that people read as a range; a stated percentage is not one."""
    return tuple(match for match in assessment.markers if match.low < match.high)


def missing(assessment: Assessment, elements: Sequence[str], verbalized: str = VERBALIZED) -> dict[str, str]:
    """Why elements of a condition cannot be shown for an answer: element → reason; empty if all can.

    Raises ValueError for an unknown element.
    """
    if unknown := sorted(set(elements) - set(ELEMENTS)):
        raise ValueError(
            f"there is no display named {', '.join(unknown)}; the displays are {', '.join(ELEMENTS)}"
        )
    token, verbal = token_signal(assessment).missing, verbal_signal(assessment, verbalized).missing
    answer, decision = assessment.evidence.answer, assessment.decision
    reasons: dict[Element, str] = {
        "token_colours": "" if answer.tokens else answer.missing or "the answer has no tokens",
        "token_number": token,
        "verbalized_number": verbal,
        "marker_ranges": ""
        if ranged_markers(assessment)
        else "the answer contains no word of doubt or certainty",
        "calibrated_number": calibrated_signal(assessment).missing,
        "abstention_banner": decision.reason if decision.confidence is None else "",
        "side_by_side": token or verbal,
    }
    return {element: reasons[element] for element in ELEMENTS if element in elements and reasons[element]}
