"""Rules for the forms of a design."""

from collections.abc import Iterator, Sequence

from study.design.model import Design
from study.design.parts import Field
from study.design.rules.faults import Fault, listed, repeated, twice
from study.design.yaml_marks import Place

OWN_NAMES = {"timed_out"}  # names that the server uses for its own values


def form_faults(design: Design) -> Iterator[Fault]:
    """Every rule that the screening and the questionnaires break."""
    yield from twice("questionnaires", [questionnaire.name for questionnaire in design.questionnaires], "id")
    for index, page in enumerate(design.questionnaires):
        place: Place = ("questionnaires", index)
        if not page.name:
            yield place, "a questionnaire needs `id: …`, or `template: …` for a built-in one"
        if not page.questions:
            yield place, "a questionnaire needs `questions: […]`"
        if page.when == "after-block" and not has_blocks(design):
            yield (
                (*place, "when"),
                "this study has no blocks: use after-trials. In a within-subject study with `order: latin-square` or "
                "`order: blocked`, every condition is a block. In a between-subject study with `order: blocked`, the "
                "blocks are those of the items (`block: …`)",
            )
        yield from _fields((*place, "questions"), page.questions)
    if design.screening is None:
        return
    yield from _fields(("screening", "questions"), design.screening.questions)
    by_name = {question.name: question for question in design.screening.questions}
    for name, kept in design.screening.keep.items():
        place = ("screening", "keep", name)
        if name not in by_name:
            yield place, f"no screening question is named {name}: the names are {listed(by_name)}"
        elif by_name[name].kind != "choice":
            yield (
                place,
                f"{name} is a {by_name[name].kind} question, but only `kind: choice` can decide who takes part",
            )
        elif strange := [answer for answer in kept if answer not in by_name[name].options]:
            yield (
                place,
                f"“{strange[0]}” is not one of its options: use some of {listed(by_name[name].options)}",
            )


def has_blocks(design: Design) -> bool:
    """Whether the trials of a session come in blocks."""
    if design.flow.raters:
        return False
    if design.assignment == "within":
        return design.order != "random"
    return design.order == "blocked" and any(item.block for item in design.items)


def _fields(place: Place, fields: Sequence[Field]) -> Iterator[Fault]:
    names = [field.name for field in fields]
    for index, field in enumerate(fields):
        here: Place = (*place, index)
        if field.name in names[:index]:
            yield (
                (*here, "name"),
                f"an earlier question is already named {field.name}: use each name only once",
            )
        if field.name in OWN_NAMES:
            yield (*here, "name"), f"the app reserves the name {field.name}: choose another"
        if field.kind in ("choice", "choices") and len(field.options) < 2:
            yield here, f"the {field.kind} question {field.name} needs `options: […]`, at least 2"
        if again := repeated(field.options):
            yield (*here, "options"), f"“{again}” is listed twice: list every option once"
        if field.kind == "yes-no" and len(field.options) not in (0, 2):
            yield (*here, "options"), "a yes-no question has exactly two options, the one for yes first"
        if field.options and field.kind not in ("choice", "choices", "yes-no"):
            yield (
                (*here, "options"),
                f"a {field.kind} question cannot have options: leave them out, or use `kind: choice`",
            )
        if not field.min < field.max:
            yield (*here, "min"), f"min {field.min:g} is not below max {field.max:g}"
