"""Counterbalancing: conditions, positions and items are balanced, even with dropouts."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.design.model import Design
from study.design.reader import parse_design
from study.plan.counterbalancing import Assignment, Cell, assign, cells, latin_square, next_cell, trials
from tests.study.studies import CONDITIONS, HEAD, items


def design(assignment: str, order: str, count: int = 12, conditions: int = 3, blocks: bool = False) -> Design:
    names = "\n".join(f"  - {{name: c{number}}}" for number in range(conditions))
    listed = items(count)
    if blocks:
        for number in range(count):
            listed = listed.replace(f"id: q{number}\n", f"id: q{number}\n    block: b{number % 2}\n")
    return parse_design(
        f"{HEAD}flow: accept-reject\nassignment: {assignment}\norder: {order}\nconditions:\n{names}\n{listed}"
    )


def everybody(plan: Design) -> list[Assignment]:
    """One person in each cell."""
    return [
        Assignment(cell.index, cell.condition, cell.row, cell.rotation, seed)
        for seed, cell in enumerate(cells(plan))
    ]


@pytest.mark.parametrize("size", range(1, 9))
def test_a_latin_square_is_balanced_for_place_and_for_carry_over(size: int) -> None:
    square = latin_square(size)
    for place in range(size):
        assert len(set(Counter(row[place] for row in square).values())) == 1
    pairs = Counter((row[place], row[place + 1]) for row in square for place in range(size - 1))
    assert len(pairs) == size * (size - 1) and len(set(pairs.values())) <= 1


@pytest.mark.parametrize("order", ["latin-square", "blocked", "random"])
@pytest.mark.parametrize("conditions", [2, 3, 4])
def test_within_subject_every_item_meets_every_condition_equally(order: str, conditions: int) -> None:
    plan = design("within", order, 12, conditions)
    met = Counter(
        (trial.item, trial.condition) for person in everybody(plan) for trial in trials(plan, person)
    )
    assert len(met) == 12 * conditions
    assert len(set(met.values())) == 1


def test_within_subject_a_person_meets_every_item_once_and_conditions_in_blocks() -> None:
    plan = design("within", "latin-square", 12, 4)
    for person in everybody(plan):
        assigned = trials(plan, person)
        assert sorted(trial.item for trial in assigned) == sorted(item.id for item in plan.items)
        assert [trial.number for trial in assigned] == list(range(1, 13))
        by_block = {
            block: {trial.condition for trial in assigned if trial.block == block} for block in range(4)
        }
        assert [len(names) for names in by_block.values()] == [1] * 4
        order = [next(iter(by_block[block])) for block in range(4)]
        assert order == [f"c{number}" for number in latin_square(4)[person.row]]


def test_fully_random_trials_mix_the_conditions() -> None:
    plan = design("within", "random", 12, 2)
    assigned = trials(plan, everybody(plan)[0])
    assert Counter(trial.condition for trial in assigned) == {"c0": 6, "c1": 6}
    assert [trial.condition for trial in assigned] != sorted(trial.condition for trial in assigned)
    assert {trial.block for trial in assigned} == {0}


def test_between_subject_a_latin_square_of_items_puts_every_item_at_every_place() -> None:
    plan = design("between", "latin-square", 4, 2)
    assert len(cells(plan)) == 8
    places = Counter(
        (trial.item, trial.number) for person in everybody(plan) for trial in trials(plan, person)
    )
    assert len(places) == 16 and set(places.values()) == {2}


def test_between_subject_blocks_of_items_stay_together() -> None:
    plan = design("between", "blocked", 8, 2, blocks=True)
    first = set()
    for seed in range(20):
        assigned = trials(plan, Assignment(0, "c0", 0, 0, seed))
        labels = [plan.item(trial.item).block for trial in assigned]
        assert labels == sorted(labels) or labels == sorted(labels, reverse=True)
        assert [trial.block for trial in assigned] == [0] * 4 + [1] * 4
        first.add(labels[0])
    assert first == {"b0", "b1"}


@given(st.integers(0, 2**62))
def test_the_same_seed_gives_the_same_trials(seed: int) -> None:
    plan = design("within", "random", 6, 2)
    person = Assignment(1, "", 0, 1, seed)
    assert trials(plan, person) == trials(plan, person)


@given(
    st.sampled_from([("between", "random"), ("between", "latin-square"), ("within", "latin-square"), ("within", "blocked")]),
    st.lists(st.floats(0, 1), max_size=60),
    st.integers(0, 1000),
)  # fmt: skip
def test_allocation_is_balanced_at_every_moment_without_drop_out(
    kind: tuple[str, str], people: list[float], seed: int
) -> None:
    plan = design(*kind, 6, 3)
    all_cells, filled, chance = cells(plan), Counter[int](), random.Random(seed)
    by_index = {cell.index: cell for cell in all_cells}
    for _ in people:
        filled[next_cell(all_cells, filled, chance).index] += 1
        for group in ("condition", "row"):
            totals = Counter({getattr(cell, group): 0 for cell in all_cells})
            for index, count in filled.items():
                totals[getattr(by_index[index], group)] += count
            if group == "condition" or kind[0] == "within":
                assert max(totals.values()) - min(totals.values()) <= 1


@given(st.lists(st.booleans(), min_size=1, max_size=80), st.integers(0, 1000))
def test_who_drops_out_is_replaced_in_the_same_cell_before_anything_grows(
    stays: list[bool], seed: int
) -> None:
    """The fullest condition never gets another person while another condition has fewer."""
    all_cells = [Cell(0, "a", 0, 0), Cell(1, "b", 0, 0), Cell(2, "c", 0, 0)]
    filled, chance = Counter[int](), random.Random(seed)
    for stay in stays:
        before = dict(filled)
        cell = next_cell(all_cells, filled, chance)
        assert before.get(cell.index, 0) == min(before.get(cell.index, 0) for cell in all_cells)
        filled[cell.index] += 1
        if not stay:
            filled[chance.choice([index for index, count in filled.items() if count])] -= 1


def test_ties_are_drawn_by_lot() -> None:
    plan = design("between", "random")
    first = {next_cell(cells(plan), {}, random.Random(seed)).condition for seed in range(40)}
    assert first == {"c0", "c1", "c2"}


def annotation(overlap: int, each: int, count: int) -> Design:
    return parse_design(
        f"{HEAD}flow: annotation\nannotation: {{overlap: {overlap}, items_each: {each}}}\n{items(count)}"
    )


@given(st.integers(1, 4), st.integers(1, 7), st.integers(0, 999))
def test_every_item_gets_its_overlap_and_no_rater_an_item_twice(overlap: int, each: int, seed: int) -> None:
    plan = annotation(overlap, each, 7)
    labels, raters = Counter[str](), 0
    while (given_ := assign(plan, {}, labels, seed + raters)) is not None:
        assigned = trials(plan, given_)
        assert len({trial.item for trial in assigned}) == len(assigned) <= each
        labels.update(trial.item for trial in assigned)
        raters += 1
        assert max(labels.values()) - min(labels[item.id] for item in plan.items) <= 1
    assert set(labels.values()) == {overlap}
    assert raters == -(-7 * overlap // each)


def test_conditions_of_the_small_study_are_two_cells() -> None:
    plan = parse_design(f"{HEAD}flow: accept-reject\n{CONDITIONS}{items(4)}")
    assert [cell.condition for cell in cells(plan)] == ["plain", "numbers"]
