"""One screen as data: everything the page needs, and nothing it must not reveal yet."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from study.design.model import Design
from study.design.parts import Condition, Field, Item
from study.design.phases import AFTER
from study.design.stimuli import Stimuli, Stimulus
from study.plan.position import Answers
from study.plan.steps import Step
from study.session.form_validation import TEXT_LIMIT

_WRAPPED = re.compile(
    r"[ \t]*\n[ \t]*(?![ \t]*(?:[-–•*]|\d+[.)])\s)"
)  # a line break that does not start a list item
_SERVER_ONLY = {"stimulus", "condition", "chat"}


@dataclass(frozen=True, slots=True)
class Screen:
    """The current screen of one participant."""

    id: str
    kind: str  # consent screening instructions trial feedback check questionnaire debriefing end
    participant: str
    title: str = ""
    text: tuple[str, ...] = ()  # paragraphs
    fields: tuple[Field, ...] = ()
    done: int = 0
    total: int = 0
    seconds_left: float | None = None
    server_time: str = ""
    notice: str = ""
    phase: str = ""
    question: str = ""
    options: tuple[str, ...] = ()
    trial: int | None = None
    trials: int = 0
    practice: bool = False
    own: Mapping[str, Any] | None = None  # the person's answer before they saw the AI answer
    feedback: Mapping[str, Any] | None = None
    seen: tuple[Mapping[str, Any], ...] = ()  # debriefing: {question, answer, correct, gold} of every trial
    code: str = ""
    redirect: str = ""
    outcome: str = ""  # how the session ended
    stimulus: Stimulus | None = None  # server side only, like the two below
    condition: Condition | None = None
    chat: tuple[Mapping[str, Any], ...] = ()  # the turns so far

    def to_json(self) -> dict[str, Any]:
        """The data sent to the page: no frozen answer, no condition, and no right answer too early."""
        data: dict[str, Any] = {
            field.name: getattr(self, field.name) for field in fields(self) if field.name not in _SERVER_ONLY
        }
        return data | {
            "fields": [field.model_dump(mode="json") for field in self.fields],
            "text": list(self.text), "options": list(self.options), "seen": [dict(row) for row in self.seen],
        }  # fmt: skip


def form(design: Design, step: Step) -> tuple[Field, ...]:
    """The form fields of a screen; its answer uses their names."""
    match step.kind:
        case "consent":
            words = (design.consent.agree, design.consent.decline)
            return (Field(name="agree", kind="yes-no", label="Do you want to take part?", options=words),)
        case "screening":
            assert design.screening is not None
            return design.screening.questions
        case "questionnaire":
            return next(
                questionnaire for questionnaire in design.questionnaires if questionnaire.name == step.about
            ).questions
        case "check":
            check = next(check for check in design.attention_checks if check.id == step.about)
            return (Field(name="answer", kind="choice", label=check.question, options=check.options),)
        case "trial":
            return design.flow.form(step.phase, design.item(step.about), design.confidence_scale)
    return ()


@dataclass(frozen=True, slots=True)
class Drawn:
    """Everything a screen is built from."""

    design: Design
    stimuli: Stimuli
    steps: tuple[Step, ...]
    answers: Answers
    participant: str
    at: str = ""  # the current screen: its AI answer was seen, too
    chat: Callable[[str], tuple[Mapping[str, Any], ...]] = lambda screen: ()  # the stored turns of a screen


def content(drawn: Drawn, step: Step) -> dict[str, Any]:
    """The fields of a Screen that follow from its step and earlier answers."""
    design = drawn.design
    values: dict[str, Any] = {"id": step.id, "kind": step.kind, "fields": form(design, step)}
    match step.kind:
        case "consent":
            return values | {"title": design.title, "text": paragraphs(*design.consent.text)}
        case "screening":
            return values | {"title": "A few questions first"}
        case "instructions":
            return values | {"title": design.title, "text": paragraphs(design.instructions[step.page])}
        case "check":
            (field,) = values["fields"]
            return values | {"question": field.label, "options": field.options}
        case "questionnaire":
            page = next(
                questionnaire for questionnaire in design.questionnaires if questionnaire.name == step.about
            )
            return values | {"title": page.title, "text": page.text}
        case "debriefing":
            return values | {
                "title": "Before you go",
                "text": paragraphs(*design.debriefing.text),
                "seen": seen(drawn),
            }
    item = design.item(step.about)
    condition = design.condition(step.condition)
    frozen = None if design.flow.is_live(condition) else drawn.stimuli.get(item.id)
    before = drawn.answers.get(f"{step.id.partition('.')[0]}.own")
    first = design.flow.phases(condition)[0].name
    alike = [other for other in drawn.steps if other.kind == "trial" and other.practice == step.practice]
    values |= {
        "question": item.question, "options": item.options, "trial": step.trial, "practice": step.practice,
        "phase": step.phase or "", "trials": sum(other.phase == first for other in alike),
        "own": before["values"] if before and step.phase != "own" else None,
    }  # fmt: skip
    if step.kind == "feedback":
        return values | {"feedback": _feedback(drawn, step, item, frozen)}
    if step.phase in AFTER:
        values |= {"stimulus": frozen, "condition": condition, "chat": drawn.chat(step.id)}
    return values


def _feedback(drawn: Drawn, step: Step, item: Item, frozen: Stimulus | None) -> dict[str, Any]:
    name = step.id.partition(".")[0]
    last = [
        drawn.answers[step.id]
        for step in drawn.steps
        if step.id.startswith(f"{name}.") and step.id in drawn.answers
    ]
    payload = last[-1] if last else {}
    return {
        "values": payload.get("values", {}), "said_correct": payload.get("said_correct"),
        "gold": item.gold[0] if item.gold else "", "answer": frozen.answer if frozen else "",
        "ai_correct": frozen.correct if frozen else None, "text": item.feedback,
    }  # fmt: skip


def seen(drawn: Drawn) -> tuple[dict[str, Any], ...]:
    """Every frozen answer that the person was shown, and whether it was right."""
    if not drawn.design.debriefing.show_answers:
        return ()
    answers = []
    for step in drawn.steps:
        frozen = drawn.stimuli.get(step.about) if step.kind == "trial" and not step.practice else None
        live = step.kind == "trial" and drawn.design.flow.is_live(drawn.design.condition(step.condition))
        if frozen and not live and step.phase in AFTER and (step.id in drawn.answers or step.id == drawn.at):
            answers.append(
                {
                    "question": frozen.question, "answer": frozen.answer, "correct": frozen.correct,
                    "gold": frozen.gold[0] if frozen.gold else "",
                }
            )  # fmt: skip
    return tuple(answers)


def paragraphs(*texts: str) -> tuple[str, ...]:
    """Split texts at blank lines; other line breaks become spaces, except before list items.

    >>> paragraphs("One,\\nstill one.\\n\\nTwo:\\n- a\\n- b")
    ('One, still one.', 'Two:\\n- a\\n- b')
    """
    parts = (part.strip() for text in texts for part in text.split("\n\n"))
    return tuple(_WRAPPED.sub(" ", part) for part in parts if part)


CUT = "“{label}” was too long: only the first {limit:,} of its {length:,} characters were stored."


def cut_notice(fields_: tuple[Field, ...], cut: Mapping[str, int]) -> str:
    """One sentence for each text that was cut."""
    labels = {field.name: field.label for field in fields_}
    return " ".join(
        CUT.format(label=labels[name], limit=TEXT_LIMIT, length=length) for name, length in cut.items()
    )
