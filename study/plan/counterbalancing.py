"""Assignment of participants: counterbalancing, and the least-filled cell for the next person."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from study.design.model import Design


@dataclass(frozen=True, slots=True)
class Cell:
    """One arrangement of conditions and items; all cells should get equally many people."""

    index: int
    condition: str  # between-subject; "" = everyone sees all conditions
    row: int  # of the Latin square
    rotation: int  # shift of the item groups along the conditions


@dataclass(frozen=True, slots=True)
class Assignment:
    """One person's assignment; it fully determines the order of their trials."""

    cell: int
    condition: str
    row: int
    rotation: int
    seed: int
    items: tuple[str, ...] = ()  # annotation: the items to label


@dataclass(frozen=True, slots=True)
class Trial:
    """One item under one condition, at its position."""

    number: int  # from 1
    item: str
    condition: str
    block: int  # from 0


def latin_square(size: int) -> tuple[tuple[int, ...], ...]:
    """A Latin square balanced for carry-over: every row is an order of 0 … size − 1.

    Every value occurs equally often at every position, and equally often right after every other value. An odd
    size also needs each row reversed, hence 2 × size rows. Reference: Williams (1949), Aust. J. Sci. Res. A 2, 149–168.

    >>> latin_square(4)
    ((0, 1, 3, 2), (1, 2, 0, 3), (2, 3, 1, 0), (3, 0, 2, 1))
    """
    first = [(place + 1) // 2 if place % 2 else (size - place // 2) % size for place in range(size)]
    rows = [tuple((value + shift) % size for value in first) for shift in range(size)]
    return tuple(rows if size % 2 == 0 or size == 1 else [*rows, *(row[::-1] for row in rows)])


def cells(design: Design) -> tuple[Cell, ...]:
    """Every cell of a design.

    Within-subject: rows of the square of conditions (one row if their order is random) × rotations of the item
    groups. Between-subject: conditions × rows of the square of items (one row if their order is random).
    """
    count = len(design.shown)
    latin = design.order == "latin-square"
    if design.flow.raters:
        arrangements = [(design.shown[0].name, 0, 0)]
    elif design.assignment == "within":
        rows = len(latin_square(count)) if latin else 1
        arrangements = [("", row, rotation) for rotation in range(count) for row in range(rows)]
    else:
        rows = len(latin_square(len(design.items))) if latin else 1
        arrangements = [(condition.name, row, 0) for row in range(rows) for condition in design.shown]
    return tuple(Cell(index, *arrangement) for index, arrangement in enumerate(arrangements))


def next_cell(all_cells: Sequence[Cell], filled: Mapping[int, int], chance: random.Random) -> Cell:
    """The cell for the next person: of the least-filled condition, then row, then cell, then rotation; ties at random.

    ``filled`` counts the active and finished people of each cell. Dropouts are not counted, so that the next person
    fills the gap.
    """
    by_condition, by_row, by_rotation = Counter[str](), Counter[tuple[str, int]](), Counter[int]()
    for cell in all_cells:
        count = filled.get(cell.index, 0)
        by_condition[cell.condition] += count
        by_row[cell.condition, cell.row] += count
        by_rotation[cell.rotation] += count
    return min(
        all_cells,
        key=lambda cell: (
            by_condition[cell.condition],
            by_row[cell.condition, cell.row],
            filled.get(cell.index, 0),
            by_rotation[cell.rotation],
            chance.random(),
        ),
    )


def next_items(design: Design, labels: Mapping[str, int], chance: random.Random) -> tuple[str, ...]:
    """The items for the next rater: those with the fewest labels, finished or in progress, ties at random; none once
    every item has enough labels."""
    assert design.annotation is not None
    wanting = [item.id for item in design.items if labels.get(item.id, 0) < design.annotation.overlap]
    wanting.sort(key=lambda item: (labels.get(item, 0), chance.random()))
    return tuple(wanting[: design.annotation.items_each])


def assign(
    design: Design, filled: Mapping[int, int], labels: Mapping[str, int], seed: int
) -> Assignment | None:
    """The assignment of the next person; None if no item needs another label."""
    chance = random.Random(seed)
    cell = next_cell(cells(design), filled, chance)
    items = next_items(design, labels, chance) if design.flow.raters else ()
    if design.flow.raters and not items:
        return None
    return Assignment(cell.index, cell.condition, cell.row, cell.rotation, seed, items)


def trials(design: Design, assignment: Assignment) -> tuple[Trial, ...]:
    """The trials of one person, in order."""
    chance = random.Random(assignment.seed ^ 0x5EED)
    if design.flow.raters:
        blocks = [[(item, assignment.condition) for item in assignment.items]]
        chance.shuffle(blocks[0])
    elif design.assignment == "within":
        blocks = _within(design, assignment, chance)
    else:
        blocks = _between(design, assignment, chance)
    flat = [(item, condition, block) for block, pairs in enumerate(blocks) for item, condition in pairs]
    return tuple(Trial(number, *parts) for number, parts in enumerate(flat, 1))


def _within(design: Design, assignment: Assignment, chance: random.Random) -> list[list[tuple[str, str]]]:
    """Assign item groups to conditions, so that across cells every item meets every condition equally often."""
    count = len(design.conditions)
    groups = [[item.id for item in design.items[start::count]] for start in range(count)]
    if design.order == "latin-square":
        order = list(latin_square(count)[assignment.row])
        paired = [
            (condition, groups[(place + assignment.rotation) % count])
            for place, condition in enumerate(order)
        ]
    else:
        paired = [
            (condition, groups[(condition + assignment.rotation) % count]) for condition in range(count)
        ]
        chance.shuffle(paired)
    blocks = []
    for condition, items in paired:
        block = [(item, design.conditions[condition].name) for item in items]
        chance.shuffle(block)
        blocks.append(block)
    if design.order == "random":
        mixed = [pair for block in blocks for pair in block]
        chance.shuffle(mixed)
        return [mixed]
    return blocks


def _between(design: Design, assignment: Assignment, chance: random.Random) -> list[list[tuple[str, str]]]:
    pairs = [(item.id, assignment.condition) for item in design.items]
    if design.order == "latin-square":
        return [[pairs[index] for index in latin_square(len(pairs))[assignment.row]]]
    if design.order == "random":
        chance.shuffle(pairs)
        return [pairs]
    by_block: dict[str, list[tuple[str, str]]] = {}
    for item, pair in zip(design.items, pairs, strict=True):
        by_block.setdefault(item.block, []).append(pair)
    blocks = list(by_block.values())
    chance.shuffle(blocks)
    for block in blocks:
        chance.shuffle(block)
    return blocks
