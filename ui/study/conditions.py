"""An AI answer under one condition as HTML: pure functions of an assessment; the template escapes all text.

Each display of a condition has its own box with a ``data-element``. Apart from the boxes, the markup is the same in
every condition, and conditions without a box keep its space free.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from estimators.markers.polarity import range_words
from estimators.percent import frequency, points_between
from estimators.types import Assessment, Signal
from study.design.displays import (
    VERBALIZED,
    Element,
    calibrated_signal,
    ranged_markers,
    token_signal,
    verbal_signal,
)
from ui.html import render
from ui.panel import axis_html
from ui.shown.axis import Axis, Lane

# Height of each box in CSS pixels, including its gap; style.css sets the same heights.
HEIGHTS: dict[Element, int] = {
    "abstention_banner": 104,
    "token_number": 92,
    "verbalized_number": 92,
    "calibrated_number": 92,
    "side_by_side": 196,
    "token_colours": 72,
}
_SURE = 1e-6  # below this probability the tint no longer changes


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the answer's text, with its token's probability as a tint, and the range of the marker that ends it."""

    text: str
    surprise: float | None = None  # 0 to 1; None: not tinted
    doubtful: bool = False
    range: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """One display next to the answer: a confidence with its meaning, or an axis with the gap in words, or fixed words."""

    element: Element
    confidence: float | None = None
    frequency: str = ""
    meaning: str = ""
    axis: Markup | None = None
    gap: str = ""


def answer_html(
    assessment: Assessment,
    elements: Sequence[str],
    reserve: int = 0,
    verbalized: str = VERBALIZED,
    ranges_kept_free: bool = False,
) -> str:
    """The answer as a condition shows it; a condition without displays shows only the text.

    ``reserve`` pixels are kept free for the boxes next to the answer (``reserved`` over all conditions of a study).
    With ``ranges_kept_free`` the text takes as many lines as it would with its ranges. Elements without a value are
    left out; ``study.design.displays.missing`` reports them before a study starts.
    """
    ranges = {match.end: f"({range_words(match)})" for match in ranged_markers(assessment)}
    boxes = [make(assessment, verbalized) for element, make in _BOXES.items() if element in elements]
    tinted = "token_colours" in elements and bool(assessment.evidence.answer.tokens)
    blanks = {end: _blank(words) for end, words in ranges.items()} if ranges_kept_free else {}
    return render(
        "study/answer.html",
        kept_free=_pieces(assessment, blanks) if ranges_kept_free else (),
        pieces=_pieces(assessment, ranges if "marker_ranges" in elements else {}, tinted),
        tinted=tinted,
        reserve=reserve,
        boxes=[box for box in boxes if box is not None],
    )


def reserved(conditions: Iterable[Sequence[str]]) -> int:
    """The height of the boxes in the condition with most of them, in pixels."""
    return max(
        (sum(HEIGHTS[name] for name in HEIGHTS if name in elements) for elements in conditions), default=0
    )


# ---- the words ---------------------------------------------------------------


def _pieces(assessment: Assessment, ranges: Mapping[int, str], tinted: bool = False) -> list[Piece]:
    """The text, tinted by token if asked for; ``ranges`` follow the markers that end at these positions."""
    answer = assessment.evidence.answer
    first = len(answer.text) - len(answer.text.lstrip())
    last = max(first, len(answer.text.rstrip()))
    spans: list[tuple[int, int, float | None]] = [(0, len(answer.text), None)]
    if tinted:
        spans, position = [], 0
        for token in answer.tokens:
            spans.append((position, position + len(token.text), math.exp(token.logprob)))
            position += len(token.text)
    pieces = []
    for start, end, probability in spans:
        start, end = max(start, first), min(end, last)
        cuts = [start, *sorted(cut for cut in ranges if start < cut < end), end]
        for left, right in pairwise(cuts):
            if left < right:
                pieces.append(_piece(answer.text[left:right], probability, ranges.get(right, "")))
    return pieces


def _piece(text: str, probability: float | None, range_after: str) -> Piece:
    if probability is None:
        return Piece(text, range=range_after)
    surprise = min(1.0, -math.log(max(probability, _SURE)) / 3)  # as in the chat
    return Piece(text, surprise, probability < 0.5, range_after)


def _blank(words: str) -> str:
    """A placeholder of the same width."""
    return re.sub("[a-z]", "n", re.sub("[0-9]", "0", words))


# ---- the boxes next to it -----------------------------------------------------


def _banner(assessment: Assessment, verbalized: str) -> Box | None:
    # without a number: a banner that shows one would combine two displays
    return Box("abstention_banner") if assessment.decision.abstain else None


def _number(element: Element, signal: Signal, meaning: str) -> Box | None:
    if signal.confidence is None:
        return None
    return Box(element, signal.confidence, frequency(signal.confidence), meaning)


def _token_number(assessment: Assessment, verbalized: str) -> Box | None:
    meaning = "how probable this answer was according to the AI’s own calculation"
    return _number("token_number", token_signal(assessment), meaning)


def _verbalized_number(assessment: Assessment, verbalized: str) -> Box | None:
    meaning = "how certain the AI said it was"
    return _number("verbalized_number", verbal_signal(assessment, verbalized), meaning)


def _calibrated_number(assessment: Assessment, verbalized: str) -> Box | None:
    meaning = "share of answers with this confidence that were right in a test"
    return _number("calibrated_number", calibrated_signal(assessment), meaning)


def _side_by_side(assessment: Assessment, verbalized: str) -> Box | None:
    token, verbal = token_signal(assessment), verbal_signal(assessment, verbalized)
    if token.confidence is None or verbal.confidence is None:
        return None
    calculated = "How probable this answer was according to the AI’s own calculation, from 0 to 100."
    said = "How certain the AI said it was, from 0 to 100."
    axis = Axis(
        token=(_lane("computed", "What it calculated", calculated, token),),
        verbal=(_lane("said", "What it says", said, verbal),),
    )
    points = points_between(verbal.confidence, token.confidence)
    size = f"{abs(points)} {'point' if abs(points) == 1 else 'points'}"
    gap = f"{size} {'above' if points > 0 else 'below'}" if points else "the same as"
    return Box("side_by_side", axis=axis_html(axis), gap=gap)


def _lane(name: str, title: str, meaning: str, signal: Signal) -> Lane:
    """A lane with a title for participants."""
    return Lane(name, title, meaning, signal.confidence, calibrated=signal.calibrated)


def _legend(assessment: Assessment, verbalized: str) -> Box | None:
    return Box("token_colours") if assessment.evidence.answer.tokens else None


_BOXES: dict[Element, Callable[[Assessment, str], Box | None]] = {
    "abstention_banner": _banner,
    "token_number": _token_number,
    "verbalized_number": _verbalized_number,
    "calibrated_number": _calibrated_number,
    "side_by_side": _side_by_side,
    "token_colours": _legend,
}
