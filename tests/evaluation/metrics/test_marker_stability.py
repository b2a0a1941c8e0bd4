"""The seven metrics of marker stability, by hand, in both forms, and where there is too little for them."""

import math

import numpy as np
import pytest
from pytest import approx

from evaluation import metrics
from evaluation.metrics import Item, NotDefined


def items(table: dict[str, dict[str, list[float]]]) -> list[Item]:
    """Data set → marker → targets, every item with a question of its own."""
    return [
        Item(marker, name, target, f"{marker} {place}")
        for name, markers in table.items()
        for marker, targets in markers.items()
        for place, target in enumerate(targets)
    ]


TRAIN = items({
    "art": {"likely": [1.0, 0.5, 0.9], "perhaps": [0.2, 0.4], "rare": [1.0]},
    "law": {"likely": [0.6, 0.6], "perhaps": [0.3, 0.3]},
})  # fmt: skip
HELD_OUT = items({
    "art": {"likely": [1.0, 0.4], "perhaps": [0.3], "rare": [0.0], "never seen": [0.0]},
    "law": {"likely": [0.5]},
})  # fmt: skip
# MIC art: likely .8, perhaps .3; law: likely .6, perhaps .3; "rare" does not pass the filter of 2


def test_the_table_passes_only_what_was_seen_often_enough() -> None:
    table = metrics.marker_table(TRAIN, min_count=2)
    assert set(table["art"]) == {"likely", "perhaps"}
    assert table["art"]["likely"] == approx(0.8) and table["law"]["perhaps"] == approx(0.3)


def test_errors_of_the_mic_form_by_hand() -> None:
    found = metrics.marker_stability(TRAIN, HELD_OUT, min_count=2)
    assert list(found) == ["I-AvgMAE", "C-AvgMAE", "I-AvgCV", "C-AvgCV", "MRC", "MAC", "MCC"]
    # art: |.8 − 1|, |.8 − .4|, |.3 − .3| → .2; law: |.6 − .5| = .1
    assert found["I-AvgMAE"].value == approx((0.2 + 0.1) / 2)
    # MIC of art on law: |.8 − .5| = .3; MIC of law on art: |.6 − 1|, |.6 − .4|, |.3 − .3| → .2
    assert found["C-AvgMAE"].value == approx((0.3 + 0.2) / 2)


def test_errors_of_the_accuracy_form_by_hand() -> None:
    numeric = {"art": ([0.9, 0.9], [1, 0]), "law": ([0.5], [1])}
    found = metrics.marker_stability(TRAIN, HELD_OUT, "accuracy", min_count=2, numeric=numeric)
    assert list(found) == ["I-AvgECE", "C-AvgECE", "NumECE", "I-AvgCV", "C-AvgCV", "MRC", "MAC"]
    # the markers are the bins. art: ⅔ · |.8 − .7| + ⅓ · 0; law: .1
    assert found["I-AvgECE"].value == approx((0.2 / 3 + 0.1) / 2)
    # art on law .3; law on art: ⅔ · |.6 − .7| + ⅓ · 0
    assert found["C-AvgECE"].value == approx((0.3 + 0.2 / 3) / 2)
    assert found["NumECE"].value == approx((0.4 + 0.5) / 2)


def test_the_accuracy_form_is_the_ece_with_a_bin_for_every_marker() -> None:
    rng = np.random.default_rng(0)
    names, sure = ["a", "b", "c"], {"a": 0.25, "b": 0.55, "c": 0.85}
    train = [Item(n, "d", float(k < round(sure[n] * 20)), f"{n}{k}") for n in names for k in range(20)]
    drawn = rng.choice(names, 60)
    held_out = [Item(str(n), "d", float(rng.random() < 0.6), str(k)) for k, n in enumerate(drawn)]
    expected = metrics.ece([sure[one.marker] for one in held_out], [one.target for one in held_out])
    assert metrics.marker_stability(train, held_out, "accuracy")["I-AvgECE"].value == approx(expected)


def test_spread_by_hand() -> None:
    found = metrics.marker_stability(TRAIN, HELD_OUT, min_count=2)
    # std of two values = |difference| / √2. art .5/√2/.55, law .3/√2/.45
    assert found["I-AvgCV"].value == approx((0.5 / 0.55 + 0.3 / 0.45) / 2 / math.sqrt(2))
    # likely .8 .6: .2/√2/.7; perhaps .3 .3: 0
    assert found["C-AvgCV"].value == approx(0.2 / 0.7 / math.sqrt(2) / 2)


FIVE = {"a": 0.1, "b": 0.3, "c": 0.5, "d": 0.7, "e": 0.9}


def correlated(*, markers: int = 3) -> list[Item]:
    """Marker 0 rises with the data sets' figures, marker 1 falls with them, marker 2 rises."""
    targets = {f"m{k}": {d: v if k != 1 else 1 - v for d, v in FIVE.items()} for k in range(markers)}
    return [Item(m, d, v, f"{m}{d}{n}") for m, by in targets.items() for d, v in by.items() for n in range(2)]


def test_correlations_with_the_data_sets_by_hand() -> None:
    found = metrics.marker_stability(correlated(), [], min_count=2, accuracy=FIVE, cmfg=FIVE)
    z = math.atanh(0.9999)  # r = 1, −1, 1, each clipped
    assert found["MAC"].value == approx(math.tanh((z - z + z) / 3))
    assert found["MCC"].value == found["MAC"].value
    assert found["I-AvgMAE"].missing == "no held-out item carries a marker that was seen often enough"
    bent = FIVE | {"e": 30.0}  # still in order
    ranks = metrics.marker_stability(correlated(), [], min_count=2, accuracy=bent, correlation="spearman")[
        "MAC"
    ]
    assert ranks.value == found["MAC"].value
    pearson = metrics.marker_stability(correlated(markers=1), [], min_count=2, accuracy=bent)["MAC"].value
    assert pearson == approx(np.corrcoef(list(FIVE.values()), list(bent.values()))[0, 1])


def test_rankings_by_hand() -> None:
    train = items({
        "a": {"m1": [0.1] * 2, "m2": [0.2] * 2, "m3": [0.3] * 2, "m4": [0.4] * 2},
        "b": {"m1": [0.5] * 2, "m2": [0.6] * 2, "m3": [0.9] * 2, "m4": [0.7] * 2},
        "c": {"m1": [0.5] * 2, "m2": [0.6] * 2},
    })  # fmt: skip
    found = metrics.marker_stability(train, [], min_count=2)
    # only a and b share three markers; ranks 1 2 3 4 against 1 2 4 3: ρ = 1 − 6 · 2 / (4 · 15) = .8
    assert found["MRC"].value == approx(0.8)


def test_too_little_is_missing_with_a_reason() -> None:
    one = metrics.marker_stability(items({"art": {"likely": [0.5, 1.0]}}), [], min_count=2)
    assert all(figure.value is None and figure.missing for figure in one.values())
    assert one["I-AvgCV"].missing == "no data set has 2 markers that were seen often enough"
    assert (
        one["C-AvgCV"].missing
        == "it needs 2 markers that all of at least 2 data sets share, and 1 is shared by 1"
    )
    assert one["MRC"].missing.startswith("no two data sets share 3 markers")
    four = {name: value for name, value in FIVE.items() if name != "e"}
    train = [item for item in correlated() if item.domain != "e"]
    assert metrics.marker_stability(train, [], min_count=2, accuracy=four)["MAC"].missing == (
        "it needs the accuracies of 5 data sets, and there are 4"
    )
    six = [*correlated(), *(Item(m, "f", 0.5, f"{m} f {n}") for m in ("m1", "m2", "m3") for n in range(2))]
    found = metrics.marker_stability(six, [], min_count=2, accuracy=FIVE, cmfg={**FIVE, "f": 0.5})
    assert found["MAC"].missing == "it needs the accuracies of all 6 data sets, and those of f are not given"
    assert "it needs" not in found["MCC"].missing
    whole = metrics.marker_stability(correlated(), [], min_count=2, accuracy=FIVE)
    assert whole["MCC"].missing == "it needs the cMFG figures of 5 data sets, and there are 0"
    assert metrics.marker_stability([], [], "accuracy")["NumECE"].missing == "no stated numbers were given"


def test_constant_markers_have_no_correlation() -> None:
    flat = [Item(m, d, 0.5, f"{m}{d}{n}") for m in ("m1", "m2", "m3") for d in FIVE for n in range(2)]
    found = metrics.marker_stability(flat, [], min_count=2, accuracy=FIVE)
    assert found["C-AvgCV"].value == 0.0
    assert found["MAC"].value is None and found["MRC"].value is None


def test_a_question_falls_to_one_side_only() -> None:
    some = [Item("m", f"d{k % 3}", 0.5, str(k // 2)) for k in range(400)]
    train, held_out = metrics.split_items(some)
    assert len(train) + len(held_out) == 400
    assert 120 < len(train) < 280
    sides = ({(one.domain, one.question) for one in side} for side in (train, held_out))
    assert not set.intersection(*sides)
    assert metrics.split_items(some, seed=1)[0] != train
    with pytest.raises(ValueError, match="m: an item without its question"):
        metrics.split_items([Item("m", "d", 0.5)])


def test_fisher_mean() -> None:
    assert metrics.fisher_mean([0.5, 0.5]) == approx(0.5)
    assert metrics.fisher_mean([1.0, -1.0]) == 0.0
    with pytest.raises(NotDefined):
        metrics.fisher_mean([])
