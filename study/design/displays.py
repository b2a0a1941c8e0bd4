"""The confidence displays of a study: what each reads from a frozen assessment, or why it cannot be shown."""

from collections.abc import Sequence
from typing import Literal, get_args

from estimators.abstention import DECIDING
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
VERBALIZED = "numeric"  # the signal of the verbalized number, unless a study names another one


def token_signal(assessment: Assessment) -> Signal:
    """What the model's own token probabilities say: MSP where there are options, else the mean over its words."""
    found = [signal for name in DECIDING if (signal := assessment.signal(name)) is not None]
    known = next((signal for signal in found if signal.confidence is not None), None)
    return known or (
        found[0] if found else Signal(DECIDING[-1], None, "no token probabilities were requested")
    )


def verbal_signal(assessment: Assessment, name: str = VERBALIZED) -> Signal:
    """What the model said when it was asked how certain it is."""
    return assessment.signal(name) or Signal(name, None, f"the signal {name} was not asked for")


def calibrated_signal(assessment: Assessment) -> Signal:
    """The calibrated confidence as a signal of its own; missing where none holds for the answer."""
    decision, token = assessment.decision, token_signal(assessment)
    value = decision.confidence if decision.calibrated else token.calibrated
    name = decision.signal if decision.calibrated else token.name
    if value is None:
        return Signal(
            name or token.name, None, decision.uncalibrated or "no calibration was fitted for this model"
        )
    return Signal(name, value, calibrated=value)


def ranged_markers(assessment: Assessment) -> tuple[MarkerMatch, ...]:
    """The markers of an answer that people read as a range; a stated percentage is none."""
    return tuple(match for match in assessment.markers if match.low < match.high)


def missing(assessment: Assessment, elements: Sequence[str], verbalized: str = VERBALIZED) -> dict[str, str]:
    """Why elements of a condition cannot be shown for an answer: element → reason; empty where all can.

    Raises ValueError for a name that no element has.
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
