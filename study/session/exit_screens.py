"""The last screen, for every way a session can end and for visits that cannot start one."""

from typing import Any

from study.design.model import Design
from study.design.parts import Ending
from study.session.screens import paragraphs

_ENDS = {
    "completed": ("Thank you", "Your answers are stored. You can close this page."),
    "declined": ("Thank you", "You chose not to take part. Only this decision was stored."),
    "screened-out": ("Thank you", "The study ends here for you."),
    "left": ("You have left the study", "Your answers are kept, and your place is free for someone else."),
    "withdrawn": ("Your data have been deleted", "Everything stored from your session has been deleted."),
    "full": ("All places are taken", "Enough people are already taking part. Thank you for your interest."),
    "paused": (
        "The study is paused",
        "The study is not accepting new participants at the moment. Please try again later.",
    ),
    "elsewhere": (
        "This ID has already been used",
        "A session with this participant ID already exists, from another browser or an earlier visit. To continue it, "
        "open the link in the browser you started with.",
    ),
}


def end_content(design: Design, outcome: str, code: str = "") -> dict[str, Any]:
    """The fields of the last screen."""
    title, sentence = _ENDS[outcome]
    text: tuple[str, ...] = (sentence,)
    if outcome == "screened-out" and design.screening is not None:
        text = paragraphs(design.screening.message)
    ending = {
        "completed": Ending(code=design.completion.code, redirect=design.completion.redirect),
        "declined": design.completion.declined,
        "screened-out": design.completion.screened_out,
    }.get(outcome, Ending())
    return {
        "id": "end", "kind": "end", "title": title, "text": text, "outcome": outcome, "code": code or
        ("" if ending.code == "random" else ending.code), "redirect": ending.redirect,
    }  # fmt: skip
