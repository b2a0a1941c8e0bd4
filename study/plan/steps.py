"""The screens of one session, in order; they follow from the design and the assignment."""

from collections.abc import Iterator
from dataclasses import dataclass

from study.design.model import Design
from study.design.phases import PhaseName
from study.design.rules.form_rules import has_blocks
from study.plan.counterbalancing import Assignment, Trial, trials


@dataclass(frozen=True, slots=True)
class Step:
    """One screen; ``about`` names the item, check or questionnaire it shows."""

    id: str
    kind: str  # consent screening instructions trial feedback check questionnaire debriefing
    about: str = ""  # id of the item, the check or the questionnaire
    phase: PhaseName | None = None
    condition: str = ""
    trial: int | None = None  # from 1; practice trials are counted separately
    block: int | None = None
    practice: bool = False
    page: int = 0  # page of the instructions, from 0


def plan(design: Design, assignment: Assignment) -> tuple[Step, ...]:
    """Every screen from consent to debriefing."""
    return tuple(_steps(design, assignment))


def _steps(design: Design, assignment: Assignment) -> Iterator[Step]:
    yield Step("consent", "consent")
    if design.screening is not None:
        yield Step("screening", "screening")
    for page in range(len(design.instructions)):
        yield Step(f"instructions-{page + 1}", "instructions", page=page)
    main = trials(design, assignment)
    # practice trials cycle through the conditions of the session
    met = list(dict.fromkeys(trial.condition for trial in main)) or [design.shown[0].name]
    for number, item in enumerate(design.practice, 1):
        trial = Trial(number, item.id, met[(number - 1) % len(met)], 0)
        yield from _trial(design, trial, f"practice-{number}", practice=True)
        yield Step(
            f"practice-{number}.feedback", "feedback", item.id, None, trial.condition, number, practice=True
        )
    yield from _questionnaires(design, "before-trials")
    yield from _checks(design, 0)
    blocks = has_blocks(design)
    for index, trial in enumerate(main):
        yield from _trial(design, trial, f"trial-{trial.number:02d}")
        yield from _checks(design, trial.number)
        last = index + 1 == len(main) or main[index + 1].block != trial.block
        if blocks and last:
            yield from _questionnaires(design, "after-block", trial)
    yield from _questionnaires(design, "after-trials")
    yield Step("debriefing", "debriefing")


def _trial(design: Design, trial: Trial, name: str, practice: bool = False) -> Iterator[Step]:
    for phase in design.flow.phases(design.condition(trial.condition)):
        yield Step(
            f"{name}.{phase.name}",
            "trial",
            trial.item,
            phase.name,
            trial.condition,
            trial.number,
            trial.block,
            practice,
        )


def _checks(design: Design, after: int) -> Iterator[Step]:
    for check in design.attention_checks:
        if check.after == after:
            yield Step(f"check-{check.id}", "check", check.id)


def _questionnaires(design: Design, when: str, trial: Trial | None = None) -> Iterator[Step]:
    for page in design.questionnaires:
        if page.when == when:
            name = f"questionnaire-{page.name}"
            if trial is None:
                yield Step(name, "questionnaire", page.name)
            else:
                condition = trial.condition if design.assignment == "within" else ""
                yield Step(
                    f"{name}-{trial.block + 1}",
                    "questionnaire",
                    page.name,
                    condition=condition,
                    block=trial.block,
                )
