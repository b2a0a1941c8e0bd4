"""Calibrations for the scripted model, with numbers that are easy to calculate with."""

import numpy as np

from estimators.calibration.calibrators import Platt, Temperature
from estimators.calibration.combined import Combined
from estimators.calibration.out_of_distribution import Neighbourhood
from estimators.calibration.record import (
    Calibration,
    HeldOut,
    Kind,
    KindCalibration,
    Metrics,
    QuestionSet,
    SignalCalibration,
)
from estimators.calibration.risk_control import LADDER, OperatingPoint

DECIDING = {"free": "sequence_probability", "choice": "msp"}
EXPRESSED = {"free": "likert_third_expected", "choice": "likert_third_oc_expected"}
TOO_FEW = "too many of the 60 tested answers were wrong, or too few were sure enough"
# risk → threshold, answers shown, wrong ones, bound; of 60 tested answers
GUARANTEED = {0.30: (0.6, 30, 4, 0.246), 0.40: (0.5, 45, 12, 0.376), 0.50: (0.3, 60, 21, 0.443)}


def measured(
    name: str = "Small", kinds: tuple[Kind, ...] = ("free",), guaranteed: bool = True, model: str = "scripted",
    created: str = "2026-11-26T10:00:00+00:00", sha256: str | None = None,
) -> Calibration:  # fmt: skip
    """A calibration of these kinds; without ``guaranteed`` no risk has a guarantee."""
    unmeasured = {"free": "none were asked", "choice": "none were asked"}
    return Calibration(
        name, model, sha256, "script", {}, {}, QuestionSet("short.jsonl", "ab" * 32, 120 * len(kinds)), created, 0,
        tuple(part(kind, guaranteed) for kind in kinds),
        {kind: why for kind, why in unmeasured.items() if kind not in kinds},
    )  # fmt: skip


def part(kind: Kind, guaranteed: bool = True) -> KindCalibration:
    """shown = σ(0.5 · logit(deciding) + 1.0 · logit(expressed) − 0.2)."""
    names = (DECIDING[kind], EXPRESSED[kind])
    signals = (
        SignalCalibration(names[0], 120, 0.7, Temperature(2.0), {"temperature": 0.61, "platt": 0.62}, 0.64, 0.5, 0.77, 60),
        SignalCalibration(names[1], 118, 0.6, Platt(-0.4, 0.1), {"platt": 0.63}, 0.42, 0.3, 0.55, 59),
        SignalCalibration("linguistic", 0, 0.5, None, missing="no answer has it"),
    )  # fmt: skip
    combined = Combined(
        names,
        (0.5, 1.0),
        (0.0, 0.0),
        (1.0, 1.0),
        (0.0, -0.3),
        -0.2,
        10.0,
        {"10": 0.6},
        ranges=((-9.0, 9.0), (-9.0, 9.0)),
    )
    points = tuple(_point(risk, guaranteed) for risk in LADDER)
    return KindCalibration(
        kind, 60, 60, 0.6, signals, combined, Platt(), points, 0.62, {"balanced": 0.45, "conservative": 0.7},
        names[0], Metrics(60, 0.65, 0.81, 0.172, 0.24, 0.7, 0.64), Metrics(60, 0.65, 0.63, 0.051, 0.21, 0.6, 0.70),
        held_out(), Neighbourhood(missing="no embedder is installed"),
    )  # fmt: skip


def held_out() -> HeldOut:
    """60 answers whose calibrated figure is right as often as it says; one has no raw figure."""
    rng = np.random.default_rng(5)
    after = np.sort(rng.uniform(0.2, 0.95, 60))
    correct = rng.random(60) < after
    before = np.minimum(1.0, after + 0.18)
    return HeldOut((None, *map(float, before[1:])), tuple(map(float, after)), tuple(map(bool, correct)))


def _point(risk: float, guaranteed: bool) -> OperatingPoint:
    if not guaranteed or risk not in GUARANTEED:
        return OperatingPoint(risk, None, missing=TOO_FEW)
    threshold, n, wrong, bound = GUARANTEED[risk]
    return OperatingPoint(risk, threshold, n, wrong, n / 60, bound)
