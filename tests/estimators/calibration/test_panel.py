"""The rule of the default panel, on simulated readings."""

from collections.abc import Mapping

import numpy as np
import pytest

from estimators.calibration.fit import fit_halves
from estimators.calibration.logistic import Floats, sigmoid
from estimators.calibration.panel import CALLS, Panel, PanelRow, calls_of, choose_panel
from estimators.calibration.selection import screened

Readings = list[dict[str, float | None]]


def simulated(n: int, seed: int, strengths: Mapping[str, float]) -> tuple[Readings, Floats]:
    """Independent signals whose logits are ``strength`` higher for right than for wrong answers (unit spread)."""
    rng = np.random.default_rng(seed)
    y = np.asarray(rng.random(n) < 0.6, np.float64)
    columns = {
        name: sigmoid(strength * (y - 0.5) + rng.normal(size=n)) for name, strength in strengths.items()
    }
    return [{name: float(column[k]) for name, column in columns.items()} for k in range(n)], y


def panel(n: int, seed: int, strengths: Mapping[str, float]) -> Panel | None:
    readings, y = simulated(n, seed, strengths)
    return choose_panel(readings, y, screened(readings, y), seed)


@pytest.mark.parametrize("seed", range(5))
def test_a_stated_signal_of_worth_stands_beside_the_token_signal(seed: int) -> None:
    chosen = panel(200, seed, {"msp": 1.5, "numeric": 0.0, "p_true_own": 1.5})
    assert chosen is not None and chosen.names == ("msp", "p_true_own") and chosen.calls == 1
    assert "AUROC" in chosen.rows[1].why


@pytest.mark.parametrize("seed", range(5))
def test_without_a_stated_signal_of_worth_there_is_none(seed: int) -> None:
    chosen = panel(200, seed, {"msp": 1.5, "numeric": -0.5, "p_true_own": -0.3})
    assert chosen is not None and chosen.names == ("msp",) and chosen.calls == 0


def test_another_token_signal_replaces_the_one_that_decides_only_if_it_is_clearly_better() -> None:
    better = panel(200, 1, {"key_span_probability": 0.1, "minimum_probability": 2.0})
    assert better is not None and better.names == ("minimum_probability",)
    assert "better than key_span_probability" in better.rows[0].why
    alike = panel(200, 1, {"key_span_probability": 1.0, "minimum_probability": 0.9})
    assert alike is not None and alike.names[0] == "key_span_probability"


@pytest.mark.parametrize("seed", range(3))
def test_five_good_probes_share_two_calls_and_no_probe_is_read_twice(seed: int) -> None:
    asked = ("numeric", "p_true_own", "p_true_third", "likert_third_label", "likert_third_expected")
    chosen = panel(400, seed, {"sequence_probability": 1.0} | dict.fromkeys(asked, 1.2))
    assert chosen is not None and chosen.calls == CALLS == len(calls_of(chosen.names))
    assert len(chosen.names) == 3  # the token row, and one row for each call


def test_signals_that_need_samples_are_no_rows() -> None:
    chosen = panel(200, 0, {"msp": 0.5, "self_consistency": 3.0, "dinco": 3.0})
    assert chosen is not None and chosen.names == ("msp",)


def test_few_answers_choose_nothing() -> None:
    strengths = {"msp": 2.0, "p_true_own": 2.0}
    assert panel(39, 0, strengths) is None and panel(40, 0, strengths) is not None


def test_a_calibration_uses_only_the_panel_and_chooses_it_on_the_fitting_half() -> None:
    readings, y = simulated(400, 2, {"msp": 1.0, "numeric": 1.2, "p_true_own": 1.2, "p_true_third": 1.2})
    halves = fit_halves(readings, y, seed=3, choose_rows=True)
    assert halves.panel is not None and set(halves.combined.names) <= set(halves.panel.names)
    half = [readings[int(k)] for k in halves.fitting]
    assert halves.panel == choose_panel(half, y[halves.fitting], halves.validity, 3)
    assert len(fit_halves(readings, y, seed=3).combined.names) == 4  # without the panel all four are combined


def test_a_panel_has_a_row_and_at_most_two_calls() -> None:
    for rows, calls in (((), 0), ((PanelRow("msp", "it decides"),), 3)):
        with pytest.raises(ValueError, match="panel"):
            Panel(rows, calls)
