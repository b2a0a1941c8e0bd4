"""Grades a person's answer: whether it is right, whether it agrees with the AI, whether a check was passed."""

from collections.abc import Mapping
from typing import Any

from estimators.parsing.options import find_choice
from evaluation.grading.grader import grade_short, normalised
from study.design.model import Design
from study.design.parts import Item
from study.design.stimuli import Stimulus
from study.plan.steps import Step


def said_correct(item: Item, said: Any) -> bool | None:
    """Whether an answer is right; None if there is no answer or no gold answer."""
    if not isinstance(said, str) or not item.gold:
        return None
    if item.options:
        return said == item.gold[0]
    return grade_short(said, item.gold).correct


def agrees(item: Item, said: Any, shown: str) -> bool | None:
    """Whether a person's answer agrees with the AI's: the same option, or one text that contains the other.

    None if that is unclear; "?" and other texts without a word agree with nothing.
    """
    if not isinstance(said, str) or not shown:
        return None
    if item.options:
        chosen = find_choice(shown, item.options)
        return None if chosen is None else item.options[chosen[0]] == said
    if not normalised(shown):
        return None
    if not normalised(said):
        return False
    if grade_short(shown, (said,)).correct:
        return True
    return grade_short(said, (shown,)).correct


def judged(
    design: Design, step: Step, values: Mapping[str, Any], stimulus: Stimulus | None, live_answer: str = ""
) -> dict[str, Any]:
    """The grades that are stored with the values of a trial or a check."""
    if step.kind == "check":
        check = next(check for check in design.attention_checks if check.id == step.about)
        return {"passed": values.get("answer") == check.expected}
    if step.kind != "trial":
        return {}
    item = design.item(step.about)
    shown = (
        live_answer
        if design.flow.is_live(design.condition(step.condition))
        else (stimulus.answer if stimulus else "")
    )
    answer = values.get("answer")
    return {
        "said_correct": said_correct(item, answer),
        "ai_correct": None if step.phase == "chat" or stimulus is None else stimulus.correct,
        "agrees_with_ai": agrees(item, answer, shown),
    }
