"""Every measure by hand on eight trials, and against scikit-learn and scipy where they have it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from pytest import approx

from evaluation.metrics import NotDefined
from study.analysis.measures import MEASURES
from study.analysis.trials import Trials
from study.tables.trial_row import TrialRow
from tests.study.trial_rows import trial

# own = right before the AI, agrees = own answer is the AI's, relied = final answer is the AI's
#        ai     model  own    conf agrees final  conf  relied seconds
TABLE = (
    (True, 0.9, True, 0.6, True, True, 0.9, True, 10.0),
    (True, 0.8, False, 0.4, False, True, 0.7, True, 20.0),
    (True, 0.7, False, 0.5, False, False, 0.5, False, 30.0),
    (True, 0.3, True, 0.8, True, True, 0.8, True, 5.0),
    (False, 0.6, True, 0.7, False, True, 0.6, False, 12.0),
    (False, 0.4, True, 0.5, False, False, 0.6, True, 8.0),
    (False, 0.2, False, 0.3, True, False, 0.4, True, 9.0),
    (False, 0.1, False, 0.2, False, False, 0.3, False, 11.0),  # a third answer, wrong too
)
COLUMNS = (
    "ai_correct", "ai_confidence", "own_correct", "own_confidence", "own_agrees", "outcome_correct", "final_confidence",
    "relied", "seconds",
)  # fmt: skip
VALUES: list[dict[str, Any]] = [dict(zip(COLUMNS, values, strict=True)) for values in TABLE]
ROWS = tuple(trial(**values) for values in VALUES)

BY_HAND = {
    "reliance": 5 / 8,
    "over_reliance": 2 / 4,  # of trials 5–8: 6 and 7
    "under_reliance": 1 / 4,  # of trials 1–4: 3
    "switch_fraction": 2 / 5,  # own differed in 2, 3, 5, 6, 8; took the AI's in 2 and 6
    "rair": 1 / 2,  # own wrong, AI right: 2 and 3
    "rsr": 1 / 2,  # own right, AI wrong: 5 and 6
    "own_accuracy": 4 / 8,
    "final_accuracy": 4 / 8,
    "ai_accuracy": 4 / 8,
    "accuracy_gain": 0.0,  # 2 gained, 6 lost
    "gain_over_ai": 0.0,  # 3 lost, 5 gained
    "people_confidence": 4.8 / 8,
    "overconfidence": 0.6 - 0.5,
    # tenths of people: .3 (1, wrong) .4 (wrong) .5 (wrong) .6 (right, wrong) .7 .8 .9 (right each):
    # .3 + .4 + .5 + |1.2 − 1| + .3 + .2 + .1 = 2.0, over 8
    "people_ece": 2.0 / 8,
    # model: .9 .8 .7 .3 right: .1 + .2 + .3 + .7; .6 .4 .2 .1 wrong: 1.3; together 2.6 over 8
    "calibration_gap": 2.0 / 8 - 2.6 / 8,
    # right .9 .7 .8 .6 against wrong .5 .6 .4 .3: 15 pairs and one tie of 16
    "people_auroc": 15.5 / 16,
    # model: right .9 .8 .7 .3 against wrong .6 .4 .2 .1: 4 + 4 + 4 + 2 of 16
    "discrimination_gap": 14 / 16 - 15.5 / 16,
    "confidence_shift": (0.3 + 0.3 + 0 + 0 - 0.1 + 0.1 + 0.1 + 0.1) / 8,
    "shift_agreeing": (0.3 + 0 + 0.1) / 3,  # 1, 4, 7
    "shift_differing": (0.3 + 0 - 0.1 + 0.1 + 0.1) / 5,
    "slider_shift": (0.3 + 0.3 + 0 + 0 - 0.1 + 0.1 + 0.1 + 0.1) / 8,
    "median_seconds": 10.5,
}


def test_every_measure_is_checked_here() -> None:
    assert {measure.name for measure in MEASURES} == set(BY_HAND)


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)
def test_measures_by_hand(measure) -> None:  # type: ignore[no-untyped-def]
    assert measure.of(Trials.of(ROWS)) == approx(BY_HAND[measure.name], abs=1e-12)


def test_confidence_measures_against_scikit_learn() -> None:
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(5)
    rows = [
        trial(ai_correct=bool(rng.random() < 0.6), ai_confidence=float(rng.random()),
              outcome_correct=bool(rng.random() < 0.5), final_confidence=round(float(rng.random()), 1))
        for _ in range(200)
    ]  # fmt: skip
    people = roc_auc_score([row.outcome_correct for row in rows], [row.final_confidence for row in rows])
    model = roc_auc_score([row.ai_correct for row in rows], [row.ai_confidence for row in rows])
    by_name = {measure.name: measure.of for measure in MEASURES}
    assert by_name["people_auroc"](Trials.of(rows)) == approx(people)
    assert by_name["discrimination_gap"](Trials.of(rows)) == approx(model - people)


def test_accept_or_reject_needs_no_own_answer() -> None:
    rows = [
        trial(ai_correct=ai, relied=took, outcome_correct=ai == took)
        for ai, took in ((True, True), (True, False), (False, True), (False, False), (True, True))
    ]
    values = {measure.name: _value(measure.of, rows) for measure in MEASURES}
    assert values["over_reliance"] == 1 / 2
    assert values["under_reliance"] == approx(1 / 3)
    assert values["final_accuracy"] == 3 / 5
    assert values["gain_over_ai"] == approx(0.0)  # 3 of 5 decisions right, 3 of 5 AI answers right
    assert "person's own and final answers were both graded" in str(values["accuracy_gain"])
    assert "both confidences" in str(values["calibration_gap"])


def _value(of: Callable[[Trials], float], rows: list[TrialRow]) -> float | str:
    try:
        return of(Trials.of(rows))
    except NotDefined as reason:
        return str(reason)


def test_a_missing_value_leaves_its_trial_out_of_the_measures_that_need_it() -> None:
    holes = [*ROWS, trial(), trial(ai_correct=True)]
    for measure in MEASURES:
        if measure.name != "ai_accuracy":
            assert measure.of(Trials.of(holes)) == approx(BY_HAND[measure.name], abs=1e-12), measure.name
    assert (
        next(measure for measure in MEASURES if measure.name == "ai_accuracy").of(Trials.of(holes)) == 5 / 9
    )


def test_no_measure_gives_nan_or_zero_for_nothing() -> None:
    for measure in MEASURES:
        with pytest.raises(NotDefined, match=r"^no |there are no"):
            measure.of(Trials.of([]))


def test_impossible_values_are_refused() -> None:
    with pytest.raises(ValueError, match=r"own_confidence 70 of participant p is not in \[0, 1\]"):
        Trials.of([trial(own_confidence=70)])
    with pytest.raises(ValueError, match="not a valid time"):
        Trials.of([trial(seconds=-1.0)])


def test_every_measure_says_in_one_line_what_it_is() -> None:
    for measure in MEASURES:
        assert 20 < len(measure.says) < 190 and measure.says.endswith("."), measure.name
