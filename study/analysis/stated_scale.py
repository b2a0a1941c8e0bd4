"""States what the ends of a confidence scale mean, for data whose design did not say."""

from collections.abc import Mapping
from typing import Any

from study.design.confidence_scale import UNITS, probability_right, starts_at_chance
from study.design.parts import Meaning, Scale


def with_scale(row: Mapping[str, Any], means: Meaning) -> dict[str, Any]:
    """The trial with this meaning of its scale, and its confidences computed again from the sliders.

    Trials without a scale stay as they are. Raises ValueError if the numbers of the scale contradict the meaning.

    >>> stated = {"confidence_scale": "rating", "scale_low": 0.0, "scale_high": 100.0, "chance": 0.5}
    >>> with_scale({**stated, "own_slider": None, "final_slider": 40.0}, "guess-to-certain")["final_confidence"]
    0.7
    """
    low, high = row["scale_low"], row["scale_high"]
    if row["confidence_scale"] is None or low is None or high is None:
        return dict(row)
    scale = Scale(means=means, low=low, high=high)
    if means == "probability" and (high not in UNITS or low < 0):
        raise ValueError(
            f"a confidence scale from {low:g} to {high:g} is not a probability: a probability starts at 0 or "
            "more and ends at 100, 10 or 1"
        )
    if means == "guess-to-certain" and starts_at_chance(scale):
        raise ValueError(f"confidences from {low:g} to {high:g} are already probabilities")
    confidences = {
        f"{side}_confidence": probability_right(row[f"{side}_slider"], scale, row["chance"])
        for side in ("own", "final")
    }
    return {**row, "confidence_scale": means, **confidences}
