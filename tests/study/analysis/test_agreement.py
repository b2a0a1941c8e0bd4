"""Krippendorff's α against the published worked example, by hand, and where it does not exist."""

from collections.abc import Hashable
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest import approx

from evaluation.metrics import NotDefined
from study.analysis.agreement import Counts, Level, Rating, agreement, alpha, counted, pairwise

# Four observers, twelve units (Krippendorff, "Computing Krippendorff's Alpha-Reliability", 2011): his results are
# nominal 0.743, ordinal 0.815, interval 0.849. A dot is a missing label.
OBSERVERS = (
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
)


def ratings() -> list[Rating]:
    return [
        Rating(f"unit {unit}", f"rater {rater}", None if value == "." else int(value))
        for rater, row in enumerate(OBSERVERS)
        for unit, value in enumerate(row.split())
    ]


@pytest.mark.parametrize(
    ("level", "published"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)]
)
def test_alpha_is_the_published_one(level: str, published: float) -> None:
    result = agreement(ratings(), level, (1, 2, 3, 4, 5))  # type: ignore[arg-type]
    assert result.alpha.value == approx(published, abs=0.0005)
    assert (result.items, result.raters, result.labels) == (11, 4, 41)  # unit 12 has one label


def test_nominal_alpha_by_hand() -> None:
    # Two raters, labels (a, a) (a, b) (b, b): o_ab = 1 (one pair either way is 2 of 6 coincidences: D_o = 2/6).
    # n_a = n_b = 3, n = 6: D_e = 2 · 3 · 3 / (6 · 5) = 0.6. α = 1 − (1/3)/0.6 = 4/9.
    counts = Counts(("1", "2", "3"), ("a", "b"), np.array([[2, 0], [1, 1], [0, 2]]))
    assert alpha(counts, "nominal") == approx(4 / 9)
    assert pairwise(counts) == approx(2 / 3)


def test_what_is_compared_are_the_values_never_the_names_they_are_stored_under() -> None:
    # Both raters answered the same question and never said the same of any item.
    apart = [
        Rating(str(item), rater, (item + shift) % 3)
        for item in range(9)
        for rater, shift in (("r1", 0), ("r2", 1))
    ]
    assert agreement(apart, "nominal").pairwise.value == 0.0
    assert agreement(apart, "nominal").alpha.value < 0  # type: ignore[operator]
    together = [Rating(str(item), rater, item % 3) for item in range(9) for rater in ("r1", "r2")]
    assert agreement(together, "nominal").alpha.value == 1.0


def test_missing_labels_are_left_out() -> None:
    with_holes = [
        *ratings(),
        *(Rating(f"unit {unit}", "rater 9", hole) for unit, hole in enumerate((None, "", None))),
    ]
    assert agreement(with_holes, "nominal") == agreement(ratings(), "nominal")


def test_the_scale_gives_the_order_and_texts_match_numbers() -> None:
    words: dict[Hashable, str] = {1: "hardly", 2: "rather", 3: "quite", 4: "very", 5: "fully"}
    named = [
        Rating(rating.item, rating.rater, None if rating.value is None else words[rating.value])
        for rating in ratings()
    ]
    assert agreement(named, "ordinal", tuple(words.values())).alpha.value == approx(0.815, abs=0.0005)
    # alphabetically (fully, hardly, quite, rather, very) the order is another one, and so is α
    assert agreement(named, "ordinal").alpha.value != approx(0.815, abs=0.01)
    texts = [
        Rating(rating.item, rating.rater, None if rating.value is None else f"{rating.value}")
        for rating in ratings()
    ]
    assert (
        counted(texts, (1, 2, 3, 4, 5)).table.tolist() == counted(ratings(), (1, 2, 3, 4, 5)).table.tolist()
    )


def test_a_value_named_nan_is_a_label_like_any_other() -> None:
    result = agreement(
        [Rating("1", "a", "nan"), Rating("1", "b", "nan"), Rating("2", "a", "x"), Rating("2", "b", "x")],
        "nominal",
    )
    assert (result.alpha.value, result.items) == (1.0, 2)


def test_alpha_does_not_exist_where_nothing_can_differ() -> None:
    same = [Rating(str(item), rater, "correct") for item in range(3) for rater in "ab"]
    assert "all are the same" in agreement(same, "nominal").alpha.missing
    assert agreement(same, "nominal").pairwise.value == 1.0
    alone = [Rating(str(item), "a", "correct") for item in range(3)]
    assert "an item with two labels" in agreement(alone, "nominal").alpha.missing
    assert agreement([], "nominal").alpha.value is None
    with pytest.raises(NotDefined):
        pairwise(counted(alone))


def test_what_would_change_alpha_silently_is_refused() -> None:
    with pytest.raises(ValueError, match="rater a has two labels for item 1"):
        counted([Rating("1", "a", "x"), Rating("1", "a", "y")])
    with pytest.raises(ValueError, match=r"'z' is not on the scale \(x, y\)"):
        counted([Rating("1", "a", "z")], ("x", "y"))
    with pytest.raises(ValueError, match="must be numbers"):
        agreement([Rating("1", "a", "x"), Rating("1", "b", "y")], "interval")


def test_the_interval_is_over_items_and_holds_the_figure() -> None:
    result = agreement(ratings(), "nominal", draws=500, seed=1)
    assert result.alpha.low is not None and result.alpha.high is not None
    assert 0.2 < result.alpha.low < 0.743 < result.alpha.high <= 1.0
    few = [rating for rating in ratings() if rating.item in {f"unit {place}" for place in range(5)}]
    assert agreement(few, "nominal", draws=500).alpha.low is None


@given(
    st.lists(st.lists(st.sampled_from([1, 2, 3, None]), min_size=3, max_size=3), min_size=2, max_size=12),
    st.randoms(),
)
def test_alpha_knows_neither_the_order_of_raters_and_items_nor_their_names(
    table: list[list[int | None]], random: Random
) -> None:
    rows = [Rating(f"i{i}", f"r{r}", value) for i, row in enumerate(table) for r, value in enumerate(row)]
    renamed = [
        Rating(f"item {99 - int(row.item[1:])}", f"rater {9 - int(row.rater[1:])}", row.value) for row in rows
    ]
    random.shuffle(renamed)
    levels: tuple[Level, ...] = ("nominal", "interval")
    for level in levels:
        before, after = agreement(rows, level, (1, 2, 3)), agreement(renamed, level, (1, 2, 3))
        assert (before.alpha.value is None) == (after.alpha.value is None)
        if before.alpha.value is not None:
            assert before.alpha.value == approx(after.alpha.value, abs=1e-12)
            assert before.alpha.value <= 1.0
