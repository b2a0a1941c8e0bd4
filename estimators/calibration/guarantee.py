"""Withdraws guarantees, and repairs calibrations that older versions wrote."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from estimators.calibration.calibrators import CLIP, OFF_MODE
from estimators.calibration.logistic import logit
from estimators.calibration.record import Calibration, KindCalibration
from estimators.calibration.risk_control import OperatingPoint, published_rules

LABELS = "labels.jsonl"  # the chat's own labels
CHOSEN = "a person chose which answers to label"
UNRECORDED = f"{CHOSEN}, and the unlabelled ones were not recorded"


def without_guarantee(calibration: Calibration, why: str) -> Calibration:
    """The calibration with all guarantees withdrawn for a reason; its confidences stay."""
    parts = tuple(
        replace(part, overall_bound=1.0, points=_withdrawn(part.points, why)) for part in calibration.parts
    )
    return replace(calibration, no_guarantee=why, parts=parts)


def _withdrawn(points: Sequence[OperatingPoint], why: str) -> tuple[OperatingPoint, ...]:
    return tuple(OperatingPoint(point.risk, None, missing=why) for point in points)


def repair(calibration: Calibration) -> Calibration:
    """A calibration of an older version, made safe to use.

    The published rule's thresholds are chosen again on the confidences that are applied. A nearly constant signal
    gets weight 0, and its kind of question loses its guarantees because they were tested with that signal. A
    calibration from "Was this right?" labels loses its guarantees because old files lack the unlabelled answers.
    """
    parts = tuple(_repair(part, calibration.seed) for part in calibration.parts)
    repaired = replace(calibration, parts=parts)
    return (
        without_guarantee(repaired, UNRECORDED) if calibration.questions.name.endswith(LABELS) else repaired
    )


def _repair(part: KindCalibration, seed: int) -> KindCalibration:
    if part.held_out.score:
        correct = np.array(part.held_out.correct, np.float64)
        part = replace(part, published=published_rules(np.array(part.applied), correct, seed))
    constant = nearly_constant_signals(part)
    if not constant:
        return part
    combined = part.combined
    weights = [
        0.0 if name in constant else weight
        for name, weight in zip(combined.names, combined.weights, strict=True)
    ]
    why = f"it used signals that were nearly constant ({', '.join(constant)}); calibrate again"
    points = part.points if part.best is None else _withdrawn(part.points, why)
    return replace(part, combined=replace(combined, weights=tuple(weights)), points=points)


def nearly_constant_signals(part: KindCalibration) -> tuple[str, ...]:
    """Signals whose fitted readings were nearly all 0 % or 100 %, judging by mean and spread.

    The distances d of n readings from that end have Σd = n · |end − mean| and Σd² = n · (spread² + (end − mean)²),
    so at least (Σd)² / Σd² readings differ from it. Fewer than ten is too few.
    """
    end = float(logit(np.array(1.0), CLIP))
    names = []
    combined = part.combined
    for name, mean, spread in zip(combined.names, combined.means, combined.spreads, strict=True):
        distance = end - abs(mean)
        if part.fitted * distance**2 / (spread**2 + distance**2) < OFF_MODE <= part.fitted:
            names.append(name)
    return tuple(names)
