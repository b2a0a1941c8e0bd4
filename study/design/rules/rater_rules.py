"""Rules for a flow in which raters label answers."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from study.design.rules.faults import Fault

if TYPE_CHECKING:
    from study.design.model import Design


def rater_rules(design: "Design") -> Iterator[Fault]:
    """Every rule that the design breaks because raters label its answers."""
    for index, condition in enumerate(design.conditions):
        if condition.shows:
            yield (
                ("conditions", index, "shows"),
                "raters must not see the model's confidence: leave it empty, `shows: []`",
            )
    if design.annotation is None:
        yield (
            ("flow",),
            "an annotation study must say how items are shared among raters: add `annotation: {overlap: 3, items_each: 10}`",
        )
    elif design.participants:
        need = -(-len(design.items) * design.annotation.overlap // design.annotation.items_each)
        if design.participants < need:
            yield (
                ("participants",),
                f"{design.participants} raters are too few: {len(design.items)} items × {design.annotation.overlap} "
                f"labels ÷ {design.annotation.items_each} items each = {need}",
            )
    for list_name, items in (("items", design.items), ("practice", design.practice)):
        for index, item in enumerate(items):
            if not item.gold and item.correct is None:
                yield (
                    (list_name, index),
                    f"item {item.id}: add `gold: …` or `correct: true` or `false`, so that labels can be compared "
                    "with it",
                )
