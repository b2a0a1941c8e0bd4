"""Rules across the parts of a design; each broken rule is reported with its place."""

from collections import Counter
from collections.abc import Iterator

from pydantic import ValidationError

from chains.settings import Settings
from estimators import choose
from study.design.confidence_scale import GUESS, UNITS, starts_at_chance
from study.design.flows import FLOWS
from study.design.model import Design
from study.design.parts import Item
from study.design.rules.faults import Fault, listed, repeated, twice
from study.design.rules.form_rules import form_faults
from study.design.yaml_marks import Place


def faults(design: Design) -> list[Fault]:
    """Every rule that the design breaks, as (place, what is wrong and how to fix it)."""
    return [
        *_conditions(design),
        *_annotation(design),
        *_items(design),
        *_checks(design),
        *form_faults(design),
        *_ending(design),
        *design.flow.rules(design),
    ]


def _conditions(design: Design) -> Iterator[Fault]:
    count = len(design.conditions)
    yield from twice("conditions", [condition.name for condition in design.conditions], "name")
    if design.assignment == "within" and count < 2:
        yield (
            ("assignment",),
            f"a within-subject study needs at least 2 conditions, but there {_are(count)}: add one, or write "
            "`assignment: between`",
        )
    elif design.assignment == "within" and len(design.items) % count:
        down, up = len(design.items) // count * count, -(-len(design.items) // count) * count
        right = f"{down} or {up}" if down else str(up)
        yield (
            ("items",),
            f"{len(design.items)} items cannot be divided evenly among {count} conditions: use {right} items",
        )
    for index, condition in enumerate(design.conditions):
        place: Place = ("conditions", index, "shows")
        repeated = [name for name, times in Counter(condition.shows).items() if times > 1]
        if repeated:
            yield place, f"{repeated[0]} is listed twice: list it once"
        if condition.live and not design.flow.live:
            names = " or ".join(flow.name for flow in FLOWS if flow.live)
            yield (
                ("conditions", index, "live"),
                f"live answers do not work with the flow {design.flow}: leave `live` out, or use {names}",
            )


def _annotation(design: Design) -> Iterator[Fault]:
    if design.annotation is None:
        return
    if not design.flow.raters:
        names = " or ".join(f"`flow: {flow}`" for flow in FLOWS if flow.raters)
        yield ("annotation",), f"only allowed with {names}, but the flow is {design.flow}: leave it out"
    if design.annotation.items_each > len(design.items):
        yield (
            ("annotation", "items_each"),
            f"a rater cannot label {design.annotation.items_each} of {len(design.items)} items: use at most "
            f"{len(design.items)}",
        )
    if len(design.conditions) > 1:
        yield ("conditions",), "an annotation study can have only one condition: remove the others"


def _items(design: Design) -> Iterator[Fault]:
    for list_name, items in (("items", design.items), ("practice", design.practice)):
        before = [item.id for item in design.items] if list_name == "practice" else []
        yield from twice(list_name, [item.id for item in items], "id", before)
        for index, item in enumerate(items):
            yield from ((((list_name, index, *place)), text) for place, text in _item(design, item))
    blocks = {item.block for item in design.items}
    if "" in blocks and len(blocks) > 1:
        bare = next(index for index, item in enumerate(design.items) if not item.block)
        yield ("items", bare), "other items have a block and this one does not: add `block: …`"


def _item(design: Design, item: Item) -> Iterator[Fault]:
    if len(item.options) == 1:
        yield ("options",), "one option is too few: give at least 2, or none for an open question"
    if len(item.options) > 26:
        yield (
            ("options",),
            f"{len(item.options)} options are too many: at most 26 are allowed, one per letter",
        )
    if again := repeated(item.options):
        yield ("options",), f"“{again}” is listed twice: list every option once"
    if "" in item.options:
        yield ("options",), "an option is empty: add its text"
    if item.options and len(item.gold) > 1:
        yield ("gold",), "only one option can be right: give one text"
    elif item.options and item.gold and item.gold[0] not in item.options:
        yield ("gold",), f"“{item.gold[0]}” is not one of the options: use one of {listed(item.options)}"
    if not item.gold and not design.flow.raters:
        yield (
            (),
            f"item {item.id} has no right answer: add `gold: …`, so that people's answers can be graded",
        )


def _checks(design: Design) -> Iterator[Fault]:
    yield from twice("attention_checks", [check.id for check in design.attention_checks], "id")
    trials = design.annotation.items_each if design.annotation else len(design.items)
    for index, check in enumerate(design.attention_checks):
        place: Place = ("attention_checks", index)
        if check.after > trials:
            yield (
                (*place, "after"),
                f"there are {trials} trials, so {check.after} is never reached: use 0 to {trials}",
            )
        if again := repeated(check.options):
            yield (*place, "options"), f"“{again}” is listed twice: list every option once"
        if check.expected not in check.options:
            yield (
                (*place, "expected"),
                f"“{check.expected}” is not one of the options: use one of {listed(check.options)}",
            )


def _ending(design: Design) -> Iterator[Fault]:
    try:
        choose((*(design.settings().signals or ()), design.verbalized))
    except ValidationError as error:
        first = error.errors()[0]
        settings = ", ".join(Settings.model_fields)
        name = str(first["loc"][0])
        if first["type"] == "extra_forbidden":
            yield ("freeze", name), f"there is no setting {name!r}; the settings are: {settings}"
        else:
            yield ("freeze", name), f"{name}: {first['msg'].lower()}, not {first['input']!r}"
    except ValueError as error:  # the message lists the available signals
        place: Place = ("freeze", "signals") if "signals" in design.freeze else ("verbalized",)
        yield place, str(error)
    if design.completion.code == "" and design.completion.redirect == "":
        yield (
            ("completion",),
            "participants could not prove that they took part: add `completion: {code: …}` (`code: random` makes a "
            "different code for everyone) or a redirect",
        )
    yield from _scale(design)
    ids = (design.ids.participant, design.ids.study, design.ids.session)
    if again := repeated(ids):
        yield ("ids",), f"{again} is used twice: give every parameter a different name"


def _scale(design: Design) -> Iterator[Fault]:
    """Whether numbers and labels fit the stated meaning; a scale without one is not checked."""
    scale, place = design.confidence_scale, ("confidence_scale",)
    if not scale.low < scale.high:
        yield (*place, "low"), f"low {scale.low:g} is not below high {scale.high:g}"
        return
    if scale.means == "guess-to-certain" and starts_at_chance(scale):
        yield (
            (*place, "means"),
            f"{scale.low:g} to {scale.high:g} are already probabilities: write `means: probability`, or `low: 0`",
        )
    if scale.means != "probability":
        return
    if scale.high not in UNITS or scale.low < 0:
        yield (
            (*place, "high"),
            "a probability starts at 0 or more and ends at 100 (percent), 10 (tenths) or 1: change `high`, or write "
            "`means: rating`",
        )
        return
    if scale.low == 0 and GUESS.search(scale.ends[0]):
        yield (
            (*place, "low_label"),
            f"a probability of 0 means certainly wrong, which “{scale.ends[0]}” does not say: write `means: "
            "guess-to-certain`, or another label",
        )
    most = max((len(item.options) for item in (*design.items, *design.practice)), default=0)
    guess = design.flow.chance(most)
    if guess is not None and scale.low / scale.high > guess:
        yield (
            (*place, "low"),
            f"a guess among {most} options is right {guess * 100:.0f} % of the time, but the scale only starts at "
            f"{scale.low:g}: use a lower `low`",
        )


def _are(count: int) -> str:
    return "is 1" if count == 1 else f"are {count}"
