"""An AI answer under one condition as HTML: pure functions of a frozen assessment that escape everything.

What a condition adds stands in boxes of its own, each with ``data-element``; without them the markup of every
condition is the same, and the space they take is kept free where they are not shown.
"""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from estimators.percent import percent, points_between
from estimators.types import Assessment, MarkerMatch, Signal
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

# CSS pixels that a box takes, its gap included; style.css gives each box this height.
HEIGHTS: dict[Element, int] = {
    "abstention_banner": 104,
    "token_number": 92,
    "verbalized_number": 92,
    "calibrated_number": 92,
    "side_by_side": 196,
    "token_colours": 72,
}
_SURE = 1e-6  # a smaller probability is tinted no more


@dataclass(frozen=True, slots=True)
class Lane:
    """A signal on the axis under a name for participants; the shape of an Estimator, without its reading."""

    name: str
    title: str
    meaning: str
    side: str
    needs: tuple[str, ...] = ()

    def __call__(self, evidence: object) -> Signal:
        raise NotImplementedError("a frozen answer is not read again")


def answer_html(
    assessment: Assessment,
    elements: Sequence[str],
    reserve: int = 0,
    verbalized: str = VERBALIZED,
    ranges_kept_free: bool = False,
) -> str:
    """The answer as a condition shows it; an empty condition shows the words alone.

    ``reserve`` pixels are kept for the boxes beside the answer (``reserved`` of all conditions of a study), and with
    ``ranges_kept_free`` the text takes the lines that it takes with its ranges. An element that has no value is left
    out: ``study.design.displays.missing`` says so before a study begins.
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
    """The pixels that the boxes of the fullest condition take."""
    return max(
        (sum(HEIGHTS[name] for name in HEIGHTS if name in elements) for elements in conditions), default=0
    )


# ---- the words ---------------------------------------------------------------


def _text(
    assessment: Assessment, elements: Sequence[str], markers: Sequence[MarkerMatch], blank: bool = False
) -> str:
    """The words, tinted where the condition says so, each marker followed by its range."""
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
    if blank:  # as wide, and says nothing
        return f' <span class="cs-range">{re.sub("[a-z]", "n", re.sub("[0-9]", "0", words))}</span>'
    return f'<span data-element="marker_ranges"> <span class="cs-range">{words}</span></span>'


# ---- the boxes beside them ---------------------------------------------------


def _banner(assessment: Assessment, verbalized: str) -> str:
    # no figure in it: a banner that names one would be two displays
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
    meaning = "how probable the AI’s own computation made this answer"
    return _number("token_number", token_signal(assessment).confidence, meaning)


def _verbalized_number(assessment: Assessment, verbalized: str) -> str:
    meaning = "what the AI said when it was asked how certain it is"
    return _number("verbalized_number", verbal_signal(assessment, verbalized).confidence, meaning)


def _calibrated_number(assessment: Assessment, verbalized: str) -> str:
    meaning = "share of answers with such a figure that were right when it was measured"
    return _number("calibrated_number", calibrated_signal(assessment).confidence, meaning)


def _side_by_side(assessment: Assessment, verbalized: str) -> str:
    token, verbal = token_signal(assessment), verbal_signal(assessment, verbalized)
    if token.confidence is None or verbal.confidence is None:
        return ""
    lanes = (
        Lane(
            "computed",
            "What it computed",
            "How probable the AI’s own computation made this answer, from 0 to 100.",
            "token",
        ),
        Lane(
            "said",
            "What it says",
            "What the AI said when it was asked how certain it is, from 0 to 100.",
            "verbal",
        ),
    )
    points = points_between(verbal.confidence, token.confidence)
    size = f"{abs(points)} {'point' if abs(points) == 1 else 'points'}"
    where = f"{size} {'above' if points > 0 else 'below'}" if points else "level with"
    drawn = axis(lanes, {"computed": token, "said": verbal}, None)
    return (
        f'<div class="cs-box cs-axis" data-element="side_by_side">{drawn}'
        f"<p>What it says lies <b>{where}</b> what it computed.</p></div>"
    )


def _legend(assessment: Assessment, verbalized: str) -> str:
    if not assessment.evidence.answer.tokens:
        return ""
    return (
        '<div class="cs-box cs-legend" data-element="token_colours">Plain: the AI found the word probable · '
        '<span class="cr-token" style="--s:0.55">tinted</span>: surprising, the stronger the more · '
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
