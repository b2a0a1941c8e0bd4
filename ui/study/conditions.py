"""An AI answer under one condition as HTML: pure functions of an assessment that escape all text.

Each display of a condition has its own box with a ``data-element``. Apart from the boxes, the markup is the same in
every condition, and conditions without a box keep its space free.
"""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from estimators.percent import percent, points_between
from estimators.types import Assessment, MarkerMatch
from study.design.displays import (
    VERBALIZED,
    Element,
    calibrated_signal,
    ranged_markers,
    token_signal,
    verbal_signal,
)
from ui.panel.axis import axis
from ui.panel.marker_words import range_words
from ui.words import frequency

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
class Lane:
    """A signal on the axis with a title for participants."""

    name: str
    title: str
    meaning: str
    side: str
    needs: tuple[str, ...] = ()


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
    boxes = "".join(draw(assessment, verbalized) for name, draw in _BOXES.items() if name in elements)
    ghost = _text(assessment, (), ranged_markers(assessment), blank=True) if ranges_kept_free else ""
    kept = f'<div class="cs-kept" aria-hidden="true">{ghost}</div>' if ghost else ""
    markers = ranged_markers(assessment) if "marker_ranges" in elements else ()
    return (
        f'<div class="cs-shown"><div class="cs-text" dir="auto">{kept}'
        f'<div class="cr-answer">{_text(assessment, elements, markers)}</div></div>'
        f'<div class="cs-beside" style="min-height:{reserve}px">{boxes}</div></div>'
    )


def reserved(conditions: Iterable[Sequence[str]]) -> int:
    """The height of the boxes in the condition with most of them, in pixels."""
    return max(
        (sum(HEIGHTS[name] for name in HEIGHTS if name in elements) for elements in conditions), default=0
    )


# ---- the words ---------------------------------------------------------------


def _text(
    assessment: Assessment, elements: Sequence[str], markers: Sequence[MarkerMatch], blank: bool = False
) -> str:
    """The text, tinted if the condition asks for it, with each marker followed by its range."""
    answer = assessment.evidence.answer
    first = len(answer.text) - len(answer.text.lstrip())
    last = max(first, len(answer.text.rstrip()))
    tinted = "token_colours" in elements
    spans: list[tuple[int, int, float | None]] = [(0, len(answer.text), None)]
    if tinted and answer.tokens:
        spans, position = [], 0
        for token in answer.tokens:
            spans.append((position, position + len(token.text), math.exp(token.logprob)))
            position += len(token.text)
    ranges = {match.end: _range(match, blank) for match in markers}
    parts = []
    for start, end, probability in spans:
        start, end = max(start, first), min(end, last)
        cuts = [start, *sorted(cut for cut in ranges if start < cut < end), end]
        for left, right in pairwise(cuts):
            parts.append(_piece(answer.text[left:right], probability))
            if left < right and right in ranges:
                parts.append(ranges[right])
    body = "".join(parts)
    return f'<span data-element="token_colours">{body}</span>' if tinted and answer.tokens else body


def _piece(text: str, probability: float | None) -> str:
    if not text or probability is None:
        return escape(text)
    surprise = min(1.0, -math.log(max(probability, _SURE)) / 3)  # as in the chat
    doubtful = " cr-doubtful" if probability < 0.5 else ""
    return f'<span class="cr-token{doubtful}" style="--s:{surprise:.3f}">{escape(text)}</span>'


def _range(match: MarkerMatch, blank: bool) -> str:
    words = f"({range_words(match)})"
    if blank:  # a placeholder of the same width
        return f' <span class="cs-range">{re.sub("[a-z]", "n", re.sub("[0-9]", "0", words))}</span>'
    return f'<span data-element="marker_ranges"> <span class="cs-range">{words}</span></span>'


# ---- the boxes next to it -----------------------------------------------------


def _banner(assessment: Assessment, verbalized: str) -> str:
    # without a number: a banner that shows one would combine two displays
    if not assessment.decision.abstain:
        return ""
    words = "I would rather not answer this: I am not sure enough."
    return (
        f'<div class="cs-box cr-banner" data-element="abstention_banner" role="note"><p>{words}</p>'
        "<small>The AI advises you not to rely on this answer.</small></div>"
    )


def _number(element: str, confidence: float | None, meaning: str) -> str:
    if confidence is None:
        return ""
    return (
        f'<div class="cs-box cs-number" data-element="{element}"><span class="cr-number">{percent(confidence)}</span>'
        f'<span class="cr-reading">{frequency(confidence)}<small>{meaning}</small></span></div>'
    )


def _token_number(assessment: Assessment, verbalized: str) -> str:
    meaning = "how probable this answer was by the AI’s own calculation"
    return _number("token_number", token_signal(assessment).confidence, meaning)


def _verbalized_number(assessment: Assessment, verbalized: str) -> str:
    meaning = "how certain the AI said it was"
    return _number("verbalized_number", verbal_signal(assessment, verbalized).confidence, meaning)


def _calibrated_number(assessment: Assessment, verbalized: str) -> str:
    meaning = "share of answers at this level that were right when tested"
    return _number("calibrated_number", calibrated_signal(assessment).confidence, meaning)


def _side_by_side(assessment: Assessment, verbalized: str) -> str:
    token, verbal = token_signal(assessment), verbal_signal(assessment, verbalized)
    if token.confidence is None or verbal.confidence is None:
        return ""
    lanes = (
        Lane(
            "computed",
            "What it calculated",
            "How probable this answer was by the AI’s own calculation, from 0 to 100.",
            "token",
        ),
        Lane(
            "said",
            "What it says",
            "How certain the AI said it was, from 0 to 100.",
            "verbal",
        ),
    )
    points = points_between(verbal.confidence, token.confidence)
    size = f"{abs(points)} {'point' if abs(points) == 1 else 'points'}"
    where = f"{size} {'above' if points > 0 else 'below'}" if points else "level with"
    drawn = axis(lanes, {"computed": token, "said": verbal}, None)
    return (
        f'<div class="cs-box cs-axis" data-element="side_by_side">{drawn}'
        f"<p>What it says is <b>{where}</b> what it calculated.</p></div>"
    )


def _legend(assessment: Assessment, verbalized: str) -> str:
    if not assessment.evidence.answer.tokens:
        return ""
    return (
        '<div class="cs-box cs-legend" data-element="token_colours">Plain: the AI found the word probable · '
        '<span class="cr-token" style="--s:0.55">tinted</span>: less probable (stronger tint = less) · '
        '<span class="cr-token cr-doubtful" style="--s:0.3">dotted</span>: below 50 %</div>'
    )


_BOXES: dict[Element, Callable[[Assessment, str], str]] = {
    "abstention_banner": _banner,
    "token_number": _token_number,
    "verbalized_number": _verbalized_number,
    "calibrated_number": _calibrated_number,
    "side_by_side": _side_by_side,
    "token_colours": _legend,
}
