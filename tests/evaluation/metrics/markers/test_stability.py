"""The seven metrics of marker stability, by hand, in every form, and with too little data."""

import math

import numpy as np
import pytest
from pytest import approx

from evaluation import metrics
from evaluation.metrics import Item, NotDefined
from evaluation.metrics.markers.stability_published import COLUMNS, PUBLISHED


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
    stability = metrics.marker_stability(TRAIN, HELD_OUT, min_count=2)
    assert list(stability) == ["I-AvgMAE", "C-AvgMAE", "I-AvgCV", "C-AvgCV", "MRC", "MAC", "MCC"]
    # art: |.8 − 1|, |.8 − .4|, |.3 − .3| → .2; law: |.6 − .5| = .1
    assert stability["I-AvgMAE"].value == approx((0.2 + 0.1) / 2)
    # MIC of art on law: |.8 − .5| = .3; MIC of law on art: |.6 − 1|, |.6 − .4|, |.3 − .3| → .2
    assert stability["C-AvgMAE"].value == approx((0.3 + 0.2) / 2)


def test_errors_of_the_accuracy_form_by_hand() -> None:
    numeric = {"art": ([0.9, 0.9], [1, 0]), "law": ([0.5], [1])}
    stability = metrics.marker_stability(TRAIN, HELD_OUT, "accuracy", min_count=2, numeric=numeric)
    assert list(stability) == ["I-AvgECE", "C-AvgECE", "NumECE", "I-AvgCV", "C-AvgCV", "MRC", "MAC"]
    # the markers are the bins. art: ⅔ · |.8 − .7| + ⅓ · 0; law: .1
    assert stability["I-AvgECE"].value == approx((0.2 / 3 + 0.1) / 2)
    # art on law .3; law on art: ⅔ · |.6 − .7| + ⅓ · 0
    assert stability["C-AvgECE"].value == approx((0.3 + 0.2 / 3) / 2)
    assert stability["NumECE"].value == approx((0.4 + 0.5) / 2)


def test_the_accuracy_form_is_the_ece_with_a_bin_for_every_marker() -> None:
    rng = np.random.default_rng(0)
    names, sure = ["a", "b", "c"], {"a": 0.25, "b": 0.55, "c": 0.85}
    train = [Item(n, "d", float(k < round(sure[n] * 20)), f"{n}{k}") for n in names for k in range(20)]
    drawn = rng.choice(names, 60)
    held_out = [Item(str(n), "d", float(rng.random() < 0.6), str(k)) for k, n in enumerate(drawn)]
    expected = metrics.ece([sure[item.marker] for item in held_out], [item.target for item in held_out])
    assert metrics.marker_stability(train, held_out, "accuracy")["I-AvgECE"].value == approx(expected)


def test_spread_by_hand() -> None:
    stability = metrics.marker_stability(TRAIN, HELD_OUT, min_count=2)
    # std of two values = |difference| / √2. art .5/√2/.55, law .3/√2/.45
    assert stability["I-AvgCV"].value == approx((0.5 / 0.55 + 0.3 / 0.45) / 2 / math.sqrt(2))
    # likely .8 .6: .2/√2/.7; perhaps .3 .3: 0
    assert stability["C-AvgCV"].value == approx(0.2 / 0.7 / math.sqrt(2) / 2)


FIVE = {"a": 0.1, "b": 0.3, "c": 0.5, "d": 0.7, "e": 0.9}


def correlated(*, markers: int = 3) -> list[Item]:
    """Marker 0 rises with the data sets' figures, marker 1 falls with them, marker 2 rises."""
    targets = {f"m{k}": {d: v if k != 1 else 1 - v for d, v in FIVE.items()} for k in range(markers)}
    return [Item(m, d, v, f"{m}{d}{n}") for m, by in targets.items() for d, v in by.items() for n in range(2)]


def test_correlations_with_the_data_sets_by_hand() -> None:
    stability = metrics.marker_stability(correlated(), [], min_count=2, accuracy=FIVE, cmfg=FIVE)
    z = math.atanh(0.9999)  # r = 1, −1, 1, each clipped
    assert stability["MAC"].value == approx(math.tanh((z - z + z) / 3))
    assert stability["MCC"].value == stability["MAC"].value
    assert stability["I-AvgMAE"].missing == "no held-out item has a marker that was seen often enough"
    bent = FIVE | {"e": 30.0}  # still in order
    ranks = metrics.marker_stability(correlated(), [], min_count=2, accuracy=bent, correlation="spearman")[
        "MAC"
    ]
    assert ranks.value == stability["MAC"].value
    pearson = metrics.marker_stability(correlated(markers=1), [], min_count=2, accuracy=bent)["MAC"].value
    assert pearson == approx(np.corrcoef(list(FIVE.values()), list(bent.values()))[0, 1])


def test_rankings_by_hand() -> None:
    train = items({
        "a": {"m1": [0.1] * 2, "m2": [0.2] * 2, "m3": [0.3] * 2, "m4": [0.4] * 2},
        "b": {"m1": [0.5] * 2, "m2": [0.6] * 2, "m3": [0.9] * 2, "m4": [0.7] * 2},
        "c": {"m1": [0.5] * 2, "m2": [0.6] * 2},
    })  # fmt: skip
    stability = metrics.marker_stability(train, [], min_count=2)
    # only a and b share three markers; ranks 1 2 3 4 against 1 2 4 3: ρ = 1 − 6 · 2 / (4 · 15) = .8
    assert stability["MRC"].value == approx(0.8)


def test_too_little_is_missing_with_a_reason() -> None:
    single = metrics.marker_stability(items({"art": {"likely": [0.5, 1.0]}}), [], min_count=2)
    assert all(figure.value is None and figure.missing for figure in single.values())
    assert single["I-AvgCV"].missing == "no data set has 2 markers that were seen often enough"
    assert (
        single["C-AvgCV"].missing
        == "it needs 2 or more data sets that all share 2 or more markers (data sets: 1, shared markers: 1)"
    )
    assert single["MRC"].missing.startswith("no two data sets share 3 markers")
    four = {name: value for name, value in FIVE.items() if name != "e"}
    train = [item for item in correlated() if item.domain != "e"]
    assert metrics.marker_stability(train, [], min_count=2, accuracy=four)["MAC"].missing == (
        "it needs the accuracies of 5 data sets, but there are 4"
    )
    six = [*correlated(), *(Item(m, "f", 0.5, f"{m} f {n}") for m in ("m1", "m2", "m3") for n in range(2))]
    stability = metrics.marker_stability(six, [], min_count=2, accuracy=FIVE, cmfg={**FIVE, "f": 0.5})
    assert (
        stability["MAC"].missing == "it needs the accuracies of all 6 data sets, but those of f are not given"
    )
    assert "it needs" not in stability["MCC"].missing
    whole = metrics.marker_stability(correlated(), [], min_count=2, accuracy=FIVE)
    assert whole["MCC"].missing == "it needs the cMFG figures of 5 data sets, but there are 0"
    assert metrics.marker_stability([], [], "accuracy")["NumECE"].missing == "no stated numbers were given"


def test_constant_markers_have_no_correlation() -> None:
    flat = [Item(m, d, 0.5, f"{m}{d}{n}") for m in ("m1", "m2", "m3") for d in FIVE for n in range(2)]
    stability = metrics.marker_stability(flat, [], min_count=2, accuracy=FIVE)
    assert stability["C-AvgCV"].value == 0.0
    assert stability["MAC"].value is None and stability["MRC"].value is None


def test_a_question_falls_to_one_side_only() -> None:
    some = [Item("m", f"d{k % 3}", 0.5, str(k // 2)) for k in range(400)]
    train, held_out = metrics.split_items(some)
    assert len(train) + len(held_out) == 400
    assert 120 < len(train) < 280
    sides = ({(item.domain, item.question) for item in side} for side in (train, held_out))
    assert not set.intersection(*sides)
    assert metrics.split_items(some, seed=1)[0] != train
    with pytest.raises(ValueError, match="m: an item without its question"):
        metrics.split_items([Item("m", "d", 0.5)])


def test_fisher_mean() -> None:
    assert metrics.fisher_mean([0.5, 0.5]) == approx(0.5)
    assert metrics.fisher_mean([1.0, -1.0]) == 0.0
    with pytest.raises(NotDefined):
        metrics.fisher_mean([])


# ── as the authors' released code computes the accuracy form ────────────────────────────────────


def test_errors_of_the_published_form_put_markers_of_one_tenth_in_one_bin() -> None:
    train = items({"art": {"a": [1.0, 1.0, 0.0, 1.0], "b": [1.0, 1.0, 0.0, 1.0], "c": [0.0, 0.0, 0.0, 1.0]}})
    held_out = items({"art": {"a": [1.0], "b": [0.0], "c": [0.0, 1.0]}})
    # accuracies .75 .75 .25; bin .7–.8 holds (1, 0): ½ · |.5 − .75|; bin .2–.3 holds (0, 1): ½ · |.5 − .25|
    theirs = metrics.marker_stability(train, held_out, "accuracy_published", min_count=2)
    assert theirs["I-AvgECE"].value == approx(0.25)
    # every marker a bin: ¼ · .25 + ¼ · .75 + ½ · .25
    ours = metrics.marker_stability(train, held_out, "accuracy", min_count=2)
    assert ours["I-AvgECE"].value == approx(0.375)


BINARY = items({
    "art": {"a": [1.0, 1.0], "b": [1.0, 0.0], "c": [0.0, 0.0]},
    "law": {"a": [1.0, 0.0], "b": [1.0, 1.0], "d": [0.0, 0.0]},
    "sea": {"a": [0.0, 0.0], "c": [1.0, 1.0]},
})  # fmt: skip


def test_the_published_form_by_hand() -> None:
    accuracy = {"art": 0.9, "law": 0.5, "sea": 0.1}
    numeric = {"art": ([0.9, 0.9], [1, 0]), "law": ([0.5], [1])}
    held_out = items({"law": {"a": [1.0, 0.0], "b": [0.0]}, "sea": {"a": [1.0]}})
    stability = metrics.marker_stability(
        BINARY, held_out, "accuracy_published", min_count=2, accuracy=accuracy, numeric=numeric
    )
    assert list(stability) == ["I-AvgECE", "C-AvgECE", "NumECE", "I-AvgCV", "C-AvgCV", "MRC", "MAC"]
    # a: 1 .5 0, b: .5 1 –, c: 0 – 1, d: – 0 –
    # within: law ⅔ · |.5 − .5| + ⅓ · |0 − 1|; sea |1 − 0|
    assert stability["I-AvgECE"].value == approx((1 / 3 + 1) / 2)
    # art → law: ⅔ · |.5 − 1| + ⅓ · |0 − .5| = .5; art → sea: |1 − 1|; law → sea: .5; sea → law: only a, |.5 − 0|
    assert stability["C-AvgECE"].value == approx((0.5 + 0 + 0.5 + 0.5) / 4)
    assert stability["NumECE"].value == approx((0.4 + 0.5) / 2)
    # art std(1, .5, 0) / .5 = 1; law std(.5, 1, 0) / .5 = 1; sea std(0, 1) / .5 = √2
    assert stability["I-AvgCV"].value == approx((2 + math.sqrt(2)) / 3)
    # a: std(1, .5, 0) / .5 = 1; b: std(.5, 1) / .75 = √2/3; c: std(0, 1) / .5 = √2; d is in one set only
    assert stability["C-AvgCV"].value == approx((1 + math.sqrt(2) / 3 + math.sqrt(2)) / 3)
    # art–law a 1 b .5 against .5 1: −1; art–sea a 1 c 0 against 0 1: −1; law–sea share a alone
    assert stability["MRC"].value == approx(-1)
    assert stability["MAC"].value == approx(1)  # a alone is in all three, in step with .9 .5 .1


def test_plain_means_and_fisher_means_differ() -> None:
    table: dict[str, dict[str, float]] = {
        "m1": FIVE,
        "m2": {d: 1 - v for d, v in FIVE.items()},
        "m3": dict(zip(FIVE, (0, 1, 1, 1, 1), strict=True)),
    }
    train = [Item(m, d, v, f"{m}{d}{n}") for m, by in table.items() for d, v in by.items() for n in range(2)]
    r = float(np.corrcoef(list(FIVE.values()), [0, 1, 1, 1, 1])[0, 1])
    by_code = metrics.marker_stability(train, [], "accuracy_published", min_count=2, accuracy=FIVE)["MAC"]
    assert by_code.value == approx((1 - 1 + r) / 3)
    ours = metrics.marker_stability(train, [], "accuracy", min_count=2, accuracy=FIVE)["MAC"]
    assert ours.value == approx(math.tanh(math.atanh(r) / 3))


def test_a_mean_of_zero_counts_within_and_not_across() -> None:
    train = items({"a": {"x": [0.0] * 2, "y": [0.0] * 2}, "b": {"x": [0.0] * 2, "y": [1.0] * 2}})
    stability = metrics.marker_stability(train, [], "accuracy_published", min_count=2)
    assert stability["I-AvgCV"].value == approx((0 + math.sqrt(2)) / 2)  # a counts as 0
    assert stability["C-AvgCV"].value == approx(math.sqrt(2))  # x is left out
    assert metrics.marker_stability(train, [], "accuracy", min_count=2)["I-AvgCV"].value == approx(
        math.sqrt(2)
    )


def test_too_little_for_the_published_form() -> None:
    single = metrics.marker_stability(
        items({"art": {"likely": [0.0, 1.0]}}), [], "accuracy_published", min_count=2
    )
    assert {name: figure.missing for name, figure in single.items()} == {
        "I-AvgECE": "no held-out item has a marker that was seen often enough",
        "C-AvgECE": "no held-out item has a marker that was seen often enough",
        "NumECE": "no stated numbers were given",
        "I-AvgCV": "no data set has 2 markers that were seen often enough",
        "C-AvgCV": "no marker was seen often enough in 2 data sets, with a mean above 0",
        "MRC": "no two data sets share 2 markers that were seen often enough and differ",
        "MAC": "it needs the accuracies of 2 data sets, but there are 0",
    }
    flat = items({d: {"x": [1.0] * 2, "y": [1.0] * 2} for d in ("a", "b")})
    stability = metrics.marker_stability(
        flat, [], "accuracy_published", min_count=2, accuracy={"a": 0.1, "b": 0.9}
    )
    assert "differ" in stability["MRC"].missing and "nothing differs" in stability["MAC"].missing


def test_the_published_rows_average_to_what_was_published() -> None:
    rows = [row for name, row in PUBLISHED.items() if name != "mean of all seven"]
    assert len(rows) == 6 and all(tuple(row) == COLUMNS for row in PUBLISHED.values())
    for name, mean in PUBLISHED["mean of all seven"].items():
        seventh = 7 * mean - sum(row[name] for row in rows)  # Qwen2.5-14B, within the rounding of the mean
        assert min(row[name] for row in rows) - 0.05 < seventh < max(row[name] for row in rows) + 0.05, name


def test_cmfg_of_the_released_code_leaves_out_zero_and_counts_empty_bins() -> None:
    sure, faithful = [0.0, 0.1, 0.95, 1.0], [0.7, 0.4, 0.9, 0.5]
    # (0, .1] .4, (.9, 1] .7, eight empty bins
    assert metrics.cmfg_published(sure, faithful) == approx((0.4 + 0.7) / 10)
    # ours: [0, .1) .7, [.1, .2) .4, [.9, 1] .7
    assert metrics.cmfg(sure, faithful) == approx((0.7 + 0.4 + 0.7) / 3)
    with pytest.raises(NotDefined, match="every confidence is 0"):
        metrics.cmfg_published([0.0], [1.0])
