"""What the page gets for a screen: plain values, and the markup of the AI answer as its condition shows it."""

from typing import Any

from study.design.model import Design
from study.session.screens import Screen
from ui.study.conditions import answer_html, reserved

_WITH_ANSWER = {"final", "decide", "label"}  # phases at which the frozen answer is seen


def reply(screen: Screen, design: Design) -> dict[str, Any]:
    """The JSON of a screen; of its stimulus, only what the condition shows."""
    answer = _answer(screen, design)
    return {
        "screen": screen.to_json(),
        "html": {"answer": answer} if answer else {},
        "study": design.title,
    }


def _answer(screen: Screen, design: Design) -> str:
    """The AI answer as markup; raters see its words alone, whatever the design's conditions show."""
    if screen.stimulus is None or screen.phase not in _WITH_ANSWER:
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
