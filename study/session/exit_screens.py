"""The last screen of a session, for every way in which it can end, and of those that do not begin."""

from typing import Any

from study.design.model import Design, Ending
from study.session.screens import paragraphs

_ENDS = {
    "completed": ("Thank you", "Your answers are stored. You can close this page."),
    "declined": ("Thank you", "You chose not to take part. Nothing but this decision was stored."),
    "screened-out": ("Thank you", "The study ends here for you."),
    "left": ("You have left the study", "What you answered is kept, and your place was given back."),
    "withdrawn": ("Your data are deleted", "Everything that was stored of your session has been deleted."),
    "full": ("All places are taken", "Enough people are taking part already. Thank you for your interest."),
    "paused": (
        "The study is paused",
        "New participants are not let in at the moment. Please try again later.",
    ),
    "elsewhere": (
        "This id has taken part already",
        "A session with this participant id was begun before, in another browser or at another time. To go on with it, "
        "open the link in the browser in which you began.",
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
