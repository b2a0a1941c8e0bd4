"""What the ends of a study's confidence scale mean, and the P(right) that each slider position stands for."""

import re
from collections.abc import Mapping

from study.design.model import Design
from study.design.parts import Meaning, Scale

GUESS = re.compile(r"\b(guess\w*|coin|random\w*|(?<!no )chance)\b", re.IGNORECASE)
PERCENT = re.compile(
    r"%|\bper ?cent\b|\bprobab\w+|\b(certainly|definitely|surely) wrong\b|\bimpossible\b|\bno chance\b",
    re.IGNORECASE,
)
UNITS = (1.0, 10.0, 100.0)  # the number that stands for certainty: shares, tenths, percent
HALF_RANGE = 0.2  # a low end from here up is the chance level of at most five options

RATING = "the confidence scale is a rating, not a probability"
NO_CHANCE = "the low end of the confidence scale is a pure guess, but chance is unknown for open questions"
NOT_STATED = "the file does not say what the ends of the confidence scale mean; export it again from the study’s database"

WORDS: Mapping[str, str] = {  # by meaning
    "probability": "its numbers are P(right)",
    "guess-to-certain": (
        "the low end is a pure guess, P(right) = 1 / options, or 1/2 to accept or reject; the high end is 1"
    ),
    "rating": "a rating, not a probability",
}


def meaning(scale: Scale) -> Meaning:
    """The meaning stated in the design, or else inferred from numbers and labels; a rating if they are unclear.

    A scale that starts at the chance level of two to five options (such as 50 to 100) is a probability, whatever its
    labels. A low end labelled as a guess means guess-to-certain. Percent signs, or a low end that is certainly wrong,
    mean a probability.

    >>> meaning(Scale()), meaning(Scale(low=50)), meaning(Scale(low=1, high=7, low_label="unsure"))
    ('guess-to-certain', 'probability', 'rating')
    """
    if scale.means is not None:
        return scale.means
    if starts_at_chance(scale):
        return "probability"
    low, high = scale.ends
    if GUESS.search(low):
        return "guess-to-certain"
    if scale.low == 0 and scale.high in UNITS and PERCENT.search(f"{low} {high}"):
        return "probability"
    return "rating"


def starts_at_chance(scale: Scale) -> bool:
    """Whether the numbers run from a chance level to certainty, such as 50 to 100 or 0.25 to 1."""
    return scale.high in (1.0, 100.0) and HALF_RANGE <= scale.low / scale.high < 1


def place(value: object, scale: Scale) -> float | None:
    """The position of the slider as a share of its length; None for anything that is not on the scale.

    >>> place(75, Scale(low=50)), place(140, Scale()), place(None, Scale())
    (0.5, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not scale.low <= value <= scale.high:
        return None
    return (value - scale.low) / (scale.high - scale.low)


def probability_right(value: object, scale: Scale, guess: float | None) -> float | None:
    """The P(right) that a slider value stands for; None where ``no_probability`` gives a reason.

    probability: value / high; guess-to-certain: guess + (1 − guess) · place, where ``guess`` is the chance level.

    >>> probability_right(60, Scale(low=50), 0.5), probability_right(0, Scale(), 0.25), probability_right(50, Scale(), 0.5)
    (0.6, 0.25, 0.75)
    >>> probability_right(50, Scale(), None) is probability_right(50, Scale(means="rating"), 0.5) is None
    True
    """
    share = place(value, scale)
    if share is None or no_probability(meaning(scale), guess):
        return None
    if meaning(scale) == "probability":
        share, guess = (scale.low + share * (scale.high - scale.low)) / scale.high, 0.0
    assert guess is not None
    return round(guess + (1 - guess) * share, 6)


def no_probability(what: str | None, guess: float | None) -> str:
    """Why a scale with this meaning gives no P(right); "" if it does.

    >>> no_probability("guess-to-certain", 0.5), no_probability("rating", 0.5) == RATING
    ('', True)
    """
    if what is None:
        return NOT_STATED
    if what == "rating":
        return RATING
    return NO_CHANCE if what == "guess-to-certain" and guess is None else ""


def scale_note(design: Design) -> str:
    """How a design's confidence scale will be interpreted, in words; "" if it asks for no confidence."""
    if design.flow.raters:
        return ""
    scale, what = design.confidence_scale, meaning(design.confidence_scale)
    low, high = scale.ends
    note = f"Confidence from {scale.low:g} “{low}” to {scale.high:g} “{high}”: {what}, {WORDS[what]}."
    if scale.means is None:
        note += " This was inferred from its numbers and labels; state it with `means` in confidence_scale."
    without = sum(bool(no_probability(what, design.flow.chance(len(item.options)))) for item in design.items)
    if without:
        note += f" {without} of {len(design.items)} items are left out of the calibration measures."
    return note
