"""Inter-rater agreement: Krippendorff's α, which allows missing labels.

Agreement is computed on the values that raters gave, never on the names of the questions.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from evaluation.metrics import Estimate, NotDefined, estimate_of, resampled

Level = Literal["nominal", "ordinal", "interval"]
LEVELS: tuple[Level, ...] = ("nominal", "ordinal", "interval")


@dataclass(frozen=True, slots=True)
class Rating:
    """One label by one rater."""

    item: str
    rater: str
    value: Hashable  # a text or a number; None and "" = missing


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement of the raters on one question."""

    level: Level
    alpha: Estimate
    pairwise: Estimate  # share of rater pairs with the same value
    items: int  # items with at least two labels
    raters: int
    labels: int


@dataclass(frozen=True, slots=True)
class Counts:
    """How many raters gave each value to each item."""

    items: tuple[str, ...]
    values: tuple[Hashable, ...]  # in the order of the scale
    table: NDArray[np.int_]  # shape (items, values)


def counted(ratings: Sequence[Rating], scale: Sequence[Hashable] = ()) -> Counts:
    """The ratings as counts of values by item.

    ``scale`` lists the values in order. A number on the scale may have been stored as text (``4`` and ``"4"``), so
    values are matched by their text form. Without a scale, the values that occur are used, sorted. Missing labels
    (None, "") are left out. Raises ValueError if a rater has two labels for one item or a value is not on the scale,
    because both would silently change α.

    >>> counted([Rating("a", "r1", "yes"), Rating("a", "r2", "no")], ("no", "yes")).table
    array([[1, 1]])
    """
    present = [rating for rating in ratings if rating.value is not None and rating.value != ""]
    twice = _repeated([(rating.item, rating.rater) for rating in present])
    if twice:
        raise ValueError(f"rater {twice[1]} has two labels for item {twice[0]}: keep the last one")
    values = tuple(scale) or tuple(sorted({rating.value for rating in present}, key=_order))
    places = {_written(value): place for place, value in enumerate(values)}
    for rating in present:
        if _written(rating.value) not in places:
            named = ", ".join(map(str, values))
            raise ValueError(f"item {rating.item}: the label {rating.value!r} is not on the scale ({named})")
    items = tuple(dict.fromkeys(rating.item for rating in present))
    rows = {item: place for place, item in enumerate(items)}
    table = np.zeros((len(items), len(values)), dtype=np.int_)
    for rating in present:
        table[rows[rating.item], places[_written(rating.value)]] += 1
    return Counts(items, values, table)


def alpha(counts: Counts, level: Level) -> float:
    """Krippendorff's α = 1 − observed disagreement / disagreement expected by chance; 1 = all agree, 0 = chance.

    Distance between two values: nominal 0 or 1; ordinal the squared number of labels between their ranks; interval
    the squared difference (the values must be numbers). Items with one label are left out. Raises NotDefined if no
    item has two labels or only one value was ever used (there is no chance disagreement then), and ValueError for
    interval labels that are not numbers. Reference: Krippendorff (2019), Content Analysis, chapter 12.

    >>> round(alpha(Counts(("a", "b"), (0, 1), np.array([[2, 0], [1, 1]])), "nominal"), 3)
    0.0
    """
    import krippendorff

    paired = counts.table[counts.table.sum(axis=1) >= 2]
    if not len(paired):
        raise NotDefined("Krippendorff’s α needs an item with two labels, but there is none")
    if (paired.sum(axis=0) > 0).sum() < 2:
        raise NotDefined("Krippendorff’s α needs labels that differ, but all are the same")
    domain = np.arange(len(counts.values)) if level != "interval" else _numbers(counts.values)
    return float(krippendorff.alpha(value_counts=paired, value_domain=domain, level_of_measurement=level))


def pairwise(counts: Counts) -> float:
    """Share of label pairs of the same item with the same value; from 0 to 1, not corrected for chance.

    Every pair of raters per item counts once: Σ_items Σ_values C(n, 2) / Σ_items C(n_item, 2).

    >>> round(pairwise(Counts(("a", "b"), (0, 1), np.array([[2, 1], [0, 2]]))), 2)  # (1 + 1) of (3 + 1)
    0.5
    """
    n = counts.table.sum(axis=1)
    pairs = int((n * (n - 1) // 2).sum())
    if not pairs:
        raise NotDefined("agreement needs an item with two labels, but there is none")
    return float((counts.table * (counts.table - 1) // 2).sum() / pairs)


def agreement(
    ratings: Sequence[Rating], level: Level, scale: Sequence[Hashable] = (), *, draws: int = 0, seed: int = 0
) -> Agreement:
    """α and the share of agreeing pairs, with 95 % percentile intervals over ``draws`` resamples of the items.

    Items are resampled and raters are kept, so the interval describes other items with the same raters. There is no
    interval for fewer than ten items with two labels. Reference: Zapf et al. (2016), BMC Medical Research
    Methodology 16:93.
    """
    all_counts = counted(ratings, scale)
    kept = np.flatnonzero(all_counts.table.sum(axis=1) >= 2)
    counts = _chosen(all_counts, kept)
    present = [rating for rating in ratings if rating.value is not None and rating.value != ""]
    if not len(kept):
        none = estimate_of(lambda: pairwise(counts))
        return Agreement(level, none, none, 0, len({rating.rater for rating in present}), len(present))
    return Agreement(
        level,
        resampled(lambda drawn: alpha(_chosen(counts, drawn), level), len(kept), draws, seed),
        resampled(lambda drawn: pairwise(_chosen(counts, drawn)), len(kept), draws, seed, share=True),
        len(kept),
        len({rating.rater for rating in present}),
        len(present),
    )


def _chosen(counts: Counts, rows: NDArray[np.intp]) -> Counts:
    return Counts(tuple(counts.items[row] for row in rows), counts.values, counts.table[rows])


def _numbers(values: Sequence[Hashable]) -> NDArray[np.float64]:
    try:
        return np.array([float(value) for value in values])  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise ValueError(
            f"interval labels must be numbers, but these are {', '.join(map(str, values))}: use ordinal"
        ) from None


def _written(value: Any) -> str:
    """The text form of a value: 4, 4.0 and "4" are the same, True is "true"."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _order(value: Any) -> tuple[bool, float, str]:
    """Sort key: numbers by size, then texts alphabetically."""
    number = isinstance(value, int | float)
    return (not number, float(value) if number else 0.0, str(value))


def _repeated(keys: Sequence[tuple[str, str]]) -> tuple[str, str] | None:
    seen: set[tuple[str, str]] = set()
    for key in keys:
        if key in seen:
            return key
        seen.add(key)
    return None
