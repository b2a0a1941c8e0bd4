"""How far raters agree: Krippendorff's α over labels, with labels that are missing.

Compared are the values that raters gave, never the names under which they are stored: two raters who both answered
"correctness" have not thereby agreed on it.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from evaluation.metrics import Figure, NotDefined, figure, resampled

Level = Literal["nominal", "ordinal", "interval"]
LEVELS: tuple[Level, ...] = ("nominal", "ordinal", "interval")


@dataclass(frozen=True, slots=True)
class Rating:
    """One label by one rater."""

    item: str
    rater: str
    value: Hashable  # what was chosen: a text or a number; None and "" = not given


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far raters agree on one question."""

    level: Level
    alpha: Figure
    pairwise: Figure  # share of the pairs of raters who gave the same value
    items: int  # with at least two labels; the others say nothing about agreement
    raters: int
    labels: int


@dataclass(frozen=True, slots=True)
class Counts:
    """How many raters gave each value to each item: all that α needs."""

    items: tuple[str, ...]
    values: tuple[Hashable, ...]  # in the order of the scale
    table: NDArray[np.int_]  # shape (items, values)


def counted(ratings: Sequence[Rating], scale: Sequence[Hashable] = ()) -> Counts:
    """The ratings as counts of values by item.

    ``scale`` names the values in their order; a value that stands there as a number may have been stored as text
    (``4`` and ``"4"``), so both are matched by how they are written. Without a scale the values that occur, sorted.
    Missing labels (None, "") are left out. Raises ValueError for a second label of one rater on one item, and for a
    value that is not on the scale: both would change α silently.

    >>> counted([Rating("a", "r1", "yes"), Rating("a", "r2", "no")], ("no", "yes")).table
    array([[1, 1]])
    """
    given = [rating for rating in ratings if rating.value is not None and rating.value != ""]
    twice = _repeated([(one.item, one.rater) for one in given])
    if twice:
        raise ValueError(f"rater {twice[1]} has two labels for item {twice[0]}: keep the last one")
    values = tuple(scale) or tuple(sorted({one.value for one in given}, key=_order))
    places = {_written(value): place for place, value in enumerate(values)}
    for one in given:
        if _written(one.value) not in places:
            named = ", ".join(map(str, values))
            raise ValueError(f"item {one.item}: the label {one.value!r} is not on the scale ({named})")
    items = tuple(dict.fromkeys(one.item for one in given))
    rows = {item: place for place, item in enumerate(items)}
    table = np.zeros((len(items), len(values)), dtype=np.int_)
    for one in given:
        table[rows[one.item], places[_written(one.value)]] += 1
    return Counts(items, values, table)


def alpha(counts: Counts, level: Level) -> float:
    """Krippendorff's α = 1 − observed disagreement / disagreement expected by chance; 1 = all agree, 0 = chance.

    Distance of two values: nominal 0 or 1; ordinal the labels between their ranks, as they were used, squared;
    interval their difference, squared (the values must be numbers). Items with one label are left out. Raises
    NotDefined where no item has two labels or only one value was ever used (chance then cannot disagree),
    ValueError for interval labels that are no numbers. Reference: Krippendorff (2019), Content Analysis, chapter 12.

    >>> round(alpha(Counts(("a", "b"), (0, 1), np.array([[2, 0], [1, 1]])), "nominal"), 3)
    0.0
    """
    import krippendorff

    paired = counts.table[counts.table.sum(axis=1) >= 2]
    if not len(paired):
        raise NotDefined("Krippendorff’s α needs an item with two labels, and there is none")
    if (paired.sum(axis=0) > 0).sum() < 2:
        raise NotDefined("Krippendorff’s α needs labels that differ somewhere, and all are the same")
    domain = np.arange(len(counts.values)) if level != "interval" else _numbers(counts.values)
    return float(krippendorff.alpha(value_counts=paired, value_domain=domain, level_of_measurement=level))


def pairwise(counts: Counts) -> float:
    """Share of the pairs of labels of one item that are the same value; from 0 to 1, not corrected for chance.

    Every pair of raters of an item counts once: Σ_items Σ_values C(n, 2) / Σ_items C(n_item, 2).

    >>> round(pairwise(Counts(("a", "b"), (0, 1), np.array([[2, 1], [0, 2]]))), 2)  # (1 + 1) of (3 + 1)
    0.5
    """
    n = counts.table.sum(axis=1)
    pairs = int((n * (n - 1) // 2).sum())
    if not pairs:
        raise NotDefined("agreement needs an item with two labels, and there is none")
    return float((counts.table * (counts.table - 1) // 2).sum() / pairs)


def agreement(
    ratings: Sequence[Rating], level: Level, scale: Sequence[Hashable] = (), *, draws: int = 0, seed: int = 0
) -> Agreement:
    """α and the share of agreeing pairs with 95 % percentile intervals over ``draws`` resamples of the items.

    Items are drawn, raters are kept: the interval says how α would vary over other items with the same raters.
    Fewer than ten items with two labels have no interval. Reference: Zapf et al. (2016), BMC Medical Research
    Methodology 16:93.
    """
    all_counts = counted(ratings, scale)
    kept = np.flatnonzero(all_counts.table.sum(axis=1) >= 2)
    counts = _chosen(all_counts, kept)
    given = [rating for rating in ratings if rating.value is not None and rating.value != ""]
    if not len(kept):
        none = figure(lambda: pairwise(counts))
        return Agreement(level, none, none, 0, len({one.rater for one in given}), len(given))
    return Agreement(
        level,
        resampled(lambda drawn: alpha(_chosen(counts, drawn), level), len(kept), draws, seed),
        resampled(lambda drawn: pairwise(_chosen(counts, drawn)), len(kept), draws, seed, share=True),
        len(kept),
        len({one.rater for one in given}),
        len(given),
    )


def _chosen(counts: Counts, rows: NDArray[np.intp]) -> Counts:
    return Counts(tuple(counts.items[row] for row in rows), counts.values, counts.table[rows])


def _numbers(values: Sequence[Hashable]) -> NDArray[np.float64]:
    try:
        return np.array([float(value) for value in values])  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise ValueError(
            f"interval labels must be numbers, and these are {', '.join(map(str, values))}: use ordinal"
        ) from None


def _written(value: Any) -> str:
    """How a value is written: 4, 4.0 and "4" are one, True is "true"."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _order(value: Any) -> tuple[bool, float, str]:
    """Numbers by size, then texts by letter."""
    number = isinstance(value, int | float)
    return (not number, float(value) if number else 0.0, str(value))


def _repeated(keys: Sequence[tuple[str, str]]) -> tuple[str, str] | None:
    seen: set[tuple[str, str]] = set()
    for key in keys:
        if key in seen:
            return key
        seen.add(key)
    return None
