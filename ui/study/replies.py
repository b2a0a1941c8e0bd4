"""The JSON reply for a screen: plain values, and the AI answer as HTML for the condition."""

from typing import Any

from study.design.model import Design
from study.design.phases import FROZEN
from study.session.screens import Screen
from ui.study.conditions import answer_html, reserved


def reply(screen: Screen, design: Design) -> dict[str, Any]:
    """The JSON of a screen, with only those parts of its stimulus that the condition shows."""
    answer = _answer(screen, design)
    return {
        "screen": screen.to_json(),
        "html": {"answer": answer} if answer else {},
        "study": design.title,
    }


def _answer(screen: Screen, design: Design) -> str:
    """The AI answer as HTML; raters always see only its text."""
    if screen.stimulus is None or screen.phase not in FROZEN:
        return ""
    assessment = screen.stimulus.assessment
    if screen.phase == "label" or screen.condition is None:
        return answer_html(assessment, ())
    shows = [condition.shows for condition in design.shown]
    return answer_html(
        assessment,
        screen.condition.shows,
        reserve=reserved(shows),
        verbalized=design.verbalized,
        ranges_kept_free=any("marker_ranges" in elements for elements in shows),
    )
